package rcu_test

import (
	"errors"
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
		"failure":             {stored, errDown, errDown, errors.Join(rcu.ErrSuperseded, errDown), 2},
		"Store(nil), success": {nil, nil, rcu.ErrNotReady, rcu.ErrSuperseded, 0},
		"Store(nil), failure": {nil, errDown, errDown, errors.Join(rcu.ErrSuperseded, errDown), 2},
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
				require.Equal(t, rcu.Refresh{Version: 1, Started: before.RunningSince, Took: time.Minute, Err: c.hook}, told)
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
