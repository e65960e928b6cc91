package compare

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	xsemaphore "golang.org/x/sync/semaphore"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/semaphore"
)

// keys is how many there are, who wants them, and how many permits each has.
type keys struct {
	keys, workers uint64
	limit         int64
	used          bool // somebody else holds a permit of each all the while
	turn          bool // a permit is held for a turn of the scheduler
}

// A byKey has a limit for each key.
type byKey interface {
	pass(ctx context.Context, key uint64, turn bool) error // takes a permit and gives it back
	hold(ctx context.Context, key uint64) (release func(), err error)
	len() int // keys that are remembered
}

// semKeyed asks what it costs to have a limit for each key.
func semKeyed() *suite.Comparison {
	impl := func(name, differs string, ours bool, make func(limit int64) byKey) suite.Impl {
		return suite.Impl{Name: name, Ours: ours, Differs: differs, Bench: func(b *testing.B, s suite.Shape) {
			k := s.With.(keys)
			takeByKey(b, make(k.limit), k)
		}}
	}
	shape := func(name string, k keys) suite.Shape {
		return suite.Shape{Name: name, N: int(k.keys), From: suite.Full, FromOne: suite.Full, With: k}
	}
	return &suite.Comparison{
		Name:     "sem-keyed",
		Question: "Goroutines take a permit of a key and give it back: what does it cost with many keys, and with few that all want?",
		Units:    []string{"ns/op"},
		Sample:   8 * time.Millisecond,
		Notes: []string{
			"The figure is elapsed time per permit, all goroutines together.",
			"many-keys: eight goroutines, 65,536 keys, so that each is made and forgotten for each permit. used-keys: the same with 64 keys, of each of which somebody else holds a permit all the while. hot-keys: 64 goroutines want four keys of two permits each, and hold one for a turn of the scheduler.",
			"If a key is remembered in the end that nobody uses, the run fails.",
		},
		Impls: []suite.Impl{
			impl("Keyed", "", true, func(limit int64) byKey { return keyed{semaphore.NewKeyed[uint64](limit)} }),
			impl("map-of-x-sync", "what one writes by hand: x/sync's semaphores with a count of their users in a map, under a sync.Mutex", false,
				func(limit int64) byKey { return &weightedMap{limit: limit, keys: map[uint64]*weighted{}} }),
		},
		Shapes: []suite.Shape{
			shape("many-keys", keys{keys: 65536, workers: 8, limit: 2}),
			shape("used-keys", keys{keys: 64, workers: 8, limit: 16, used: true}),
			shape("hot-keys", keys{keys: 4, workers: 64, limit: 2, turn: true}),
		},
	}
}

func takeByKey(b *testing.B, m byKey, k keys) {
	var held []func()
	if k.used {
		for key := range k.keys {
			release, err := m.hold(b.Context(), key)
			if err != nil {
				b.Fatal(err)
			}
			held = append(held, release)
		}
	}
	c := newCrew(b)
	var next atomic.Uint64
	for range k.workers {
		c.add(func(ctx context.Context) {
			for first, n := c.claim(&next, perTurn); n > 0; first, n = c.claim(&next, perTurn) {
				for i := range n {
					if err := m.pass(ctx, (first+i)*0x9E3779B97F4A7C15>>32%k.keys, k.turn); err != nil {
						b.Error(err)
						return
					}
				}
			}
		})
	}
	c.work()
	for _, release := range held {
		release()
	}
	if n := m.len(); n != 0 {
		b.Fatalf("%d keys are remembered that nobody uses", n)
	}
}

type keyed struct{ k *semaphore.Keyed[uint64] }

func (m keyed) len() int { return m.k.Len() }

func (m keyed) pass(ctx context.Context, key uint64, turn bool) error {
	p, err := m.k.Take(ctx, key, 1)
	if err != nil {
		return err
	}
	if turn {
		runtime.Gosched()
	}
	p.Release()
	return nil
}

func (m keyed) hold(ctx context.Context, key uint64) (func(), error) {
	p, err := m.k.Take(ctx, key, 1)
	if err != nil {
		return nil, err
	}
	return func() { p.Release() }, nil
}

// weightedMap is the plain way: an entry is there as long as its count is above 0.
type weightedMap struct {
	limit int64
	mu    sync.Mutex
	keys  map[uint64]*weighted
}

type weighted struct {
	*xsemaphore.Weighted
	users int // guarded by the map's mu
}

func (m *weightedMap) len() int { return len(m.keys) }

func (m *weightedMap) acquire(ctx context.Context, key uint64) (*weighted, error) {
	m.mu.Lock()
	w := m.keys[key]
	if w == nil {
		w = &weighted{Weighted: xsemaphore.NewWeighted(m.limit)}
		m.keys[key] = w
	}
	w.users++
	m.mu.Unlock()
	if err := w.Acquire(ctx, 1); err != nil {
		m.drop(key, w)
		return nil, err
	}
	return w, nil
}

func (m *weightedMap) release(key uint64, w *weighted) {
	w.Release(1)
	m.drop(key, w)
}

func (m *weightedMap) drop(key uint64, w *weighted) {
	m.mu.Lock()
	if w.users--; w.users == 0 {
		delete(m.keys, key)
	}
	m.mu.Unlock()
}

func (m *weightedMap) pass(ctx context.Context, key uint64, turn bool) error {
	w, err := m.acquire(ctx, key)
	if err != nil {
		return err
	}
	if turn {
		runtime.Gosched()
	}
	m.release(key, w)
	return nil
}

func (m *weightedMap) hold(ctx context.Context, key uint64) (func(), error) {
	w, err := m.acquire(ctx, key)
	if err != nil {
		return nil, err
	}
	return func() { m.release(key, w) }, nil
}
