package compare

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/vigil"
)

// A tiedTo has back called when ctx ends. What it returns is kept until then.
type tiedTo func(ctx context.Context, back func()) (kept any)

// vigilCancel asks how long it takes until everything is reclaimed that hangs from one context.
func vigilCancel() *suite.Comparison {
	impl := func(name, differs string, ours bool, start func() (tie tiedTo, ready func(n int))) suite.Impl {
		return suite.Impl{Name: name, Ours: ours, Differs: differs, Bench: func(b *testing.B, s suite.Shape) {
			tie, ready := start()
			var took time.Duration
			for b.Loop() {
				took += cancelRound(s.N, tie, ready)
			}
			b.ReportMetric(float64(took.Nanoseconds())/float64(b.N), "ns/cancel")
		}}
	}
	return &suite.Comparison{
		Name:     "vigil-cancel",
		Question: "A context ends with which 10,000 resources are to be reclaimed: how long does that take?",
		Units:    []string{"ns/cancel", "ns/op"},
		Sample:   5 * time.Millisecond, // one round, or a few
		Notes: []string{
			"ns/cancel goes from the call of cancel until the last of the 10,000 functions has been called; ns/op is the whole round, in which all are tied to a fresh context first.",
			"The guards need one function of the context's and as many goroutines as the keeper has reclaimers, 4 here; a test holds it. AfterFunc starts a goroutine for each when the context ends, and the last one has had a goroutine for each all the time.",
		},
		Impls: []suite.Impl{
			impl("Guard", "", true, func() (tiedTo, func(int)) {
				k := vigil.New(vigil.Options{})
				reclaim := func(back func(), _ vigil.Record) error { back(); return nil }
				return func(ctx context.Context, back func()) any {
					g, err := vigil.Bind(ctx, k, back, reclaim)
					if err != nil {
						panic(err)
					}
					return g
				}, func(int) {}
			}),
			impl("AfterFunc", "context.AfterFunc; one that blocks holds up nobody else", false, func() (tiedTo, func(int)) {
				return func(ctx context.Context, back func()) any { return context.AfterFunc(ctx, back) }, func(int) {}
			}),
			impl("goroutine", "one for each, which waits for Done; one that blocks holds up nobody else", false, func() (tiedTo, func(int)) {
				var waiting atomic.Int64
				tie := func(ctx context.Context, back func()) any {
					go func() {
						waiting.Add(1)
						<-ctx.Done()
						back()
					}()
					return nil
				}
				return tie, func(n int) {
					for waiting.Load() < int64(n) {
						runtime.Gosched()
					}
					for range 8 {
						runtime.Gosched()
					}
					waiting.Store(0)
				}
			}),
		},
		Shapes: []suite.Shape{{Name: "10000guards", N: 10_000, From: suite.Full, FromOne: suite.Default}},
		Bars: []suite.Bar{
			{Text: "at most a third of the time of 10,000 AfterFuncs", Subject: "Guard", Rival: "AfterFunc", Unit: "ns/cancel", Max: 1.0 / 3},
		},
	}
}

// cancelRound ties n to a context, ends that, and returns how long it took until all were called.
func cancelRound(n int, tie tiedTo, ready func(n int)) time.Duration {
	ctx, cancel := context.WithCancel(context.Background())
	var left atomic.Int64
	left.Store(int64(n))
	done := make(chan struct{})
	back := func() {
		if left.Add(-1) == 0 {
			close(done)
		}
	}
	kept := make([]any, n)
	for i := range kept {
		kept[i] = tie(ctx, back)
	}
	ready(n)
	start := time.Now()
	cancel()
	<-done
	took := time.Since(start)
	runtime.KeepAlive(kept)
	return took
}
