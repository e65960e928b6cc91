package compare

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/vigil"
)

// allocated is what f allocates each time, in bytes and in objects.
func allocated(f func()) (bytes, objects float64) {
	const times = 10_000
	var before, after runtime.MemStats
	f()
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range times {
		f()
	}
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc-before.TotalAlloc) / times, float64(after.Mallocs-before.Mallocs) / times
}

// A Bind and a Release allocate at most 200 B, and a loan of a pool at most 4 objects.
func TestVigilAllocates(t *testing.T) {
	ctx, k := t.Context(), vigil.New(vigil.Options{})
	bytes, _ := allocated(func() {
		g, err := vigil.Bind(context.Background(), k, shared, reclaimNothing)
		require.NoError(t, err)
		require.NoError(t, g.Release())
	})
	require.LessOrEqual(t, bytes, 200.0)

	p := vigil.NewPool(k, vigil.PoolOptions[*resource]{Max: 1, New: func(context.Context) (*resource, error) { return shared, nil }})
	_, objects := allocated(func() {
		g, err := p.Acquire(ctx)
		require.NoError(t, err)
		require.NoError(t, g.Release())
	})
	require.LessOrEqual(t, objects, 4.1) // the tenth is what the runtime allocates meanwhile
	require.NoError(t, p.Shutdown(ctx))
	require.NoError(t, k.Shutdown(ctx))
}

// A live guard takes at most 300 B, with the runtime's record of its cleanup, which is outside of the heap. Half of the
// guards are bound before the measuring begins: so no record is one that was in use before.
func TestLiveGuardTakes(t *testing.T) {
	const n = 100_000
	k := vigil.New(vigil.Options{})
	guards := make([]*vigil.Guard[*resource], 2*n)
	bind := func(some []*vigil.Guard[*resource]) float64 {
		for i := range some {
			var err error
			if some[i], err = vigil.Bind(t.Context(), k, shared, reclaimNothing); err != nil {
				t.Fatal(err)
			}
		}
		var m runtime.MemStats
		inUse := inMemory()
		runtime.ReadMemStats(&m)
		return inUse + float64(m.OtherSys)
	}
	half := bind(guards[:n])
	all := bind(guards[n:])
	require.LessOrEqual(t, (all-half)/n, 300.0)
	runtime.KeepAlive(guards)
	require.NoError(t, k.Shutdown(t.Context()))
}

// The end of a context that 10,000 guards hang from takes as many goroutines as there are reclaimers, and one.
func TestCancelTakesFewGoroutines(t *testing.T) {
	const n, reclaimers = 10_000, 3
	k := vigil.New(vigil.Options{Reclaimers: reclaimers})
	ctx, cancel := context.WithCancel(t.Context())
	var most atomic.Int64
	var left sync.WaitGroup
	left.Add(n)
	guards := make([]*vigil.Guard[int], n)
	for i := range guards {
		var err error
		guards[i], err = vigil.Bind(ctx, k, i, func(int, vigil.Record) error {
			raise(&most, int64(runtime.NumGoroutine()))
			left.Done()
			return nil
		})
		require.NoError(t, err)
	}
	before := runtime.NumGoroutine()
	cancel()
	left.Wait()
	require.Greater(t, most.Load(), int64(before), "nothing was seen: the test cannot tell")
	require.LessOrEqual(t, most.Load(), int64(before+reclaimers+1))
	require.NoError(t, k.Shutdown(t.Context()))
	require.Equal(t, int64(n), k.Stats().Reclaimed[vigil.Canceled])
	runtime.KeepAlive(guards)
}
