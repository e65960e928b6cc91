package rcu_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/rcu"
)

// The caller that asked for a run and gives up withdraws itself, not the run:
// the others get its result, and it is published.
func TestRefresherLeaderCancelled(t *testing.T) {
	bubble(t, rcu.Options{}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
		ctx, cancel := context.WithCancel(t.Context())
		leader := start(func() (*config, error) { return r.Wait(ctx) })
		follower := start(func() (*config, error) { return r.Wait(t.Context()) })
		cancel()
		synctest.Wait()
		leader.requireReturned(t, nil, context.Canceled)
		follower.requireWaits(t)
		v := &config{}
		s.answer(v, nil)
		follower.requireReturned(t, v, nil)
		require.Equal(t, 1, s.runs())

		alone := start(func() (*config, error) { return r.Refresh(ctx) })
		alone.requireReturned(t, v, context.Canceled)
		require.Equal(t, 1, s.runs(), "a context that has ended asks for nothing")
	})
}

// An error, a nil snapshot, a panic and an exit are failures alike: every waiter
// gets the error and the old snapshot, which stays out; the next run works.
func TestRefresherFailures(t *testing.T) {
	for name, c := range map[string]struct {
		reply reply
		want  error
	}{
		"error":               {reply{v: &config{}, err: errDown}, errDown}, // what comes beside an error is dropped
		"nil snapshot":        {reply{}, rcu.ErrNilSnapshot},
		"panic with an error": {reply{do: func() { panic(errDown) }}, errDown},
		"exit":                {reply{do: runtime.Goexit}, rcu.ErrGoexit},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, rcu.Options{Interval: time.Minute}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
				cold := start(func() (*config, error) { return r.Wait(t.Context()) })
				s.end(c.reply)
				cold.requireReturned(t, nil, c.want)
				old := &config{}
				r.Store(old)
				one := start(func() (*config, error) { return r.RefreshFrom(t.Context(), old) })
				two := start(func() (*config, error) { return r.RefreshFrom(t.Context(), old) })
				s.end(c.reply)
				one.requireReturned(t, old, c.want)
				two.requireReturned(t, old, c.want)
				require.ErrorIs(t, r.Status().Err, c.want)
				require.Equal(t, 2, r.Status().Failures)

				pass(time.Minute) // and the ticks go on
				v := &config{}
				s.answer(v, nil)
				require.Same(t, v, r.Load())
				require.NoError(t, r.Status().Err)
			})
		})
	}
}

// A panic comes as a *PanicError with its value and its stack.
func TestRefresherPanicError(t *testing.T) {
	bubble(t, rcu.Options{}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
		o := start(func() (*config, error) { return r.Wait(t.Context()) })
		s.end(reply{do: func() { panic("what") }})
		p, ok := errors.AsType[*rcu.PanicError](o.err)
		require.True(t, ok)
		require.Equal(t, "what", p.Value)
		require.Contains(t, string(p.Stack), "TestRefresherPanicError")
		require.Contains(t, p.Error(), "what")
		require.NoError(t, p.Unwrap())
	})
}

// A request made when f has all but returned, before its waiters wake, is given
// another run.
func TestRefresherRequestAtTheEndOfARun(t *testing.T) {
	bubble(t, rcu.Options{}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
		first := start(func() (*config, error) { return r.Wait(t.Context()) })
		one, two := &config{1}, &config{2}
		s.end(reply{v: one, do: func() { require.True(t, r.Schedule()) }})
		first.requireReturned(t, one, nil)
		second := start(func() (*config, error) { return r.RefreshFrom(t.Context(), one) })
		require.Equal(t, 2, s.runs())
		s.answer(two, nil)
		require.Same(t, two, r.Load())
		second.requireReturned(t, two, nil)
		s.answer(two, nil) // what second had asked for
	})
}

// A thousand callers that hold the same snapshot and report it before, during
// and after the run cost one run.
func TestRefresherManyReportsOneRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runs := 0
		r := rcu.NewRefresher(func(context.Context, *config) (*config, error) {
			runs++
			time.Sleep(time.Second)
			return &config{runs}, nil
		}, rcu.Options{})
		defer r.Close()
		seen, err := r.Wait(t.Context())
		require.NoError(t, err)
		var group sync.WaitGroup
		var wrong atomic.Int32
		for range 1000 {
			group.Go(func() {
				time.Sleep(rand.N(3 * time.Second)) // the run begins with the first report
				if v, err := r.RefreshFrom(t.Context(), seen); err != nil || v.n != 2 {
					wrong.Add(1)
				}
			})
		}
		group.Wait()
		require.Zero(t, wrong.Load())
		require.Equal(t, 2, runs)
	})
}

