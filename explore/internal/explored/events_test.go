package explored_test

import (
	gocontext "context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/internal/sched"
	"github.com/petiole-go/petiole/explore/internal/virtual"
	"github.com/petiole-go/petiole/explore/shim/context"
	"github.com/petiole-go/petiole/explore/shim/lang"
	"github.com/petiole-go/petiole/explore/shim/sync"
	"github.com/petiole-go/petiole/explore/shim/sync/atomic"
	"github.com/petiole-go/petiole/explore/shim/time"
)

// outcomes are all that a scenario can come to, with both searches: what it has
// written down when all have ended.
func outcomes(t *testing.T, scenario func(s *explore.S, see func(any))) []string {
	t.Helper()
	var all [2][]string
	for i, o := range []explore.Options{searches["full"], searches["reduced"]} {
		set := map[string]bool{}
		passes(t, o, func(s *explore.S) {
			var seen list
			scenario(s, seen.add)
			s.End(func() { set[seen.text()] = true })
		})
		all[i] = slices.Sorted(maps.Keys(set))
	}
	require.Equal(t, all[0], all[1], "the reduction leaves something out, or makes it up")
	return all[0]
}

// A list is shared by goroutines of which one runs at a time, whatever the race
// detector would say of it.
type list struct {
	all [50]any
	n   int
}

//go:norace
func (l *list) add(x any) { l.all[l.n], l.n = x, l.n+1 }

//go:norace
func (l *list) text() string { return fmt.Sprint(l.all[:l.n]...) }

// Timers fire in the order of their times, and in either order if these are equal;
// at any moment, also while others can go on; or not at all, if all have ended.
func TestTimersFireInOrder(t *testing.T) {
	require.Equal(t, []string{"", "1", "1 2", "1 2 3", "1 3", "1 3 2"}, outcomes(t, func(s *explore.S, see func(any)) {
		for i, d := range []time.Duration{10, 20, 20} {
			time.AfterFunc(d, func() { see(i + 1) })
		}
		s.Go("a", lang.Gosched)
	}))
	require.Equal(t, []string{"0 0 10", "0 0 5", "0 5 5", "5 5 5"}, outcomes(t, func(s *explore.S, see func(any)) {
		begin := time.Now()
		s.Go("looks", func() {
			for range 2 {
				see(time.Since(begin).Nanoseconds())
			}
			time.Sleep(5 - time.Since(begin))
			see(time.Since(begin).Nanoseconds())
		})
		s.Go("sleeps", func() { time.Sleep(5) })
	}))
}

// Who can be freed by a timer only is freed by it: that is no deadlock. The clock
// then stands at its time, or has gone on since.
func TestTimersFree(t *testing.T) {
	for name, wait := range map[string]func(){
		"Sleep":     func() { time.Sleep(7) },
		"After":     func() { lang.Recv(time.After(7)) },
		"NewTimer":  func() { lang.Recv(time.NewTimer(7).C) },
		"NewTicker": func() { lang.Recv(time.NewTicker(7).C) },
		"Tick":      func() { lang.Recv(time.Tick(7)) },
		"AfterFunc": func() { ch := make(chan int); time.AfterFunc(7, func() { lang.Close(ch) }); lang.Recv(ch) },
		"Reset":     func() { timer := time.NewTimer(time.Hour); timer.Reset(7); lang.Recv(timer.C) },
		"Ticker.Reset": func() {
			ticker := time.NewTicker(time.Hour)
			ticker.Reset(3)
			lang.Recv(ticker.C)
			ticker.Reset(4)
			lang.Recv(ticker.C)
		},
		"WithTimeout": func() {
			ctx, cancel := context.WithTimeout(context.Background(), 7)
			defer cancel()
			lang.Recv(ctx.Done())
		},
		"WithDeadline": func() {
			ctx, cancel := context.WithDeadline(context.Background(), time.Now().Add(7))
			defer cancel()
			lang.Recv(ctx.Done())
		},
		"a child of WithTimeoutCause": func() {
			ctx, cancel := context.WithTimeoutCause(context.Background(), 7, errors.New("late"))
			defer cancel()
			child, end := gocontext.WithCancel(context.WithoutCancel(ctx))
			defer end()
			child, end = gocontext.WithCancel(gocontext.WithValue(ctx, key(1), child))
			defer end()
			lang.Recv(child.Done())
			if context.Cause(child).Error() != "late" || !errors.Is(child.Err(), context.DeadlineExceeded) {
				panic(context.Cause(child))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, outcomes(t, func(s *explore.S, see func(any)) {
				begin := time.Now()
				s.Go("a", func() {
					wait()
					now := time.Since(begin).Nanoseconds()
					s.Assert(now >= 7, "too early: %d", now)
					see(now)
				})
			}), "7")
		})
	}
}

// A timer that is stopped does not fire; who stops it too late is told so.
func TestTimerStopped(t *testing.T) {
	require.Equal(t, []string{"5 false", "true"}, outcomes(t, func(s *explore.S, see func(any)) {
		timer := time.AfterFunc(5, func() { see(5) })
		s.Go("stops", func() {
			stopped := timer.Stop()
			time.Sleep(20)
			see(stopped)
		})
	}))
}

