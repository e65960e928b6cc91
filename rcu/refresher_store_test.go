package rcu_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/rcu"
)

// A Store during a run stays: the run's waiters get it when the run ends, with no
// error if the run succeeded and with its own if it failed. The run moves neither
// Version nor UpdatedAt, and a success of it is one for the backoff.
func TestRefresherStoreDuringARun(t *testing.T) {
	stored := &config{1}
	for name, c := range map[string]struct {
		store    *config
		run      error // what the run returns
		waiter   error // what its waiters get, beside what was stored
		hook     error // what OnRefresh is told
		failures int   // after one before
	}{
		"success":             {stored, nil, nil, rcu.ErrSuperseded, 0},
		"failure":             {stored, errDown, errDown, errDown, 2},
		"Store(nil), success": {nil, nil, rcu.ErrNotReady, rcu.ErrSuperseded, 0},
		"Store(nil), failure": {nil, errDown, errDown, errDown, 2},
	} {
		t.Run(name, func(t *testing.T) {
			var told rcu.Refresh
			o := rcu.Options{OnRefresh: func(r rcu.Refresh) { told = r }}
			bubble(t, o, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
				r.Schedule()
				s.answer(nil, errDown)
				waiter := start(func() (*config, error) { return r.Refresh(t.Context()) })
				r.Store(c.store)
				before := r.Status()
				require.ErrorIs(t, before.Err, errDown, "a Store leaves Err alone")
				require.Equal(t, 1, before.Failures)
				pass(time.Minute)
				waiter.requireWaits(t)
				s.answer(&config{2}, c.run)
				waiter.requireReturned(t, c.store, c.waiter)
				after := r.Status()
				require.Same(t, c.store, r.Load())
				require.Equal(t, before.Version, after.Version)
				require.Equal(t, before.UpdatedAt, after.UpdatedAt)
				require.Equal(t, c.failures, after.Failures)
				require.ErrorIs(t, after.Err, c.run)
				require.Equal(t, rcu.Refresh{Version: 1, Started: before.RunningSince, Took: time.Minute, Err: told.Err}, told)
				require.ErrorIs(t, told.Err, c.hook)
			})
		})
	}
}

// A Store serves a cold Wait at once, and a run that begins later replaces it.
func TestRefresherStoreServesWait(t *testing.T) {
	bubble(t, rcu.Options{MinInterval: time.Minute}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
		cold := start(func() (*config, error) { return r.Wait(t.Context()) })
		r.Store(nil)
		synctest.Wait()
		cold.requireWaits(t)
		v := &config{}
		r.Store(v)
		synctest.Wait()
		cold.requireReturned(t, v, nil)
		s.answer(&config{}, nil)
		due := time.Now().Add(time.Minute)
		r.Schedule()
		r.Store(&config{}) // while a run waits: leaves the schedule alone
		require.Equal(t, due, r.Status().NextAt)
		pass(time.Minute)
		v = &config{}
		s.answer(v, nil)
		require.Same(t, v, r.Load())
	})
}

// CompareAndSwap is a Store if old is out, and nothing otherwise.
func TestRefresherCompareAndSwap(t *testing.T) {
	bubble(t, rcu.Options{}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
		one, two, three := &config{1}, &config{2}, &config{3}
		require.False(t, r.CompareAndSwap(one, two))
		require.True(t, r.CompareAndSwap(nil, one))
		r.Schedule()
		synctest.Wait()
		require.False(t, r.CompareAndSwap(two, three)) // supersedes nothing
		s.answer(two, nil)
		require.Same(t, two, r.Load())
		r.Schedule()
		require.True(t, r.CompareAndSwap(two, three))
		s.answer(&config{4}, nil)
		require.Same(t, three, r.Load())
		require.Equal(t, uint64(3), r.Status().Version)
		r.Close()
		require.False(t, r.CompareAndSwap(three, one))
		r.Store(one)
		require.Same(t, three, r.Load())
	})
}

// Get fails fast, and every error comes with the snapshot there is and, joined,
// what the last run failed of. Wait has no use for MaxAge.
func TestRefresherGet(t *testing.T) {
	bubble(t, rcu.Options{MaxAge: time.Minute}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
		get := func(v *config, want ...error) {
			t.Helper()
			got, err := r.Get()
			require.Same(t, v, got)
			if len(want) == 0 {
				require.NoError(t, err)
			}
			for _, want := range want {
				require.ErrorIs(t, err, want)
			}
		}
		get(nil, rcu.ErrNotReady)
		v := &config{}
		r.Schedule()
		s.answer(v, nil)
		pass(time.Minute)
		get(v)
		pass(1)
		get(v, rcu.ErrStale)
		r.Schedule()
		s.answer(nil, errDown)
		get(v, rcu.ErrStale, errDown)
		got, err := r.Wait(t.Context())
		require.NoError(t, err)
		require.Same(t, v, got)
		r.Store(v) // the age counts from publication, of the same one too
		get(v)
		r.Store(nil)
		get(nil, rcu.ErrNotReady, errDown)
		r.Store(v)
		r.Close()
		get(v, rcu.ErrClosed, errDown)
	})
}