// RefreshFrom, case by case.
func TestRefresherRefreshFrom(t *testing.T) {
	type fixture struct {
		*server
		*rcu.Refresher[config]
		seen *config
		from func(seen *config) *outcome
	}
	for name, f := range map[string]func(t *testing.T, f fixture){
		"another is out: nothing runs": func(t *testing.T, f fixture) {
			f.from(&config{}).requireReturned(t, f.seen, nil)
			f.from(nil).requireReturned(t, f.seen, nil)
			require.False(t, f.ScheduleFrom(&config{}))
			require.False(t, f.ScheduleFrom(nil))
			require.Zero(t, f.runs())
		},
		"joins the run asked for because of seen": func(t *testing.T, f fixture) {
			require.True(t, f.ScheduleFrom(f.seen))
			require.False(t, f.ScheduleFrom(f.seen))
			o := f.from(f.seen)
			v := &config{}
			f.answer(v, nil)
			o.requireReturned(t, v, nil)
			require.Equal(t, 1, f.runs())
		},
		"a run that began before the report is not its own, but may serve it": func(t *testing.T, f fixture) {
			f.Schedule()
			o := f.from(f.seen)
			f.answer(f.seen, nil) // no news
			o.requireWaits(t)
			f.answer(f.seen, nil) // its own run answers, though with seen itself
			o.requireReturned(t, f.seen, nil)
			require.Equal(t, 2, f.runs())

			f.Schedule()
			o = f.from(f.seen)
			v := &config{}
			f.answer(v, nil)
			o.requireReturned(t, v, nil)
			f.answer(v, nil) // the one that it had asked for
			require.Equal(t, 4, f.runs())
		},
		"one that it joined before it began is its own": func(t *testing.T, f fixture) {
			f.Schedule()
			f.Schedule() // queued
			one := f.from(f.seen)
			f.answer(f.seen, nil) // the queued one begins
			two := f.from(f.seen)
			f.answer(f.seen, nil)
			one.requireReturned(t, f.seen, nil)
			two.requireReturned(t, f.seen, nil)
			require.Equal(t, 2, f.runs())
		},
		"several reported to one queued run": func(t *testing.T, f fixture) {
			f.Schedule()
			f.from(f.seen)
			other := &config{}
			f.Store(other)
			f.from(other)
			f.answer(nil, errDown) // the queued one begins
			f.Store(f.seen)
			require.False(t, f.ScheduleFrom(f.seen))
			f.Store(other)
			require.False(t, f.ScheduleFrom(other))
			f.answer(&config{}, nil)
			require.Equal(t, 2, f.runs())
		},
		"served by a Store, not by one of seen nor of nil": func(t *testing.T, f fixture) {
			o := f.from(f.seen)
			f.Store(f.seen)
			f.Store(nil)
			synctest.Wait()
			o.requireWaits(t)
			v := &config{}
			f.Store(v)
			synctest.Wait()
			o.requireReturned(t, v, nil)
			f.answer(&config{}, nil)
		},
		"after a failure the next report asks again": func(t *testing.T, f fixture) {
			o := f.from(f.seen)
			f.answer(nil, errDown)
			o.requireReturned(t, f.seen, errDown)
			require.True(t, f.ScheduleFrom(f.seen))
			f.answer(&config{}, nil)
		},
		"no snapshot out: as Wait": func(t *testing.T, f fixture) {
			f.Store(nil)
			require.True(t, f.ScheduleFrom(f.seen))
			require.False(t, f.ScheduleFrom(nil))
			o := f.from(f.seen) // joins the run in flight, whatever it was asked for
			f.Store(f.seen)     // any snapshot will do
			synctest.Wait()
			o.requireReturned(t, f.seen, nil)
			f.answer(&config{}, nil)
			require.Equal(t, 1, f.runs())
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, rcu.Options{}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
				seen := &config{}
				r.Store(seen)
				f(t, fixture{s, r, seen, func(seen *config) *outcome {
					return start(func() (*config, error) { return r.RefreshFrom(t.Context(), seen) })
				}})
			})
		})
	}
}

// Who waits is not woken by a Store of what is out already, and so does not miss
// what comes right after.
func TestRefresherWaitIsNotWokenForNothing(t *testing.T) {
	bubble(t, rcu.Options{}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
		one, two := &config{1}, &config{2}
		cold := start(func() (*config, error) { return r.Wait(t.Context()) })
		r.Store(nil)
		r.Store(one)
		r.Store(nil)
		synctest.Wait()
		cold.requireReturned(t, one, nil)
		r.Store(one)
		from := start(func() (*config, error) { return r.RefreshFrom(t.Context(), one) })
		r.Store(one)
		r.Store(two)
		r.Store(one)
		synctest.Wait()
		from.requireReturned(t, two, nil)
	})
}
