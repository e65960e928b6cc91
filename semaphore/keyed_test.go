package semaphore_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/semaphore"
)

// A failed call leaves no key behind, nor does one of nothing; and n of one key is independent of the others.
func TestKeyedLen(t *testing.T) {
	k := semaphore.NewKeyed[string](2)
	_, err := k.Take(ended(), "ended", 1)
	require.Error(t, err)
	_, err = k.Take(t.Context(), "large", 3)
	require.EqualError(t, err, "semaphore: want 3, limit is 2")
	_, ok := k.TryTake("large", 3)
	require.False(t, ok)
	none, err := k.Take(t.Context(), "nothing", 0)
	require.NoError(t, err)
	require.Zero(t, none.N())
	require.Zero(t, k.Len())
	p, ok := k.TryTake("a", 2)
	require.True(t, ok)
	_, ok = k.TryTake("a", 1)
	require.False(t, ok)
	q, ok := k.TryTake("b", 2)
	require.True(t, ok)
	require.Equal(t, 2, k.Len())
	require.True(t, p.Release())
	require.True(t, q.Release())
	require.True(t, none.Release())
	require.False(t, none.Release())
	require.Zero(t, k.Len())
	require.Equal(t, semaphore.Stats{Limit: 2, Acquired: 3}, k.Stats())
	k.Close()
	_, err = k.Take(t.Context(), "a", 3)
	require.ErrorIs(t, err, semaphore.ErrClosed)
	_, ok = k.TryTake("a", 0)
	require.False(t, ok)
	require.Zero(t, k.Len())
}

// Keys that were used and are no longer leave no memory behind, though a few of them still are.
func TestKeyedShrinks(t *testing.T) {
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	k := semaphore.NewKeyed[int](1)
	before := heap()
	for range 3 {
		held := make([]*semaphore.Permit, 50_000)
		for key := range held {
			held[key], _ = k.TryTake(key, 1)
		}
		require.Greater(t, heap(), before+1<<21)
		for _, p := range held[10:] {
			require.True(t, p.Release())
		}
		require.Equal(t, 10, k.Len())
		for _, p := range held[:10] {
			require.True(t, p.Release())
		}
		held = nil
		require.Less(t, heap(), before+1<<18)
	}
	runtime.KeepAlive(k)
}
