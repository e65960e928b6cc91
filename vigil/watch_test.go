package vigil_test

import (
	"context"
	"runtime"
	"runtime/pprof"
	"testing"
	"testing/synctest"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/vigil"
	"github.com/stretchr/testify/require"
)

// Watch tells once that the goroutine, and all that it has started, have gone.
func TestWatch(t *testing.T) {
	k := vigil.New(vigil.Options{})
	told := make(chan vigil.Record, 10)
	end, started := make(chan struct{}), make(chan struct{})
	go func() {
		ctx, _ := k.Watch(t.Context(), func(r vigil.Record) { told <- r })
		pprof.Do(ctx, pprof.Labels("more", "labels"), func(context.Context) {
			go func() {
				close(started)
				<-end
			}()
		})
	}()
	<-started
	for range 5 {
		runtime.GC()
	}
	require.Empty(t, told, "the child lives")
	close(end)
	testkit.Collect(t, "the notice", func() bool { return len(told) == 1 })
	r := <-told
	require.NotZero(t, r.ID)
	require.Equal(t, vigil.Record{ID: r.ID, Cause: vigil.Dropped, Born: r.Born, Ended: r.Ended}, r)
	require.Equal(t, vigil.Stats{}, k.Stats(), "it counts nowhere")
	require.NoError(t, k.Shutdown(t.Context()))
}

// Watches nest: each has its notice, and its stop.
func TestWatchNests(t *testing.T) {
	k := vigil.New(vigil.Options{Manual: true})
	told := make(chan string, 10)
	notice := func(s string) func(vigil.Record) { return func(vigil.Record) { told <- s; panic(s) } }
	var stopInner, stopOuter func() bool
	require.Nil(t, testkit.Run(func() {
		ctx, outer := k.Watch(t.Context(), notice("outer"))
		ctx, inner := k.Watch(ctx, notice("inner"))
		_, other := k.Watch(ctx, notice("other"))
		stopInner, stopOuter = inner, outer
		require.True(t, other())
		require.True(t, other(), "again")
	}))
	testkit.Collect(t, "the notices", func() bool { require.Zero(t, k.Flush()); return len(told) == 2 })
	require.False(t, stopInner(), "too late")
	require.False(t, stopOuter())
	require.ElementsMatch(t, []string{"outer", "inner"}, []string{<-told, <-told})
	require.EqualValues(t, 2, k.Stats().Faults)
}

// After Shutdown no notice comes, and stop knows.
func TestWatchAfterShutdown(t *testing.T) {
	k := vigil.New(vigil.Options{})
	var stop func() bool
	require.Nil(t, testkit.Run(func() {
		_, stop = k.Watch(t.Context(), func(vigil.Record) { panic("told") })
	}))
	require.NoError(t, k.Shutdown(t.Context()))
	for range 5 {
		runtime.GC()
	}
	require.True(t, stop())
	require.Zero(t, k.Stats().Faults)
}

// In a bubble Flush gives the notice, when the keeper is Manual.
func TestWatchInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := vigil.New(vigil.Options{Manual: true})
		told := make(chan struct{})
		require.Nil(t, testkit.Run(func() { k.Watch(t.Context(), func(vigil.Record) { close(told) }) }))
		testkit.Collect(t, "the notice", func() bool { k.Flush(); return closed(told) })
	})
}
