package compare

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/semaphore"
)

// quota is how a semaphore is used: a shape of its comparisons.
type quota struct {
	workers int
	limit   int64
}

func (q quota) shape(from suite.Level) suite.Shape {
	return suite.Shape{Name: fmt.Sprintf("%dworkers-%dpermits", q.workers, q.limit), N: q.workers, From: from, FromOne: from, With: q}
}

// semMatrix asks what a permit costs as more want it than there are.
func semMatrix() *suite.Comparison {
	crowd := quota{128, 4}
	return &suite.Comparison{
		Name:     "sem-matrix",
		Question: "Goroutines acquire a permit, let others run and release it: what does it cost, from as many permits as goroutines to few?",
		Units:    []string{"ns/op"},
		Sample:   8 * time.Millisecond, // in less, 512 new goroutines have little more to do than to grow their stacks
		Notes: []string{
			"The figure is elapsed time per permit, all goroutines together; a turn of the scheduler while it is held is in it. The numbers of goroutines and permits are those of the benchmark of CockroachDB's quotapool.",
			"Each goroutine has a context of its own, which can be cancelled and is not.",
			"Semaphore and x/sync serve in order. With a channel who runs may come again before others have had a turn: then it need not wait, and nobody has to be woken.",
			"Permits that are lost fail the run, and so do more than two allocations of a Semaphore for a call that waits.",
		},
		Impls: limiterImpls(false, func(b *testing.B, make func(int64) limiter, s suite.Shape) {
			q := s.With.(quota)
			l := make(q.limit)
			c := holdAll(b, l, q.workers)
			c.work()
			checkFree(b, l, q.limit)
			if s, ok := l.(*semaphore.Semaphore); ok {
				// A few are the runtime's, and one each is the node that a line keeps.
				if waits := uint64(s.Stats().WaitCount); c.mallocs > 2*waits+1000 {
					b.Fatalf("%d allocations for %d calls that waited", c.mallocs, waits)
				}
			}
		}),
		Shapes: []suite.Shape{
			quota{1, 1}.shape(suite.Full), quota{2, 2}.shape(suite.Full), quota{8, 4}.shape(suite.Full),
			quota{512, 128}.shape(suite.Full), quota{512, 513}.shape(suite.Full), crowd.shape(suite.Default),
		},
		Bars: []suite.Bar{
			{Text: "faster than x/sync", Subject: "Semaphore", Rival: "x-sync", Unit: "ns/op", Max: 1, On: func(s suite.Shape) bool { return s.With == crowd }},
		},
	}
}

// holdAll is a crew that holds a permit for each item, for a turn of the scheduler.
func holdAll(b *testing.B, l limiter, workers int) *crew {
	c := newCrew(b)
	var next atomic.Uint64
	for range workers {
		c.add(func(ctx context.Context) {
			for _, n := c.claim(&next, perTurn); n > 0; _, n = c.claim(&next, perTurn) {
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
	return c
}

// perTurn is few, so that 512 goroutines have something to do in the shortest run.
const perTurn = 8

// bulk is so many calls of a size, and then as many releases.
type bulk struct{ limit, size, calls int64 }

// semBatches asks the same as x/sync asks of itself.
func semBatches() *suite.Comparison {
	shapes := []suite.Shape{}
	for _, w := range []bulk{
		{1, 1, 1}, {2, 1, 1}, {16, 1, 1}, {128, 1, 1}, {2, 2, 1}, {16, 2, 8}, {128, 2, 64}, {2, 1, 2}, {16, 8, 2}, {128, 64, 2},
	} {
		shapes = append(shapes, suite.Shape{
			Name: fmt.Sprintf("%dof%d-%dcalls", w.size, w.limit, w.calls), N: int(w.limit), From: suite.Never, FromOne: suite.Full, With: w,
		})
	}
	return &suite.Comparison{
		Name:     "sem-batches",
		Question: "One goroutine acquires a weight several times, and then gives all of it back: what does each cost?",
		Units:    []string{"ns/op"},
		Sample:   2 * time.Millisecond,
		Notes:    []string{"The figure is the time of one Acquire and one Release. Limits, weights and calls are those of x/sync's own benchmark. All that is taken is free."},
		Impls: limiterImpls(false, func(b *testing.B, make func(int64) limiter, s suite.Shape) {
			w := s.With.(bulk)
			l := make(w.limit)
			passAll(b, func(ctx context.Context, times uint64) error {
				for range times / uint64(w.calls) {
					for range w.calls {
						if err := l.Acquire(ctx, w.size); err != nil {
							return err
						}
					}
					for range w.calls {
						l.Release(w.size)
					}
				}
				return nil
			}, 1)
			checkFree(b, l, w.limit)
		}),
		Shapes: shapes,
	}
}