// Changes yields the current snapshot and each newer one; a run that publishes
// the same, or fails, is no news. Close ends it after the last one.
func TestRefresherChanges(t *testing.T) {
	bubble(t, rcu.Options{}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
		var seen []*config
		ended := false
		go func() {
			for v := range r.Changes(t.Context()) {
				seen = append(seen, v)
			}
			ended = true
		}()
		one, two, three := &config{1}, &config{2}, &config{3}
		r.Schedule()
		s.answer(one, nil)
		r.Schedule()
		s.answer(one, nil)
		r.Schedule()
		s.answer(nil, errDown)
		require.Equal(t, uint64(2), r.Status().Version, "to return what is out is a success")
		r.Store(two)
		synctest.Wait()
		require.Equal(t, []*config{nil, one, two}, seen)
		require.False(t, ended)
		for v := range r.Changes(t.Context()) {
			if v == three {
				break
			}
			r.Store(three) // published while the consumer is busy is not missed
		}
		r.Close()
		synctest.Wait()
		require.True(t, ended)
		seen = nil
		for v := range r.Changes(t.Context()) {
			seen = append(seen, v)
		}
		require.Equal(t, []*config{three}, seen)
	})
}

// Status tells each moment of a run.
func TestRefresherStatus(t *testing.T) {
	bubble(t, rcu.Options{Interval: time.Hour, MinInterval: time.Minute}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
		require.Equal(t, rcu.Status{}, r.Status())
		t0 := time.Now()
		r.Schedule()
		pass(time.Second)
		require.Equal(t, rcu.Status{RunningSince: t0}, r.Status())
		s.answer(&config{}, nil)
		t1 := time.Now()
		require.Equal(t, rcu.Status{Version: 1, UpdatedAt: t1, Runs: 1, NextAt: t1.Add(time.Hour)}, r.Status())
		r.Schedule()
		require.Equal(t, t1.Add(time.Minute), r.Status().NextAt)
		pass(time.Minute)
		t2 := time.Now()
		require.Equal(t, rcu.Status{Version: 1, UpdatedAt: t1, Runs: 1, RunningSince: t2}, r.Status())
		s.answer(nil, errDown)
		require.Equal(t, rcu.Status{Version: 1, UpdatedAt: t1, Err: errDown, Failures: 1, Runs: 2, NextAt: t2.Add(time.Minute)}, r.Status())
		r.Close()
		require.Equal(t, rcu.Status{Version: 1, UpdatedAt: t1, Err: errDown, Failures: 1, Runs: 2}, r.Status())
	})
}

// Close ends f's context with the cause, wakes every waiter with ErrClosed and
// the snapshot there is, and drops the late result, which counts in Runs and is
// reported; Shutdown waits for it and for OnRefresh.
func TestRefresherClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cause error
		release, hook := make(chan bool), make(chan rcu.Refresh)
		var r *rcu.Refresher[config]
		r = rcu.NewRefresher(func(ctx context.Context, old *config) (*config, error) {
			<-ctx.Done()
			cause = context.Cause(ctx)
			<-release // ignores that it should end
			return &config{}, nil
		}, rcu.Options{Interval: time.Hour, OnRefresh: func(r rcu.Refresh) { hook <- r }})
		old := &config{}
		r.Store(old)
		waiters := map[string]*outcome{
			"Refresh":     start(func() (*config, error) { return r.Refresh(t.Context()) }),
			"queued":      start(func() (*config, error) { return r.Refresh(t.Context()) }),
			"RefreshFrom": start(func() (*config, error) { return r.RefreshFrom(t.Context(), old) }),
			"WaitFor": start(func() (*config, error) {
				return r.WaitFor(t.Context(), func(*config) bool { return false })
			}),
		}
		before := r.Status()
		require.NoError(t, r.Close())
		require.NoError(t, r.Close())
		synctest.Wait()
		for name, o := range waiters {
			t.Log(name)
			o.requireReturned(t, old, rcu.ErrClosed)
		}
		require.Equal(t, rcu.ErrClosed, cause)
		require.False(t, r.Schedule())
		require.False(t, r.ScheduleFrom(old))

		done, cancel := context.WithCancel(t.Context())
		cancel()
		err := r.Shutdown(done)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorContains(t, err, "a run")
		shut := start(func() (*config, error) { return nil, r.Shutdown(t.Context()) })
		release <- true
		synctest.Wait()
		require.ErrorContains(t, r.Shutdown(done), "OnRefresh")
		shut.requireWaits(t)
		require.Equal(t, rcu.ErrClosed, (<-hook).Err)
		synctest.Wait()
		shut.requireReturned(t, nil, nil)
		require.NoError(t, r.Shutdown(done), "a fact wins over a context that has ended")
		before.Runs, before.RunningSince = 1, time.Time{}
		require.Equal(t, before, r.Status())
		require.Same(t, old, r.Load())
		pass(3 * time.Hour)
	})
}

