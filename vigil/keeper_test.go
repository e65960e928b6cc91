package vigil_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/vigil"
	"github.com/stretchr/testify/require"
)

// Live is what is live when the loop begins, in order; the loop may use the keeper, and break.
func TestLive(t *testing.T) {
	var d diary
	k := d.keeper(vigil.Options{})
	var gs []*vigil.Guard[int]
	w := k.Go(t.Context(), "", func(ctx context.Context) error {
		for i := range 4 {
			c := ctx
			if i%2 == 0 {
				c = t.Context()
			}
			gs = append(gs, bind(t, c, k, &d, i))
		}
		n := 0
		for r := range k.Live() {
			require.Equal(t, gs[n].Token(), r.ID)
			require.Zero(t, r.Cause)
			require.True(t, r.Ended.IsZero())
			require.NoError(t, gs[n].Release())
			gs = append(gs, bind(t, ctx, k, &d, 9))
			n++
		}
		require.Equal(t, 4, n)
		for range k.Live() {
			break
		}
		return nil
	})
	require.NoError(t, w.Wait())
	runtime.KeepAlive(gs)
}

// Wait waits until no worker is left, which wins over a context that has ended.
func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := vigil.New(vigil.Options{})
		require.NoError(t, k.Wait(testkit.Ended()))
		end := make(chan struct{})
		for range 3 {
			k.Go(t.Context(), "", func(context.Context) error { <-end; return errTest })
		}
		require.Equal(t, context.Canceled, k.Wait(testkit.Ended()))
		errs := testkit.Waiting(2, func() error { return k.Wait(t.Context()) })
		require.Empty(t, errs)
		close(end)
		require.Equal(t, []error{nil, nil}, testkit.All(t, errs, 2))
	})
}

// With Manual what the reclaimers would do waits for Flush; all else goes on by itself.
func TestManual(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		k := d.keeper(vigil.Options{Manual: true})
		parent, cancel := context.WithCancel(t.Context())
		bind(t, parent, k, &d, 1)
		bind(t, t.Context(), k, &d, 2, vigil.Lease(time.Second))
		used := bind(t, parent, k, &d, 3)
		require.NoError(t, used.Use(func(int) error {
			cancel()
			time.Sleep(2 * time.Second)
			return nil
		}))
		require.NoError(t, bind(t, t.Context(), k, &d, 4).Release())
		require.Equal(t, []vigil.Cause{vigil.Canceled, vigil.Released}, d.causes(), "3 and 4")
		require.EqualValues(t, 2, k.Stats().Pending)
		require.Equal(t, 2, k.Flush())
		require.Zero(t, k.Flush())
		kept := bind(t, t.Context(), k, &d, 5)
		require.NoError(t, k.Shutdown(t.Context()), "by itself")
		gone(t, kept)
	})
}

// A reclaim that exits the goroutine of Flush does not keep it from the others.
func TestFlushExits(t *testing.T) {
	k := vigil.New(vigil.Options{Manual: true})
	parent, cancel := context.WithCancel(t.Context())
	var gs []*vigil.Guard[int]
	for range 3 {
		g, err := vigil.Bind(parent, k, 1, func(int, vigil.Record) error { runtime.Goexit(); return nil })
		require.NoError(t, err)
		gs = append(gs, g)
	}
	cancel()
	testkit.Poll(t, "queued", func() bool { return k.Stats().Pending == 3 })
	require.Equal(t, testkit.Exited, testkit.Run(func() { k.Flush() }))
	require.EqualValues(t, 3, k.Stats().Reclaimed[vigil.Canceled])
	runtime.KeepAlive(gs)
}

