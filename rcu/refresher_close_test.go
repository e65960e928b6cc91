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

// Close ends f's context with the cause, wakes every waiter with ErrClosed and
// the snapshot there is, and drops the late result, which counts in Runs and is
// reported; Shutdown waits for it and for OnRefresh.
func TestRefresherClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cause error
		release, hook := make(chan bool), make(chan rcu.Refresh)
		r := rcu.NewRefresher(func(ctx context.Context, old *config) (*config, error) {
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
		during, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		left := start(func() (*config, error) { return nil, r.Shutdown(during) })
		release <- true
		pass(time.Second)
		left.requireReturned(t, nil, context.DeadlineExceeded)
		require.ErrorContains(t, left.err, "OnRefresh", "what is left in the end")
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
