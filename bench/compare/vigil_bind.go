package compare

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/vigil"
)

// A resource counts how often it was given back, by one goroutine at a time.
type resource struct{ closed int }

func (r *resource) close() error { r.closed++; return nil }

func reclaimResource(r *resource, _ vigil.Record) error { return r.close() }

// A handle is what leads to a resource, and what is lost with it.
type handle struct{ r *resource }

// vigilBind asks what it costs to have a resource under a vigil and to give it back oneself.
func vigilBind() *suite.Comparison {
	const ends = "ends" // a context that can end
	endless := func(s suite.Shape) bool { return s.With != ends }
	impl := func(name, differs string, ours bool, skips func(suite.Shape) bool, once func(ctx context.Context, r *resource)) suite.Impl {
		return suite.Impl{Name: name, Ours: ours, Differs: differs, Skips: skips, Bench: func(b *testing.B, s suite.Shape) {
			ctx := context.Background()
			if s.With == ends {
				var cancel context.CancelFunc
				ctx, cancel = context.WithCancel(ctx)
				defer cancel()
			}
			r := new(resource)
			n := 0
			for b.Loop() {
				once(ctx, r)
				n++
			}
			if r.closed != n {
				b.Fatalf("given back %d times, not %d", r.closed, n)
			}
		}}
	}
	keeper := vigil.New(vigil.Options{})
	return &suite.Comparison{
		Name:     "vigil-bind",
		Question: "A resource is watched, in case that its holder forgets it, and then its holder gives it back: what do both cost?",
		Units:    []string{"ns/op", "B/op"},
		Sample:   4 * time.Millisecond,
		Notes: []string{
			"An operation is a Bind and a Release, or what stands for them: of AddCleanup the handle that is watched, AddCleanup and Stop. All call the same function of the resource, in the end.",
			"With a context that can end AddCleanup knows nothing of it. No other guard is bound with that context, so each has to be registered with it.",
			"A guard without a worker has a cleanup too, from Bind on: so AddCleanup and Stop are in its figure. What it costs to forget one is in vigil-drop.",
			"B/op is what is allocated in the heap. The runtime's own record of a cleanup is not there, for either.",
			"At most 200 B are promised, and a test holds it.",
		},
		Impls: []suite.Impl{
			impl("Guard", "", true, nil, func(ctx context.Context, r *resource) {
				g, err := vigil.Bind(ctx, keeper, r, reclaimResource)
				if err == nil {
					_ = g.Release()
				}
			}),
			impl("AddCleanup", "sees only that the handle is lost, and then runs on the runtime's goroutine; no worker, context or lease, no record, no count; a second release closes twice", false, nil, func(_ context.Context, r *resource) {
				h := &handle{r}
				c := runtime.AddCleanup(h, func(r *resource) { _ = r.close() }, r)
				c.Stop()
				_ = h.r.close()
				runtime.KeepAlive(h)
			}),
			impl("AfterFunc", "sees only that the context ends; a handle that is lost is kept by it", false, endless, func(ctx context.Context, r *resource) {
				stop := context.AfterFunc(ctx, func() { _ = r.close() })
				if stop() {
					_ = r.close()
				}
			}),
			impl("goroutine", "one for each, which waits for the context's end or for the release", false, endless, func(ctx context.Context, r *resource) {
				released, over := make(chan struct{}), make(chan struct{})
				go func() {
					select {
					case <-ctx.Done():
					case <-released:
					}
					_ = r.close()
					close(over)
				}()
				close(released)
				<-over
			}),
		},
		Shapes: []suite.Shape{
			{Name: "background", N: 1, From: suite.Full, FromOne: suite.Default},
			{Name: "context", N: 1, From: suite.Full, FromOne: suite.Full, With: ends},
		},
		Bars: []suite.Bar{
			{Text: "at most 2.5x a bare AddCleanup and Stop", Subject: "Guard", Rival: "AddCleanup", Unit: "ns/op", Max: 2.5, On: endless},
		},
	}
}
