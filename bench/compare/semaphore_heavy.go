package compare

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/openloop"
	"github.com/petiole-go/petiole/bench/internal/suite"
)

// semHeavy asks how long one who wants everything is held up by those who want little.
func semHeavy() *suite.Comparison {
	return &suite.Comparison{
		Name:     "sem-heavy",
		Question: "One goroutine wants all permits, again and again, while others acquire and release one: how long does it wait?",
		Units:    []string{"p99-ns", "p50-ns"},
		Sample:   25 * time.Millisecond,
		Notes: []string{
			"The light ones hold a permit for a turn of the scheduler, and come again at once. The heavy one lets all have a turn before it comes again. A wait goes from the call to its return.",
			"Semaphore and x/sync serve in order: the heavy one waits for those before it, and holds up those after it. With a channel it takes permit after permit, among the light ones: that ends only because nobody else is heavy.",
		},
		Impls: limiterImpls(false, func(b *testing.B, make func(int64) limiter, s suite.Shape) { acquireAll(b, make, s.With.(quota)) }),
		Shapes: []suite.Shape{
			quota{16, 8}.shape(suite.Full), quota{128, 8}.shape(suite.Full),
		},
	}
}

// acquireAll acquires the whole limit b.N times, among workers that acquire one.
func acquireAll(b *testing.B, make func(limit int64) limiter, q quota) {
	l := make(q.limit)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var over atomic.Bool
	var light sync.WaitGroup
	for range q.workers {
		light.Go(func() {
			for !over.Load() {
				if err := l.Acquire(ctx, 1); err != nil {
					b.Error(err)
					return
				}
				runtime.Gosched()
				l.Release(1)
			}
		})
	}
	h := openloop.NewHistogram()
	clock := openloop.Real()
	b.ResetTimer()
	for range b.N {
		began := clock.Now()
		if err := l.Acquire(ctx, q.limit); err != nil {
			b.Fatal(err)
		}
		_ = h.RecordValue(min(int64(clock.Now()-began), h.HighestTrackableValue()))
		l.Release(q.limit)
		runtime.Gosched()
	}
	b.StopTimer()
	over.Store(true)
	light.Wait()
	checkFree(b, l, q.limit)
	b.ReportMetric(float64(h.ValueAtQuantile(50)), "p50-ns")
	b.ReportMetric(float64(h.ValueAtQuantile(99)), "p99-ns")
	b.ReportMetric(0, "ns/op") // the mean of both and of the turns between them
}
