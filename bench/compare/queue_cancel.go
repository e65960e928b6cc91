package compare

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
)

const (
	cancelledOf = 50 // one of so many of the crowd's operations is cancelled, which is 1% of all
	doomedOf    = 10 // and at most one of so many is tried for it: who need not wait is not cancelled
)

// queueCancel asks what it costs the others that some give up.
func queueCancel() *suite.Comparison {
	impl := func(name, pipe, differs string, ours, storm bool) suite.Impl {
		return suite.Impl{Name: name, Ours: ours, Differs: differs, Bench: func(b *testing.B, s suite.Shape) {
			l := s.With.(load)
			passCancelled(b, openSize(pipe, l.capacity, l.size), l, storm)
		}}
	}
	crowd := func(putters, getters, capacity int, from suite.Level) suite.Shape {
		return load{putters: putters, getters: getters, capacity: capacity, size: 8}.shape(from)
	}
	return &suite.Comparison{
		Name:     "queue-cancel",
		Question: "One operation in a hundred is cancelled by another goroutine while it waits: what does an item cost, beside the same without?",
		Units:    []string{"ns/op", "cancelled-%"},
		Sample:   8 * time.Millisecond,
		Notes: []string{
			"The figure is elapsed time per item that was passed. 64 goroutines stand in line for one, and it is theirs that are cancelled, one in 50: 1% of all. An operation that was cancelled is begun anew, with a context that lasts.",
			"One that is to be cancelled makes a context and hands its cancel to a goroutine that calls it at once; if the operation does not wait, or is served before, the next one is tried, at most one in ten. cancelled-% is how many of all operations were.",
			"Which items came out is summed: if a cancelled operation loses one, or puts it though it says that it did not, the run fails.",
		},
		Impls: []suite.Impl{
			impl("Queue-1%", "Queue", "1% of the operations are cancelled", true, true),
			impl("Queue", "Queue", "nobody is cancelled", true, false),
			impl("select-1%", "select", "1% of the operations are cancelled", false, true),
			impl("select", "select", "nobody is cancelled", false, false),
		},
		Shapes: []suite.Shape{
			crowd(64, 1, 0, suite.Full), crowd(1, 64, 0, suite.Full),
			crowd(64, 1, 1, suite.Full), crowd(1, 64, 1, suite.Default),
		},
		Bars: []suite.Bar{
			{Text: "1% cancelled: within 2x of none", Subject: "Queue-1%", Rival: "Queue", Unit: "ns/op", Max: 2},
		},
	}
}

// passCancelled passes the items one by one. In a storm the crowded side has some operations cancelled.
func passCancelled(b *testing.B, p pipe, l load, storm bool) {
	c := newCrew(b)
	doomed := make(chan context.CancelFunc, 64)
	var canceller sync.WaitGroup
	canceller.Go(func() {
		for cancel := range doomed {
			cancel()
		}
	})
	var puts, gets, sum, cancelled atomic.Uint64
	// each runs op for every number there is, with a context that lasts or with one that does not.
	each := func(ctx context.Context, next *atomic.Uint64, storm bool, op func(ctx context.Context, i uint64) (done uint64)) {
		ops, off, tried := uint64(0), uint64(0), uint64(0)
		for i := next.Add(1) - 1; i < c.items; i = next.Add(1) - 1 {
			ops++
			if storm && off*cancelledOf < ops && tried*doomedOf < ops {
				tried++
				ctx, cancel := context.WithCancel(b.Context())
				doomed <- cancel
				if op(ctx, i) == 1 {
					continue
				}
				off++
			}
			op(ctx, i)
		}
		cancelled.Add(off)
	}
	for range l.getters {
		c.add(func(ctx context.Context) {
			mine := uint64(0)
			each(ctx, &gets, storm && l.getters > l.putters, func(ctx context.Context, _ uint64) uint64 {
				v, done := p.get(ctx, 1)
				mine += v
				return done
			})
			sum.Add(mine)
		})
	}
	for range l.putters {
		c.add(func(ctx context.Context) {
			each(ctx, &puts, storm && l.putters > l.getters, func(ctx context.Context, i uint64) uint64 { return p.put(ctx, i, 1) })
		})
	}
	c.work()
	close(doomed)
	canceller.Wait()
	c.check(sum.Load())
	b.ReportMetric(100*float64(cancelled.Load())/float64(2*c.items+cancelled.Load()), "cancelled-%")
}
