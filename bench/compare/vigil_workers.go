package compare

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sourcegraph/conc"
	"golang.org/x/sync/errgroup"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/vigil"
)

// vigilGo asks what a worker costs that has nothing to reclaim.
func vigilGo() *suite.Comparison {
	const asks = "asks" // the function asks its context for its end
	work := func(s suite.Shape) func(ctx context.Context) error {
		if s.With == asks {
			return func(ctx context.Context) error {
				select {
				case <-ctx.Done():
					return ctx.Err()
				default:
					return nil
				}
			}
		}
		return func(context.Context) error { return nil }
	}
	keeper := vigil.New(vigil.Options{})
	impl := func(name, differs string, ours bool, run func(ctx context.Context, n int, f func(context.Context) error) error) suite.Impl {
		return suite.Impl{Name: name, Ours: ours, Differs: differs, Bench: func(b *testing.B, s suite.Shape) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			f := work(s)
			for b.Loop() {
				if err := run(ctx, s.N, f); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(s.N), "ns/task")
			b.ReportMetric(0, "ns/op")
		}}
	}
	return &suite.Comparison{
		Name:     "vigil-go",
		Question: "A function is run on a goroutine of its own, and waited for: what does that cost?",
		Units:    []string{"ns/task"},
		Sample:   5 * time.Millisecond,
		Notes: []string{
			"The parent's context can be cancelled, and is not. A group is made anew each time; the keeper stays.",
			"The context of a worker is made in full when somebody asks for its end: 1task-asks does.",
			"Of 100tasks all are started, and then each worker is waited for; a group is waited for as a whole.",
		},
		Impls: []suite.Impl{
			impl("Worker", "", true, func(ctx context.Context, n int, f func(context.Context) error) (err error) {
				if n == 1 {
					return keeper.Go(ctx, "", f).Wait()
				}
				all := make([]*vigil.Worker, n)
				for i := range all {
					all[i] = keeper.Go(ctx, "", f)
				}
				for _, w := range all {
					if e := w.Wait(); err == nil {
						err = e
					}
				}
				return err
			}),
			impl("errgroup", "errgroup.WithContext: the first error cancels the others, and is what is left of all; reclaims nothing", false, func(ctx context.Context, n int, f func(context.Context) error) error {
				g, ctx := errgroup.WithContext(ctx)
				for range n {
					g.Go(func() error { return f(ctx) })
				}
				return g.Wait()
			}),
			impl("conc", "conc.WaitGroup: no context of its own, no error; a panic goes on where it is waited for; reclaims nothing", false, func(ctx context.Context, n int, f func(context.Context) error) error {
				var wg conc.WaitGroup
				for range n {
					wg.Go(func() { _ = f(ctx) })
				}
				wg.Wait()
				return nil
			}),
		},
		Shapes: []suite.Shape{
			{Name: "1task", N: 1, From: suite.Default, FromOne: suite.Default},
			{Name: "1task-asks", N: 1, From: suite.Full, FromOne: suite.Full, With: asks},
			{Name: "100tasks", N: 100, From: suite.Full, FromOne: suite.Full},
		},
		Bars: []suite.Bar{
			{Text: "at most 1.1x errgroup's", Subject: "Worker", Rival: "errgroup", Unit: "ns/task", Max: 1.1, On: func(s suite.Shape) bool { return s.N == 1 && s.With == nil }},
		},
	}
}

// vigilExit asks what it costs that workers go and leave something behind.
func vigilExit() *suite.Comparison {
	// Each round runs n workers and returns how many resources were given back.
	impl := func(name, differs string, ours, resources bool, start func() (round func(ctx context.Context, n int) int64)) suite.Impl {
		return suite.Impl{Name: name, Ours: ours, Differs: differs, Bench: func(b *testing.B, s suite.Shape) {
			round := start()
			var back, want int64
			for b.Loop() {
				back += round(context.Background(), s.N)
				if resources {
					want += int64(s.N)
				}
			}
			if back != want {
				b.Fatalf("%d resources were given back, not %d", back, want)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(s.N), "ns/worker")
			b.ReportMetric(0, "ns/op")
		}}
	}
	return &suite.Comparison{
		Name:     "vigil-exit",
		Question: "10,000 workers take a resource each and exit without giving it back: what does a worker cost until all has been reclaimed?",
		Units:    []string{"ns/worker"},
		Sample:   5 * time.Millisecond, // one round, or a few
		Notes: []string{
			"An operation is a round: all are started, and then waited for. What is given back is counted, and one too few or too many fails the run.",
			"conc and WaitGroup have goroutines and no resource at all. conc-defer has one that the function itself gives back, which it must not forget.",
		},
		Impls: []suite.Impl{
			impl("Worker", "", true, true, func() func(context.Context, int) int64 {
				k := vigil.New(vigil.Options{})
				var back atomic.Int64
				reclaim := func(n *atomic.Int64, _ vigil.Record) error { n.Add(1); return nil }
				f := func(ctx context.Context) error {
					_, err := vigil.Bind(ctx, k, &back, reclaim)
					return err
				}
				return func(ctx context.Context, n int) int64 {
					back.Store(0)
					for range n {
						k.Go(ctx, "", f)
					}
					_ = k.Wait(ctx)
					return back.Load()
				}
			}),
			impl("conc", "no resource: nothing is taken and nothing given back", false, false, func() func(context.Context, int) int64 {
				return func(_ context.Context, n int) int64 {
					var wg conc.WaitGroup
					for range n {
						wg.Go(func() {})
					}
					wg.Wait()
					return 0
				}
			}),
			impl("conc-defer", "given back by the function, in a defer: only what it does not forget, and only when it ends", false, true, func() func(context.Context, int) int64 {
				return func(_ context.Context, n int) int64 {
					var back atomic.Int64
					var wg conc.WaitGroup
					for range n {
						wg.Go(func() { defer back.Add(1) })
					}
					wg.Wait()
					return back.Load()
				}
			}),
			impl("WaitGroup", "sync.WaitGroup.Go; no resource, and a panic ends the process", false, false, func() func(context.Context, int) int64 {
				return func(_ context.Context, n int) int64 {
					var wg sync.WaitGroup
					for range n {
						wg.Go(func() {})
					}
					wg.Wait()
					return 0
				}
			}),
		},
		Shapes: []suite.Shape{{Name: "10000workers", N: 10_000, From: suite.Default, FromOne: suite.Default}},
		Bars: []suite.Bar{
			{Text: "at most 3x conc without any resource", Subject: "Worker", Rival: "conc", Unit: "ns/worker", Max: 3},
		},
	}
}
