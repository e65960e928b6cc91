package semaphore_test

import (
	"math"
	"runtime"
	"slices"
	"testing"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/semaphore"
)

// A failed call leaves no key behind, nor does one of nothing; and n of one key is independent of the others.
func TestKeyedLen(t *testing.T) {
	k := semaphore.NewKeyed[string](2)
	_, err := k.Take(testkit.Ended(), "ended", 1)
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

// What is held of all keys is told as long as an int64 can.
func TestKeyedInUse(t *testing.T) {
	k := semaphore.NewKeyed[int](semaphore.MaxLimit)
	var held []*semaphore.Permit
	for key := range 40 {
		p, ok := k.TryTake(key, semaphore.MaxLimit)
		require.True(t, ok)
		held = append(held, p)
	}
	require.EqualValues(t, int64(math.MaxInt64), k.Stats().InUse)
	for _, p := range held[3:] {
		p.Release()
	}
	require.EqualValues(t, 3*semaphore.MaxLimit, k.Stats().InUse)
}

// A key that is no longer used can be collected while its Keyed lives.
func TestKeyCollectable(t *testing.T) {
	k := semaphore.NewKeyed[*[64]byte](1)
	gone := func() weak.Pointer[[64]byte] {
		key := new([64]byte)
		p, ok := k.TryTake(key, 1)
		require.True(t, ok)
		p.Release()
		return weak.Make(key)
	}()
	testkit.Collect(t, "the key", func() bool { return gone.Value() == nil })
	runtime.KeepAlive(k)
}

// Keys that were used and are no longer leave no memory behind, though a few of them still are.
func TestKeyedShrinks(t *testing.T) {
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	k := semaphore.NewKeyed[int](1)
	runtime.GC()
	before := heap()
	for range 3 {
		held := make([]*semaphore.Permit, 50_000)
		for key := range held {
			held[key], _ = k.TryTake(key, 1)
		}
		runtime.GC()
		require.Greater(t, heap(), before+1<<21)
		for _, p := range held[10:] {
			require.True(t, p.Release())
		}
		require.Equal(t, 10, k.Len())
		held = held[:10:10]
		for key, p := range held {
			require.True(t, p.Release())
			held[key], _ = k.TryTake(key, 1)
		}
		few := slices.Clone(held)
		held = nil
		testkit.Collect(t, "the others", func() bool { return heap() < before+1<<18 })
		for _, p := range few {
			require.True(t, p.Release())
		}
	}
	runtime.KeepAlive(k)
}