// The hooks run after the reclaim is counted, and before anybody goes on; their panics count as Faults, and one that
// exits stops neither the other nor the books. They may use the keeper. V7
func TestHooks(t *testing.T) {
	for name, end := range map[any]func(){nil: func() { panic("hook") }, testkit.Exited: runtime.Goexit} {
		synctest.Test(t, func(t *testing.T) {
			var said []string
			var k *vigil.Keeper
			var g *vigil.Guard[int]
			hook := func(what string) func(vigil.Record) {
				return func(r vigil.Record) {
					require.Equal(t, errTest, r.Err)
					require.EqualValues(t, 1, k.Stats().Reclaimed[vigil.Expired])
					require.False(t, closed(g.Done()))
					said = append(said, what)
					end()
				}
			}
			k = vigil.New(vigil.Options{OnReclaim: hook("OnReclaim"), OnLeak: hook("OnLeak"), Manual: true})
			g, _ = vigil.Bind(t.Context(), k, 1, func(int, vigil.Record) error { said = append(said, "reclaim"); return errTest }, vigil.Lease(time.Second))
			time.Sleep(time.Second)
			synctest.Wait()
			require.Equal(t, name, testkit.Run(func() { require.Equal(t, 1, k.Flush()) }))
			require.Equal(t, []string{"reclaim", "OnReclaim", "OnLeak"}, said)
			require.True(t, closed(g.Done()))
			if name == nil {
				require.EqualValues(t, 2, k.Stats().Faults)
				require.ErrorContains(t, k.Stats().Fault, "hook")
			}
		})
	}
}

// Shutdown ends everything and waits for it; again, and by many; and refuses what comes after.
func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		k := d.keeper(vigil.Options{})
		g := bind(t, t.Context(), k, &d, 1)
		end := make(chan struct{})
		w := k.Go(t.Context(), "slow", func(ctx context.Context) error {
			bind(t, ctx, k, &d, 2)
			<-ctx.Done()
			<-end
			return context.Cause(ctx)
		})
		synctest.Wait()
		errs := testkit.Waiting(3, func() error { return k.Shutdown(t.Context()) })
		require.Empty(t, errs)
		gone(t, g)
		require.Equal(t, []vigil.Cause{vigil.Shutdown, vigil.Shutdown}, d.causes(), "the worker still runs")
		err := k.Shutdown(testkit.Ended())
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorContains(t, err, fmt.Sprintf("worker %d %q", w.ID(), "slow"))
		close(end)
		require.Equal(t, []error{nil, nil, nil}, testkit.All(t, errs, 3))
		require.Equal(t, vigil.ErrClosed, w.Wait())
		require.NoError(t, k.Shutdown(testkit.Ended()), "there is nothing left, and that wins")
		conserved(t, k.Stats())
	})
}

// A Shutdown that gives up names ten of those that are left, and how many there are besides; they are still reclaimed.
func TestShutdownNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := vigil.New(vigil.Options{Reclaimers: 1})
		end := make(chan struct{})
		var gs []*vigil.Guard[int]
		for i := range 12 {
			g, err := vigil.Bind(t.Context(), k, i, func(int, vigil.Record) error { <-end; return nil }, vigil.Name(fmt.Sprint("conn", i)))
			require.NoError(t, err)
			gs = append(gs, g)
		}
		limited, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := k.Shutdown(limited)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.True(t, strings.HasPrefix(err.Error(), "vigil: "), err)
		require.ErrorContains(t, err, `"conn9"`)
		require.NotContains(t, err.Error(), `"conn10"`)
		require.ErrorContains(t, err, "2 more")
		close(end)
		synctest.Wait()
		require.EqualValues(t, 12, k.Stats().Reclaimed[vigil.Shutdown])
		runtime.KeepAlive(gs)
	})
}

// Shutdown interrupts what is in use, and waits for it.
func TestShutdownInterrupts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		k := d.keeper(vigil.Options{})
		end := make(chan struct{})
		g := bind(t, t.Context(), k, &d, 1, vigil.Interrupt(func() { close(end) }))
		go func() { _ = g.Use(func(int) error { <-end; return nil }) }()
		synctest.Wait()
		require.NoError(t, k.Shutdown(t.Context()))
		require.Equal(t, []vigil.Cause{vigil.Shutdown}, d.causes())
	})
}

// A cause is a word.
func TestCauseString(t *testing.T) {
	var words []string
	for c := vigil.Cause(0); c <= vigil.Shutdown+1; c++ {
		words = append(words, c.String())
	}
	require.Equal(t, "live returned panicked goexited released canceled expired dropped deadlocked shutdown Cause(10)", strings.Join(words, " "))
}
