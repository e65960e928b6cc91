package vigil_test

import (
	"context"
	"os"
	"runtime/pprof"
	"testing"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/vigil"
	"github.com/stretchr/testify/require"
)

// Sweep finds the guards of workers that are blocked for ever, each time, and OnLeak hears of each once. It reclaims nothing.
// The goroutines that a worker has started are not the worker; nor is a worker with the same number.
func TestSweep(t *testing.T) {
	if pprof.Lookup("goroutineleak") == nil { // as in Go 1.26; 1.27 has it
		k := vigil.New(vigil.Options{Labels: true})
		_, err := k.Sweep(t.Context())
		require.ErrorIs(t, err, vigil.ErrUnsupported)
		return
	}
	out, code := testkit.Child(t, func() { sweep(t); os.Exit(0) }) // what is blocked for ever stays in the process
	require.Zero(t, code, out)
}

func sweep(t *testing.T) {
	var d, unrelated diary
	k, other := d.keeper(vigil.Options{Labels: true}), unrelated.keeper(vigil.Options{Labels: true})
	unlabelled := vigil.New(vigil.Options{})
	_, err := k.Sweep(testkit.Ended())
	require.Equal(t, context.Canceled, err)
	var ready [4]chan struct{}
	for i := range ready {
		ready[i] = make(chan struct{})
	}
	leaky := k.Go(t.Context(), `a "name", of sorts`, func(ctx context.Context) error {
		bind(t, ctx, k, &d, 1)
		require.NoError(t, bind(t, ctx, k, &d, 2).Release())
		close(ready[0])
		<-make(chan int)
		return nil
	})
	end := make(chan struct{})
	k.Go(t.Context(), "parent", func(ctx context.Context) error {
		bind(t, ctx, k, &d, 3)
		go func() { close(ready[1]); <-make(chan int) }()
		unlabelled.Go(ctx, "", func(context.Context) error { close(ready[3]); <-make(chan int); return nil })
		<-end
		return nil
	})
	other.Go(t.Context(), "other", func(ctx context.Context) error {
		bind(t, ctx, other, &unrelated, 4)
		close(ready[2])
		<-end
		return nil
	})
	for _, c := range ready {
		<-c
	}
	for range 2 {
		var found []vigil.Record
		testkit.Collect(t, "the blocked worker", func() bool {
			found, err = k.Sweep(t.Context())
			require.NoError(t, err)
			return len(found) > 0
		})
		require.Len(t, found, 1)
		require.Equal(t, leaky.ID(), found[0].Worker)
		require.Equal(t, vigil.Deadlocked, found[0].Cause)
		_, _, leaks := d.read()
		require.Equal(t, found, leaks, "once")
		require.EqualValues(t, 2, k.Stats().Live)
	}
	_, err = vigil.New(vigil.Options{}).Sweep(t.Context())
	require.ErrorIs(t, err, vigil.ErrUnsupported, "without labels")
	close(end)
	require.NoError(t, other.Shutdown(t.Context()))
}