// A run's context ends with the run, and past Timeout with that cause; nothing
// else ends then: what f returns late counts.
func TestRefresherTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var run context.Context
		v := &config{}
		r := rcu.NewRefresher(func(ctx context.Context, old *config) (*config, error) {
			run = ctx
			<-ctx.Done()
			if !errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
				t.Error(context.Cause(ctx))
			}
			time.Sleep(time.Hour)
			return v, nil
		}, rcu.Options{Timeout: time.Second})
		begin := time.Now()
		got, err := r.Wait(t.Context())
		require.NoError(t, err)
		require.Same(t, v, got)
		require.Equal(t, time.Hour+time.Second, time.Since(begin))
		r2 := rcu.NewRefresher(func(ctx context.Context, old *config) (*config, error) { run = ctx; return v, nil }, rcu.Options{})
		_, err = r2.Wait(t.Context())
		require.NoError(t, err)
		require.ErrorIs(t, run.Err(), context.Canceled)
	})
}

// OnRefresh holds up no run, may call back and wait for the next, and its panic
// or exit ends nothing and is kept.
func TestRefresherOnRefresh(t *testing.T) {
	var hook func(rcu.Refresh)
	o := rcu.Options{Interval: time.Minute, OnRefresh: func(r rcu.Refresh) { hook(r) }}
	bubble(t, o, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
		var inner *config
		hook = func(rcu.Refresh) {
			hook = func(rcu.Refresh) {}
			inner, _ = r.Refresh(t.Context())
		}
		r.Schedule()
		s.answer(&config{1}, nil)
		require.Equal(t, 2, s.runs(), "the hook's run begins while the hook runs")
		s.answer(&config{2}, nil)
		require.Equal(t, &config{2}, inner)

		hook = func(rcu.Refresh) { panic("hook") }
		pass(time.Minute)
		s.answer(&config{3}, nil)
		p, ok := errors.AsType[*rcu.PanicError](r.Status().HookErr)
		require.True(t, ok)
		require.Equal(t, "hook", p.Value)
		hook = func(rcu.Refresh) { runtime.Goexit() }
		pass(time.Minute)
		s.end(reply{do: runtime.Goexit}) // both exit
		require.Equal(t, rcu.ErrGoexit, r.Status().HookErr)
		require.Equal(t, rcu.ErrGoexit, r.Status().Err)
		pass(time.Minute)
		require.Equal(t, 5, s.runs())
	})
}

// Misuse is told at construction, by the name of what is wrong.
func TestRefresherMisuse(t *testing.T) {
	nan := 0.0
	nan /= nan
	f := func(context.Context, *config) (*config, error) { return nil, nil }
	method := func(*config, context.Context, *config) (*config, error) { return nil, nil }
	for want, call := range map[string]func(){
		"NewRefresher: f is nil":         func() { rcu.NewRefresher[config](nil, rcu.Options{}) },
		"NewRefresherFor: f is nil":      func() { rcu.NewRefresherFor[config, config](&config{}, nil, rcu.Options{}) },
		"NewRefresherFor: owner is nil":  func() { rcu.NewRefresherFor(nil, method, rcu.Options{}) },
		"Options.Interval is negative":   func() { rcu.NewRefresher(f, rcu.Options{Interval: -1}) },
		"Options.MinInterval is neg":     func() { rcu.NewRefresherFor(&config{}, method, rcu.Options{MinInterval: -1}) },
		"Options.Timeout is negative":    func() { rcu.NewRefresher(f, rcu.Options{Timeout: -1}) },
		"Options.MaxBackoff is negative": func() { rcu.NewRefresher(f, rcu.Options{MaxBackoff: -1}) },
		"Options.MaxAge is negative":     func() { rcu.NewRefresher(f, rcu.Options{MaxAge: -1}) },
		"Jitter is not between 0 and 1":  func() { rcu.NewRefresher(f, rcu.Options{Jitter: 1.01}) },
		"between 0 and 1 (-0.5)":         func() { rcu.NewRefresher(f, rcu.Options{Jitter: -0.5}) },
		"between 0 and 1 (NaN)":          func() { rcu.NewRefresher(f, rcu.Options{Jitter: nan}) },
		"made by NewRefresher or":        func() { new(rcu.Refresher[config]).Status() },
	} {
		func() {
			defer func() {
				said, _ := recover().(string)
				require.Regexp(t, "^rcu: ", said)
				require.Contains(t, said, want)
			}()
			call()
		}()
	}
	require.Nil(t, new(rcu.Refresher[config]).Load())
}
