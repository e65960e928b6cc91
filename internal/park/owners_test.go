package park_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/petiole-go/petiole/internal/park"
	"github.com/petiole-go/petiole/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// A sem is the smallest weighted semaphore.
type sem struct {
	mu                    sync.Mutex
	free                  int64
	line                  park.Line[acquire]
	served, departed, all int
	slept                 time.Duration
}

type acquire struct {
	n   int64
	err error
}

func (s *sem) acquire(ctx context.Context, n int64) error {
	s.mu.Lock()
	if s.line.Len() == 0 && s.free >= n {
		s.free -= n
		s.mu.Unlock()
		return nil
	}
	w := s.line.Join(ctx, &s.mu)
	w.Value.n = n
	s.all++
	s.mu.Unlock()
	slept, err := w.Wait(s.look, nil)
	if err == nil {
		err = w.Value.err
	}
	w.Free()
	if slept != 0 {
		s.mu.Lock()
		s.slept += slept
		s.mu.Unlock()
	}
	return err
}

func (s *sem) look(k *park.Woken) {
	s.departed++
	s.grant(k)
}

func (s *sem) grant(k *park.Woken) {
	for w := s.line.Head(); w != nil && w.Value.n <= s.free; w = s.line.Head() {
		s.free -= w.Value.n
		s.served++
		w.Grant(k)
	}
}

func (s *sem) release(n int64) {
	var k park.Woken
	s.mu.Lock()
	s.free += n
	s.grant(&k)
	s.mu.Unlock()
	k.Wake()
}

// fail fails those who want more than limit, wherever they stand.
func (s *sem) fail(limit int64, err error) {
	var k park.Woken
	s.mu.Lock()
	for w := range s.line.All() {
		if w.Value.n > limit {
			w.Value.err = err
			w.Grant(&k)
		}
	}
	s.grant(&k)
	s.mu.Unlock()
	k.Wake()
}

func (s *sem) parked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.line.Len()
}

// A queue has room for one item.
type queue struct {
	mu               sync.Mutex
	item             int
	full             bool
	getters, putters park.Line[slot]
	onPop            func() // run under mu by who pops: a comparison that may panic
}

type slot struct {
	item int   // a getter's
	rest []int // of a putter: what is not in yet
}

func nobody(*park.Woken) {}

// put puts what fits in, and parks with the rest.
func (q *queue) put(ctx context.Context, items ...int) error {
	var k park.Woken
	q.mu.Lock()
	for q.putters.Len() == 0 && len(items) > 0 && q.give(items[0], &k) {
		items = items[1:]
	}
	if len(items) == 0 {
		q.mu.Unlock()
		k.Wake()
		return nil
	}
	w := q.putters.Join(ctx, &q.mu)
	w.Value.rest = items
	q.mu.Unlock()
	k.Wake()
	_, err := w.Wait(nobody, nil)
	w.Free()
	return err
}

// give hands v to the first getter that takes it, or keeps it if there is room.
func (q *queue) give(v int, k *park.Woken) bool {
	if q.full {
		return false
	}
	for w := q.getters.Head(); w != nil; w = q.getters.Head() {
		if w.Claim() {
			w.Value.item = v
			w.Grant(k)
			return true
		}
	}
	q.item, q.full = v, true
	return true
}

// pop takes the item and admits one of the first putter, which keeps its place until
// all of its items are in.
func (q *queue) pop(k *park.Woken) int {
	if q.onPop != nil {
		q.onPop()
	}
	v := q.item
	q.full = false
	if w := q.putters.Head(); w != nil && q.give(w.Value.rest[0], k) {
		if w.Value.rest = w.Value.rest[1:]; len(w.Value.rest) == 0 {
			w.Grant(k)
		}
	}
	return v
}

func (q *queue) get(ctx context.Context) (int, error) {
	var k park.Woken
	q.mu.Lock()
	if q.full {
		v := q.pop(&k)
		q.mu.Unlock()
		k.Wake()
		return v, nil
	}
	w := q.getters.Join(ctx, &q.mu)
	q.mu.Unlock()
	_, err := w.Wait(nobody, nil)
	v := w.Value.item
	w.Free()
	return v, err
}

func getAny(ctx context.Context, qs ...*queue) (int, error) {
	a := park.NewSeveral[slot](ctx)
	for _, q := range qs {
		if v, done, ok := q.takeFor(a); ok {
			return v, nil
		} else if done {
			break
		}
	}
	w, _, err := a.Wait()
	if err != nil {
		return 0, err
	}
	defer w.Free()
	return w.Value.item, nil
}

// takeFor takes an item for a if there is one, else a joins the line; done: another
// queue is serving a.
func (q *queue) takeFor(a *park.Several[slot]) (v int, done, ok bool) {
	var k park.Woken
	claimed := false
	defer func() { // deferred, for a pop that panics
		k.Wake()
		if claimed {
			a.Leave()
		}
	}()
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.full {
		a.Join(&q.getters, &q.mu, nobody)
		return 0, false, false
	}
	if claimed = a.Claim(); !claimed {
		return 0, true, false
	}
	return q.pop(&k), false, true
}

func (q *queue) parked() (getters, putters int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.getters.Len(), q.putters.Len()
}
