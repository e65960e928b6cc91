package compare

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/semaphore"
)

// flapping is how many permits are granted between two changes of the limit.
const flapping = 32

// An elastic is a limiter whose limit changes.
type elastic interface {
	limiter
	Resize(limit int64)
}

// semResize asks what it costs that the limit changes all the time.
func semResize() *suite.Comparison {
	impl := func(name, differs string, ours, flap bool, make func(limit int64) elastic) suite.Impl {
		return suite.Impl{Name: name, Ours: ours, Differs: differs, Bench: func(b *testing.B, s suite.Shape) {
			q := s.With.(quota)
			resizing(b, make(q.limit), q, flap)
		}}
	}
	ours := func(limit int64) elastic { return semaphore.New(limit) }
	theirs := func(limit int64) elastic { return newElasticCond(limit) }
	return &suite.Comparison{
		Name:     "sem-resize",
		Question: "The limit changes to a half and back, all the time: what does a permit cost, beside the same without?",
		Units:    []string{"ns/op"},
		Sample:   8 * time.Millisecond,
		Notes: []string{
			"The figure is elapsed time per permit, which is held for a turn of the scheduler. After every 32 permits the one who claims the next ones changes the limit. With half of the permits more have to wait.",
			"Neither x/sync nor a channel can be resized. What is left is a sync.Cond, with a count beside it.",
			"In the end the limit is what it was at first, and all of it must be free.",
		},
		Impls: []suite.Impl{
			impl("Semaphore-flapping", "the limit changes", true, true, ours),
			impl("Semaphore", "the limit stays", true, false, ours),
			impl("sync.Cond-flapping", "the limit changes; not in order, one permit a call, nobody can give up", false, true, theirs),
			impl("sync.Cond", "the limit stays; not in order, one permit a call, nobody can give up", false, false, theirs),
		},
		Shapes: []suite.Shape{quota{16, 64}.shape(suite.Full), quota{16, 8}.shape(suite.Full)},
	}
}

func resizing(b *testing.B, l elastic, q quota, flap bool) {
	c := newCrew(b)
	var next atomic.Uint64
	for range q.workers {
		c.add(func(ctx context.Context) {
			for first, n := c.claim(&next, perTurn); n > 0; first, n = c.claim(&next, perTurn) {
				switch {
				case !flap:
				case first%(2*flapping) == 0:
					l.Resize(q.limit / 2)
				case first%(2*flapping) == flapping:
					l.Resize(q.limit)
				}
				for range n {
					if err := l.Acquire(ctx, 1); err != nil {
						b.Error(err)
						return
					}
					runtime.Gosched()
					l.Release(1)
				}
			}
		})
	}
	c.work()
	l.Resize(q.limit)
	checkFree(b, l, q.limit)
}

// elasticCond is a semaphore of calls that want one permit.
type elasticCond struct {
	mu          sync.Mutex
	changed     sync.Cond
	limit, held int64
}

func newElasticCond(limit int64) *elasticCond {
	c := &elasticCond{limit: limit}
	c.changed.L = &c.mu
	return c
}

func (c *elasticCond) Acquire(_ context.Context, n int64) error {
	c.mu.Lock()
	for c.held+n > c.limit {
		c.changed.Wait()
	}
	c.held += n
	c.mu.Unlock()
	return nil
}

func (c *elasticCond) TryAcquire(n int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held+n > c.limit {
		return false
	}
	c.held += n
	return true
}

func (c *elasticCond) Release(n int64) {
	c.mu.Lock()
	c.held -= n
	c.mu.Unlock()
	c.changed.Signal()
}

func (c *elasticCond) Resize(limit int64) {
	c.mu.Lock()
	c.limit = limit
	c.mu.Unlock()
	c.changed.Broadcast()
}
