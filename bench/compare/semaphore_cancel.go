package compare

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
)

const (
	stormOf = 10 // one of so many calls is cancelled while it waits
	stormBy = 3  // and at most one of so many is tried for it: who is served before is not cancelled
)

// semCancel asks what it costs the others that many give up.
func semCancel() *suite.Comparison {
	var impls []suite.Impl
	for _, l := range limiters {
		if l.lock {
			continue
		}
		impls = append(impls,
			suite.Impl{Name: l.name + "-10%", Ours: l.ours, Differs: "10% of the calls are cancelled", Bench: func(b *testing.B, s suite.Shape) {
				acquireCancelled(b, l.make, s.With.(quota), true)
			}},
			suite.Impl{Name: l.name, Ours: l.ours, Differs: "nobody is cancelled", Bench: func(b *testing.B, s suite.Shape) {
				acquireCancelled(b, l.make, s.With.(quota), false)
			}})
	}
	return &suite.Comparison{
		Name:     "sem-cancel",
		Question: "One call in ten is cancelled by another goroutine while it waits: what does a permit cost, beside the same without?",
		Units:    []string{"ns/op", "cancelled-%"},
		Sample:   8 * time.Millisecond,
		Notes: []string{
			"The figure is elapsed time per permit that was granted, and held for a turn of the scheduler. A call that was cancelled is begun anew, with a context that lasts.",
			"One that is to be cancelled makes a context and hands its cancel to a goroutine that calls it at once; if the call does not wait, or is served before, the next one is tried, at most one in three. cancelled-% is how many of all calls were.",
			"If a permit is lost with a call that was cancelled, or is there twice, the run fails.",
		},
		Impls:  impls,
		Shapes: []suite.Shape{quota{8, 1}.shape(suite.Full), quota{512, 128}.shape(suite.Full), quota{128, 4}.shape(suite.Full)},
	}
}

// acquireCancelled has the workers acquire one permit for each item. In a storm some calls are cancelled.
func acquireCancelled(b *testing.B, make func(limit int64) limiter, q quota, storm bool) {
	l := make(q.limit)
	c := newCrew(b)
	doomed := newCancels()
	var next, cancelled atomic.Uint64
	for range q.workers {
		c.add(func(ctx context.Context) {
			calls, tried, off := uint64(0), uint64(0), uint64(0)
			for _, n := c.claim(&next, 1); n > 0; _, n = c.claim(&next, 1) {
				calls++
				got := false
				if storm && off*stormOf < calls && tried*stormBy < calls {
					tried++
					if got = l.Acquire(doomed.context(b.Context()), 1) == nil; !got {
						off++
					}
				}
				if !got {
					if err := l.Acquire(ctx, 1); err != nil {
						b.Error(err)
						return
					}
				}
				runtime.Gosched()
				l.Release(1)
			}
			cancelled.Add(off)
		})
	}
	c.work()
	doomed.close()
	checkFree(b, l, q.limit)
	b.ReportMetric(100*float64(cancelled.Load())/float64(c.items+cancelled.Load()), "cancelled-%")
}

// cancels is a goroutine that cancels contexts.
type cancels struct {
	next chan context.CancelFunc
	over sync.WaitGroup
}

func newCancels() *cancels {
	c := &cancels{next: make(chan context.CancelFunc, 64)}
	c.over.Go(func() {
		for cancel := range c.next {
			cancel()
		}
	})
	return c
}

// context returns a context that is about to be cancelled.
func (c *cancels) context(parent context.Context) context.Context {
	ctx, cancel := context.WithCancel(parent)
	c.next <- cancel
	return ctx
}

func (c *cancels) close() {
	close(c.next)
	c.over.Wait()
}
