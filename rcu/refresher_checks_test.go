package rcu_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/rcu"
)

// A waiter whose run has ended gets its result although its context has ended
// before it could wake.
func TestRefresherResultBeforeContext(t *testing.T) {
	for range 200 {
		bubble(t, rcu.Options{}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
			ctx, cancel := context.WithCancel(t.Context())
			o := start(func() (*config, error) { return r.Refresh(ctx) })
			v := &config{}
			s.replies <- reply{v: v}
			for r.Load() == nil {
				runtime.Gosched()
			}
			r.Status() // published, and told
			cancel()
			synctest.Wait()
			o.requireReturned(t, v, nil)
		})
	}
}

// The order in which a call looks: reentrancy, the fact, the context, closed.
func TestRefresherOrderOfChecks(t *testing.T) {
	bubble(t, rcu.Options{}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
		done, cancel := context.WithCancel(t.Context())
		cancel()
		v := &config{}
		r.Store(v)
		fact := map[string]func(ctx context.Context) (*config, error){
			"Wait":        r.Wait,
			"RefreshFrom": func(ctx context.Context) (*config, error) { return r.RefreshFrom(ctx, new(config)) },
			"WaitFor": func(ctx context.Context) (*config, error) {
				return r.WaitFor(ctx, func(*config) bool { return true })
			},
		}
		none := map[string]func(ctx context.Context) (*config, error){
			"Refresh":     r.Refresh,
			"RefreshFrom": func(ctx context.Context) (*config, error) { return r.RefreshFrom(ctx, v) },
			"WaitFor": func(ctx context.Context) (*config, error) {
				return r.WaitFor(ctx, func(*config) bool { return false })
			},
		}
		check := func(calls map[string]func(context.Context) (*config, error), ctx context.Context, want error) {
			for name, call := range calls {
				got, err := call(ctx)
				require.ErrorIs(t, err, want, name)
				require.Same(t, v, got, name)
			}
		}
		check(fact, done, nil)
		check(none, done, context.Canceled)
		require.Zero(t, s.runs(), "asked for nothing")
		r.Close()
		check(fact, done, context.Canceled)
		check(none, done, context.Canceled)
		check(fact, t.Context(), rcu.ErrClosed)
		check(none, t.Context(), rcu.ErrClosed)
	})
}

// nosy is a context that calls back.
type nosy struct {
	context.Context
	call func()
}

func (n nosy) Err() error { n.call(); return n.Context.Err() }

// No method of a caller's context is called under a lock.
func TestRefresherContextCallsBack(t *testing.T) {
	bubble(t, rcu.Options{}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
		ctx, cancel := context.WithCancel(t.Context())
		back := nosy{ctx, func() { r.Status() }}
		o := start(func() (*config, error) { return r.Refresh(back) })
		w := start(func() (*config, error) { return r.WaitFor(back, func(*config) bool { return true }) })
		cancel()
		synctest.Wait()
		o.requireReturned(t, nil, context.Canceled)
		w.requireReturned(t, nil, context.Canceled)
	})
}

// A run that waits for its own refresher, with its context or one derived from
// it, is told so, snapshot or not; with Schedule it asks for the next.
func TestRefresherReentrant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r *rcu.Refresher[config]
		runs := 0
		r = rcu.NewRefresher(func(ctx context.Context, old *config) (*config, error) {
			ctx, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			for name, call := range map[string]func() (*config, error){
				"Wait":        func() (*config, error) { return r.Wait(ctx) },
				"Refresh":     func() (*config, error) { return r.Refresh(ctx) },
				"RefreshFrom": func() (*config, error) { return r.RefreshFrom(ctx, new(config)) },
				"WaitFor": func() (*config, error) {
					return r.WaitFor(ctx, func(*config) bool { return true })
				},
			} {
				v, err := call()
				if err != rcu.ErrReentrant || v != old {
					t.Errorf("%s: %v, %v", name, v, err)
				}
			}
			if runs++; runs == 1 && !r.Schedule() {
				t.Error("Schedule in a run asks for the next")
			}
			return &config{runs}, nil
		}, rcu.Options{Timeout: time.Minute})
		_, err := r.Wait(t.Context())
		require.NoError(t, err)
		synctest.Wait()
		require.Equal(t, 2, runs)
	})
}
