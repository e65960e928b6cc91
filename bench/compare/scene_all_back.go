package compare

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sourcegraph/conc"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/vigil"
)

const (
	leavers = 10_000
	lost    = 20 * time.Second // what has not come back by then never does
)

// A leaving is a way for a worker to end that has taken something and does not give it back.
type leaving struct {
	how   string
	cause vigil.Cause
	end   func(cancel context.CancelFunc, gone func() <-chan struct{}) error
}

var leavings = []leaving{
	{"returns", vigil.Returned, func(context.CancelFunc, func() <-chan struct{}) error { return nil }},
	{"panics", vigil.Panicked, func(context.CancelFunc, func() <-chan struct{}) error { panic("bench: a bug") }},
	{"exits by runtime.Goexit", vigil.Goexited, func(context.CancelFunc, func() <-chan struct{}) error { runtime.Goexit(); return nil }},
	{"works on when its context has ended", vigil.Canceled, func(cancel context.CancelFunc, gone func() <-chan struct{}) error {
		cancel()
		<-gone() // or its return would come first, now and then
		return context.Canceled
	}},
	{"has bound without its context, and forgets", vigil.Dropped, func(context.CancelFunc, func() <-chan struct{}) error { return nil }},
}

// allBack shows that what workers hold comes back, however they end.
func allBack() *suite.Scene {
	return &suite.Scene{
		Name:     "all-back",
		Question: "10,000 workers take a connection each, and exit in five ways, none of which gives it back. What has come back afterwards?",
		Takes:    400 * time.Millisecond,
		Run:      runAllBack,
	}
}

func runAllBack(ctx context.Context) (suite.Outcome, error) {
	out := suite.Outcome{
		Header: []string{"implementation", "the worker", "connections", "given back", "with the cause"},
		Notes: []string{
			"What is forgotten has to be found by the collector; the scene runs it until nothing is missing. The rest has come back before the workers count as gone.",
			"The others are goroutines of conc's WaitGroup that close what they have taken: on their last line, or in a defer, which is as good for whoever does not forget it, if not for the one that works on.",
		},
	}
	var back [leavers]atomic.Int32 // how often each connection was given back
	var causes [leavers]atomic.Int32
	var leaks, all atomic.Int64
	k := vigil.New(vigil.Options{CapturePanics: true, OnLeak: func(vigil.Record) { leaks.Add(1) }})
	reclaim := func(i int, rec vigil.Record) error {
		back[i].Add(1)
		causes[i].Store(int32(rec.Cause))
		all.Add(1)
		return nil
	}
	for i := range leavers {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		k.Go(ctx, "", func(ctx context.Context) error {
			l := leavings[i%len(leavings)]
			under := ctx
			if l.cause == vigil.Dropped {
				under = context.Background()
			}
			g, err := vigil.Bind(under, k, i, reclaim)
			if err != nil {
				return err
			}
			return l.end(cancel, g.Done)
		})
	}
	if err := k.Wait(ctx); err != nil {
		return out, err
	}
	gone := all.Load()
	for deadline := time.Now().Add(lost); all.Load() < leavers && ctx.Err() == nil && time.Now().Before(deadline); {
		runtime.GC()
		pause(ctx, time.Millisecond)
	}
	if ctx.Err() != nil {
		return out, ctx.Err()
	}
	if err := k.Shutdown(ctx); err != nil { // and all hooks have run
		return out, err
	}

	const each = leavers / 5
	once, right := 0, 0
	for n, l := range leavings {
		came, as := 0, 0
		for i := n; i < leavers; i += len(leavings) {
			if back[i].Load() == 1 {
				came++
			}
			if vigil.Cause(causes[i].Load()) == l.cause {
				as++
			}
		}
		once, right = once+came, right+as
		out.Rows = append(out.Rows, []string{"Keeper", l.how, fmt.Sprint(each), fmt.Sprint(came), fmt.Sprintf("%v: %d", l.cause, as)})
	}
	line, deferred := byHand(false), byHand(true)
	out.Rows = append(out.Rows,
		[]string{"conc, closing on the last line", "any of these", fmt.Sprint(leavers), fmt.Sprint(line), "not known"},
		[]string{"conc, closing in a defer", "any of these", fmt.Sprint(leavers), fmt.Sprint(deferred), "not known"})
	st := k.Stats()
	var reclaimed int64
	for _, n := range st.Reclaimed {
		reclaimed += n
	}
	out.Checks = append(out.Checks,
		suite.Check{What: "every connection was given back, and once", OK: once == leavers, Got: fmt.Sprintf("%d of %d", once, leavers)},
		suite.Check{What: "with the cause that it had", OK: right == leavers, Got: fmt.Sprintf("%d of %d", right, leavers)},
		suite.Check{What: "all but what was forgotten before the last worker had gone", OK: gone >= leavers-each, Got: fmt.Sprintf("%d of %d", gone, leavers-each)},
		suite.Check{What: "what was forgotten was reported as leaked", OK: leaks.Load() == each, Got: fmt.Sprintf("%d of %d", leaks.Load(), each)},
		suite.Check{What: "the books balance", OK: st.Bound == leavers && reclaimed == leavers && st.Live+st.Pending == 0 && st.Faults == 0,
			Got: fmt.Sprintf("%d bound, %d reclaimed, %d live, %d pending", st.Bound, reclaimed, st.Live, st.Pending)},
		suite.Check{What: "those who close by hand do lose some: the scene can tell", OK: line < deferred && deferred < leavers,
			Got: fmt.Sprintf("%d and %d of %d given back", line, deferred, leavers)},
	)
	return out, nil
}

// byHand has goroutines end in the same ways that close what they have taken themselves, and returns how many did.
func byHand(deferred bool) int64 {
	var closed atomic.Int64
	var wg sync.WaitGroup
	for i := range leavers {
		ctx, cancel := context.WithCancel(context.Background())
		wg.Go(func() {
			defer cancel()
			var one conc.WaitGroup // it keeps a panic from ending the process
			one.Go(func() {
				l := leavings[i%len(leavings)]
				if deferred && l.cause != vigil.Dropped {
					defer closed.Add(1)
				}
				if err := l.end(cancel, ctx.Done); err != nil || deferred || l.cause == vigil.Dropped {
					return
				}
				closed.Add(1)
			})
			_ = one.WaitAndRecover()
		})
	}
	wg.Wait()
	return closed.Load()
}