// A cancellation comes at every moment there is, or never: the goroutine sees it
// first at any of its looks, or not. All that is made of the context ends after it,
// but for what does not end with it.
func TestCancellationAtEveryMoment(t *testing.T) {
	require.Equal(t, []string{"0 0 0", "0 0 1", "0 1 1", "1 1 1"}, outcomes(t, func(s *explore.S, see func(any)) {
		ctx, _ := s.Cancelable("ctx")
		child, cancel := context.WithCancelCause(context.WithValue(ctx, key(1), 1))
		other, end := gocontext.WithCancel(ctx) // by code that is not rewritten
		grandchild, end2 := context.WithCancel(other)
		s.Go("looks", func() {
			defer cancel(nil)
			defer end()
			defer end2()
			for range 3 {
				if ctx.Err() != nil {
					see(1)
					for _, below := range []gocontext.Context{child, other, grandchild} {
						lang.Recv(below.Done())
						s.Assert(below.Err() == context.Canceled, "err is %v", below.Err())
					}
					s.Assert(context.Cause(grandchild) == context.Canceled && context.WithoutCancel(child).Err() == nil, "ended wrongly")
				} else {
					see(0)
				}
			}
		})
	}))
}

// AfterFunc calls its function once, in a goroutine of its own, when the context has
// ended; Stop says whether it has kept it from that.
func TestContextAfterFunc(t *testing.T) {
	for name, of := range map[string]func(s *explore.S, ctx gocontext.Context) gocontext.Context{
		"itself": func(_ *explore.S, ctx gocontext.Context) gocontext.Context { return ctx },
		"child": func(s *explore.S, ctx gocontext.Context) gocontext.Context {
			ctx, cancel := context.WithCancelCause(ctx)
			s.End(func() { cancel(nil) })
			return ctx
		},
		"by other code": func(s *explore.S, ctx gocontext.Context) gocontext.Context {
			ctx, cancel := gocontext.WithCancelCause(ctx)
			s.End(func() { cancel(nil) })
			return ctx
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, []string{"called false ", "false called ", "true "}, outcomes(t, func(s *explore.S, see func(any)) {
				ctx, cancel := s.Cancelable("ctx")
				var mu sync.Mutex
				stop := context.AfterFunc(of(s, ctx), func() { mu.Lock(); see("called "); mu.Unlock() })
				s.Go("stops", func() {
					was := stop()
					mu.Lock()
					see(fmt.Sprint(was, " "))
					mu.Unlock()
					cancel()
				})
			}))
		})
	}
}

// Signalled and cancelled at once: who has both sees the one, and the other.
func TestSignalledAndCancelled(t *testing.T) {
	require.Equal(t, []string{"cancelled", "cancelled, though signalled", "signalled", "signalled, though cancelled"}, outcomes(t, func(s *explore.S, see func(any)) {
		ctx, _ := s.Cancelable("ctx")
		ch := make(chan int, 1)
		s.Go("signals", func() { lang.Send(ch)(1) })
		s.Go("waits", func() {
			i := lang.Select(true, lang.RecvCase(ch), lang.RecvCase(ctx.Done()))
			text := []string{"signalled", "cancelled"}[i]
			if i == 0 && ctx.Err() != nil {
				text += ", though cancelled"
			}
			if i == 1 && len(ch) > 0 {
				text += ", though signalled"
			}
			see(text)
		})
	}))
}

// A cancellation, a timer, which case a select takes, and a switch where a goroutine
// yields cost no preemption: with none all of them are seen.
func TestWhatCostsNothing(t *testing.T) {
	for name, c := range map[string]struct {
		want     []string
		scenario func(t *sched.Thread, see func(any))
	}{
		"cancellation": {[]string{"", "0", "0 0", "0 0 0"}, func(t *sched.Thread, see func(any)) {
			ctx, _ := virtual.Cancelable(t, "ctx")
			t.Go("looks", func() {
				for range 3 {
					if ctx.Err() == nil {
						see(0)
					}
				}
			})
		}},
		"timer": {[]string{"", "0", "0 0"}, func(t *sched.Thread, see func(any)) {
			begin := time.Now()
			time.AfterFunc(5, func() {})
			t.Go("looks", func() {
				for range 2 {
					if time.Since(begin) == 0 {
						see(0)
					}
				}
			})
		}},
		"select": {[]string{"0", "1"}, func(t *sched.Thread, see func(any)) {
			a, b := make(chan int, 1), make(chan int, 1)
			t.Go("selects", func() { see(lang.Select(true, lang.SendCase(a)(1), lang.SendCase(b)(1))) })
		}},
		"yield": {[]string{"1 2 3", "1 3 2"}, func(t *sched.Thread, see func(any)) {
			t.Go("yields", func() { see(1); lang.Gosched(); see(2) })
			t.Go("other", func() { lang.Gosched(); see(3) })
		}},
		"switch": {[]string{"1 1 2 2", "2 2 1 1"}, func(t *sched.Thread, see func(any)) { // that costs
			var n atomic.Int64
			for i := range 2 {
				t.Go("", func() {
					for range 2 {
						n.Add(1)
						see(i + 1)
					}
				})
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			set := map[string]bool{}
			res, f, err := sched.Explore(sched.Options{Bound: 0, Steps: 100, Yields: 1, Scenario: func(r *sched.Run) {
				var seen list
				c.scenario(sched.Current(), seen.add)
				r.End(func() { set[seen.text()] = true })
			}})
			require.NoError(t, err)
			require.Nil(t, f)
			require.True(t, res.Exhausted)
			require.Equal(t, c.want, slices.Sorted(maps.Keys(set)))
		})
	}
}
