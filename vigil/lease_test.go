package vigil_test

import (
	"context"
	"math"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/vigil"
	"github.com/stretchr/testify/require"
)

// A lease ends at exactly its time, which each Beat sets anew; and is reported.
func TestLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		k := d.keeper(vigil.Options{})
		start := time.Now()
		g := bind(t, t.Context(), k, &d, 1, vigil.Lease(10*time.Second))
		long := bind(t, t.Context(), k, &d, 2, vigil.Lease(math.MaxInt64))
		for range 3 {
			time.Sleep(9 * time.Second)
			require.True(t, g.Beat())
		}
		done := g.Done()
		time.Sleep(10*time.Second - 1)
		synctest.Wait()
		require.NoError(t, g.Use(func(int) error { return nil }), "a moment before")
		<-done
		require.Equal(t, 37*time.Second, time.Since(start))
		gone(t, g)
		_, records, leaks := d.read()
		require.Equal(t, records, leaks)
		require.Equal(t, vigil.Expired, leaks[0].Cause)
		require.Equal(t, start.Add(37*time.Second), leaks[0].Ended)
		require.NoError(t, long.Release())
	})
}

// What comes at the very instant of the end is too late, however late the timer may be.
func TestLeaseInstant(t *testing.T) {
	for name, try := range map[string]func(*vigil.Guard[int]) bool{
		"Beat":    func(g *vigil.Guard[int]) bool { return g.Beat() },
		"Release": func(g *vigil.Guard[int]) bool { return g.Release() == nil },
		"Use":     func(g *vigil.Guard[int]) bool { return g.Use(func(int) error { return nil }) == nil },
		"Detach":  func(g *vigil.Guard[int]) bool { _, ok := g.Detach(); return ok },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var d diary
				k := d.keeper(vigil.Options{})
				wait := time.NewTimer(time.Second) // set before, and so often first
				g := bind(t, t.Context(), k, &d, 1, vigil.Lease(time.Second))
				<-wait.C
				require.False(t, try(g))
				synctest.Wait()
				require.Equal(t, []vigil.Cause{vigil.Expired}, d.causes())
			})
		})
	}
}

// Expired does not wait for a Use: R is interrupted, then reclaimed beside it, and is held until the Use ends.
func TestLeaseInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		k := d.keeper(vigil.Options{})
		interrupted := false
		g := bind(t, t.Context(), k, &d, 1, vigil.Lease(time.Second), vigil.Interrupt(func() {
			reclaimed, _, _ := d.read()
			interrupted = len(reclaimed) == 0
		}))
		require.NoError(t, g.Use(func(r int) error {
			<-g.Done()
			require.True(t, interrupted)
			require.Equal(t, []vigil.Cause{vigil.Expired}, d.causes())
			gone(t, g)
			return nil
		}))
		require.Len(t, d.causes(), 1)
	})
}

// A reclaim that was decided, and waits for a Use, waits no longer than the lease; the cause stays.
func TestLeaseEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		k := d.keeper(vigil.Options{})
		interrupted := 0
		g := bind(t, t.Context(), k, &d, 1, vigil.Lease(time.Minute), vigil.Interrupt(func() { interrupted++ }))
		start := time.Now()
		require.NoError(t, g.Use(func(r int) error {
			require.NoError(t, g.Release())
			<-g.Done()
			return nil
		}))
		require.Equal(t, time.Minute, time.Since(start))
		require.Equal(t, 1, interrupted)
		_, records, leaks := d.read()
		require.Empty(t, leaks)
		require.Equal(t, vigil.Released, records[0].Cause)
		require.Equal(t, start, records[0].Ended)
	})
}

// The tokens of a keeper grow, so that what a stale holder does can be told from what its successor does.
func TestToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		k := d.keeper(vigil.Options{})
		var last uint64
		for range 3 {
			g := bind(t, t.Context(), k, &d, 1, vigil.Lease(time.Second))
			require.Greater(t, g.Token(), last)
			last = g.Token()
			<-g.Done()
			require.False(t, g.Beat())
		}
	})
}

// A lease may end while it is being bound.
func TestLeaseOfNoTime(t *testing.T) {
	var d diary
	k := d.keeper(vigil.Options{})
	for range 10_000 {
		g := bind(t, t.Context(), k, &d, 1, vigil.Lease(1))
		<-g.Done()
		runtime.KeepAlive(g)
	}
	require.EqualValues(t, 10_000, k.Stats().Reclaimed[vigil.Expired])
	require.NoError(t, k.Shutdown(t.Context()))
}

// Whatever else comes at the instant of a lease's end, the lease has ended first, each time.
func TestLeaseIsFirst(t *testing.T) {
	for name, end := range map[string]func(k *vigil.Keeper, cancel func(), returns chan struct{}){
		"cancel":   func(_ *vigil.Keeper, cancel func(), _ chan struct{}) { cancel() },
		"Shutdown": func(k *vigil.Keeper, _ func(), _ chan struct{}) { _ = k.Shutdown(testkit.Ended()) },
		"worker":   func(_ *vigil.Keeper, _ func(), returns chan struct{}) { close(returns) },
	} {
		t.Run(name, func(t *testing.T) {
			for range 100 {
				synctest.Test(t, func(t *testing.T) {
					var d diary
					k := d.keeper(vigil.Options{})
					wait := time.NewTimer(time.Second)
					parent, cancel := context.WithCancel(t.Context())
					returns := make(chan struct{})
					k.Go(parent, "", func(ctx context.Context) error {
						bind(t, ctx, k, &d, 1, vigil.Lease(time.Second))
						<-returns
						return nil
					})
					<-wait.C
					end(k, cancel, returns)
					synctest.Wait()
					require.Equal(t, []vigil.Cause{vigil.Expired}, d.causes())
					if name != "worker" {
						close(returns)
					}
					cancel()
				})
			}
		})
	}
}

// An ended worker, which waits for a Use of its guard, reclaims when the lease has ended that wait; it needs neither Flush nor
// a reclaimer for it.
func TestLeaseEndsTheWorkersWait(t *testing.T) {
	for _, block := range []bool{false, true} { // an Interrupt, until after the lease's end
		synctest.Test(t, func(t *testing.T) {
			var d diary
			k := d.keeper(vigil.Options{Manual: true})
			stop, interrupt := make(chan struct{}), make(chan struct{})
			if !block {
				close(interrupt)
			}
			w := k.Go(t.Context(), "", func(ctx context.Context) error {
				g := bind(t, ctx, k, &d, 1, vigil.Lease(time.Second), vigil.Interrupt(func() { <-interrupt }))
				go func() { _ = g.Use(func(int) error { <-stop; return nil }) }()
				time.Sleep(time.Millisecond)
				return nil
			})
			time.Sleep(time.Minute)
			synctest.Wait()
			if block {
				require.Zero(t, w.Cause())
				close(interrupt)
				synctest.Wait()
			}
			require.Equal(t, vigil.Returned, w.Cause())
			require.Equal(t, []vigil.Cause{vigil.Returned}, d.causes())
			close(stop)
		})
	}
}
