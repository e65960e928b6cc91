package rcu_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/rcu"
)

// client owns a refresher, as users' clients do.
type client struct {
	r    *rcu.Refresher[config]
	runs *atomic.Int32
	took time.Duration // by a run
	_    [64]byte      // not tiny: tiny objects share a block, and a fate
}

func (c *client) refresh(ctx context.Context, _ *config) (*config, error) {
	n := c.runs.Add(1)
	time.Sleep(c.took)
	return &config{int(n)}, nil
}

func newClient(took time.Duration, o rcu.Options) *client {
	c := &client{runs: new(atomic.Int32), took: took}
	c.r = rcu.NewRefresherFor(c, (*client).refresh, o)
	return c
}

func collect[T any](t testing.TB, what string, p weak.Pointer[T]) {
	t.Helper()
	testkit.Collect(t, what, func() bool { return p.Value() == nil })
}

// While the owner lives its refresher runs, though nobody holds the refresher.
// When the owner has been collected the next tick closes it, and f is not called
// again. Inside a bubble, and outside.
func TestRefresherOwnerCollectedWhileTheTimerIsArmed(t *testing.T) {
	t.Run("in a bubble", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(time.Second, rcu.Options{Interval: time.Minute})
			r, runs := c.r, c.runs
			r.Schedule()
			pass(time.Second)
			c.r = nil
			runtime.GC()
			pass(3 * (time.Minute + time.Second))
			require.EqualValues(t, 4, runs.Load())
			runtime.KeepAlive(c)

			gone := weak.Make(c)
			c = nil
			collect(t, "the owner", gone)
			require.NotZero(t, r.Status().NextAt)
			pass(time.Hour)
			require.EqualValues(t, 4, runs.Load())
			require.Zero(t, r.Status().NextAt)
			_, err := r.Get()
			require.ErrorIs(t, err, rcu.ErrClosed)
		})
	})
	t.Run("outside", func(t *testing.T) {
		c := newClient(0, rcu.Options{Interval: time.Millisecond})
		r := weak.Make(c.r)
		_, err := c.r.Wait(t.Context())
		require.NoError(t, err)
		c = nil
		testkit.Poll(t, "the refresher collected, after its last tick", func() bool {
			runtime.GC()
			return r.Value() == nil
		})
	})
}

// Each request finds out that the owner has been collected, closes the
// refresher, and says so.
func TestRefresherOwnerCollectedThenARequest(t *testing.T) {
	for name, call := range map[string]func(ctx context.Context, r *rcu.Refresher[config]) error{
		"Wait":    func(ctx context.Context, r *rcu.Refresher[config]) error { _, err := r.Wait(ctx); return err },
		"Refresh": func(ctx context.Context, r *rcu.Refresher[config]) error { _, err := r.Refresh(ctx); return err },
		"RefreshFrom": func(ctx context.Context, r *rcu.Refresher[config]) error {
			_, err := r.RefreshFrom(ctx, nil)
			return err
		},
		"WaitFor": func(ctx context.Context, r *rcu.Refresher[config]) error {
			_, err := r.WaitFor(ctx, func(*config) bool { return false })
			return err
		},
		"Schedule": func(_ context.Context, r *rcu.Refresher[config]) error {
			require.False(t, r.Schedule())
			return rcu.ErrClosed
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(time.Second, rcu.Options{Interval: time.Minute})
				r, runs, gone := c.r, c.runs, weak.Make(c)
				c = nil
				collect(t, "the owner", gone)
				ended := false
				go func() {
					for range r.Changes(t.Context()) {
					}
					ended = true
				}()
				synctest.Wait()
				require.ErrorIs(t, call(t.Context(), r), rcu.ErrClosed)
				synctest.Wait()
				require.True(t, ended, "everybody is told")
				require.Zero(t, runs.Load())
			})
		})
	}
}

// A caller that waits for a run keeps the owner alive, while the run flies and
// while it waits for its turn; a Changes loop, a hook and a Schedule do not.
func TestRefresherOwnerCollectedWhileItsCallerWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook := make(chan bool)
		c := newClient(time.Second, rcu.Options{MinInterval: time.Hour, OnRefresh: func(rcu.Refresh) { <-hook }})
		r, runs, gone := c.r, c.runs, weak.Make(c)
		go func() {
			for range r.Changes(t.Context()) {
			}
		}()
		r.Schedule()
		pass(time.Second)
		hook <- true
		last := start(func() (*config, error) { return r.Refresh(t.Context()) }) // the last that is done with c
		c = nil
		for range 3 {
			runtime.GC()
		}
		require.NotNil(t, gone.Value(), "while the run waits for its turn")
		pass(time.Hour)
		for range 3 {
			runtime.GC()
		}
		require.NotNil(t, gone.Value(), "while it flies")
		pass(time.Second)
		last.requireReturned(t, r.Load(), nil)
		require.True(t, r.Schedule())
		collect(t, "the owner, while OnRefresh runs and a run waits for its turn", gone)
		hook <- true
		pass(3 * time.Hour)
		require.EqualValues(t, 2, runs.Load())
		require.NoError(t, r.Shutdown(t.Context()))
	})
}

// A hook that takes long does not keep its run's snapshot.
func TestRefresherSnapshotCollectedWhileOnRefreshRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook := make(chan bool)
		r := rcu.NewRefresher(func(context.Context, *client) (*client, error) { return new(client), nil },
			rcu.Options{OnRefresh: func(rcu.Refresh) { <-hook }})
		defer r.Shutdown(t.Context())
		defer close(hook)
		v, err := r.Wait(t.Context())
		require.NoError(t, err)
		gone := weak.Make(v)
		v = nil
		r.Store(nil)
		collect(t, "the snapshot", gone)
	})
}

// Ten thousand idle refreshers own no goroutine and under 10 MiB, and when their
// owners are dropped the heap is back within 5% of that.
func TestRefresherTenThousandIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, limit = 10_000, 10 << 20
		clients := make([]*client, n)
		before, goroutines := heap(), runtime.NumGoroutine()
		// The runtime starts some of its own, and counts in batches.
		idle := func() bool { return runtime.NumGoroutine() <= goroutines+10 }
		for i := range clients {
			clients[i] = newClient(0, rcu.Options{Interval: time.Hour})
			clients[i].r.Schedule()
			pass(time.Millisecond) // one run at a time: the runtime keeps the memory of goroutines that have ended
		}
		testkit.Collect(t, "goroutines of idle refreshers", idle)
		full := heap() - before
		t.Logf("%d bytes each, with owner and snapshot", full/n)
		require.Less(t, full, limit)
		gone := weak.Make(clients[0])
		clear(clients)
		collect(t, "the owners", gone)
		pass(2 * time.Hour) // each finds out at its next tick
		testkit.Collect(t, "goroutines of closed refreshers", idle)
		testkit.Collect(t, "the refreshers", func() bool { return heap()-before < full/20 })
		runtime.KeepAlive(clients)
	})
}

// heap returns the bytes that are in use after a collection.
func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
