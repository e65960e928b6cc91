package vigil_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/vigil"
	"github.com/stretchr/testify/require"
)

// Of a million guards that nobody has any more each is reclaimed, and none twice; neither a context nor a lease
// keeps them.
func TestDropped(t *testing.T) {
	n := 1_000_000
	if testing.Short() {
		n /= 10
	}
	k := vigil.New(vigil.Options{})
	reclaimed := make([]atomic.Int32, n)
	parent, cancel := context.WithCancel(t.Context())
	defer cancel()
	for i := range n {
		c, o := context.Background(), vigil.BindOption{}
		switch i % 1000 {
		case 0:
			c = parent
		case 1:
			o = vigil.Lease(time.Hour)
		}
		_, err := vigil.Bind(c, k, i, func(i int, rec vigil.Record) error {
			if rec.Cause == vigil.Dropped {
				reclaimed[i].Add(1)
			}
			return nil
		}, o)
		require.NoError(t, err)
	}
	testkit.Collect(t, "all", func() bool { return k.Stats().Reclaimed[vigil.Dropped] == int64(n) })
	for i := range reclaimed {
		require.EqualValues(t, 1, reclaimed[i].Load())
	}
	require.NoError(t, k.Shutdown(t.Context()))
}

// A dropped guard is a leak, which is always reported; also if its keeper was forgotten with it.
func TestDroppedIsReported(t *testing.T) {
	var d diary
	func() { bind(t, t.Context(), d.keeper(vigil.Options{}), &d, 1, vigil.Name("lost")) }()
	testkit.Collect(t, "the guard", func() bool { _, _, leaks := d.read(); return len(leaks) == 1 })
	_, records, leaks := d.read()
	require.Equal(t, records, leaks)
	require.Equal(t, "lost", leaks[0].Name)
	require.Equal(t, vigil.Dropped, leaks[0].Cause)
}

// A Use and a living worker keep a guard that nobody mentions again, through any number of collections.
func TestKept(t *testing.T) {
	var d diary
	k := d.keeper(vigil.Options{})
	collect := func() {
		for range 10 {
			runtime.GC()
		}
	}
	w := k.Go(t.Context(), "", func(ctx context.Context) error {
		bind(t, ctx, k, &d, 1)
		free := bind(t, t.Context(), k, &d, 2)
		self, _ := vigil.FromContext(ctx)
		require.NoError(t, free.Transfer(self))
		free = nil
		collect()
		require.EqualValues(t, 2, k.Stats().Live)
		return nil
	})
	require.NoError(t, w.Wait())
	require.Equal(t, []vigil.Cause{vigil.Returned, vigil.Returned}, d.causes())

	require.NoError(t, bind(t, t.Context(), k, &d, 3).Use(func(int) error {
		collect()
		require.EqualValues(t, 1, k.Stats().Live)
		return nil
	}))
	testkit.Collect(t, "after the Use", func() bool { return k.Stats().Reclaimed[vigil.Dropped] == 1 })
}

// A reclaim that blocks, panics, exits or uses the keeper holds up neither other keepers nor the cleanups of the
// runtime's, which has few goroutines for them; nor, of its own keeper, a worker, a Bind or a Release.
func TestReclaimersStandAlone(t *testing.T) {
	end := make(chan struct{})
	bad := vigil.New(vigil.Options{Reclaimers: 2})
	var d diary
	good := d.keeper(vigil.Options{})
	var cleaned atomic.Int32
	var more sync.Map // what reclaims have bound
	func() {
		for i := range 40 {
			_, err := vigil.Bind(context.Background(), bad, i, func(i int, rec vigil.Record) error {
				switch i % 4 {
				case 0:
					<-end
				case 1:
					panic(i)
				case 2:
					runtime.Goexit()
				}
				g, err := vigil.Bind(context.Background(), bad, -i, func(int, vigil.Record) error { return nil })
				more.Store(i, g)
				return err
			})
			require.NoError(t, err)
			bind(t, context.Background(), good, &d, i)
			runtime.AddCleanup(new([64]byte), func(int) { cleaned.Add(1) }, 0)
		}
	}()
	testkit.Collect(t, "the good ones", func() bool {
		return good.Stats().Reclaimed[vigil.Dropped] == 40 && cleaned.Load() == 40
	})
	require.NoError(t, bad.Go(t.Context(), "", func(ctx context.Context) error {
		g, err := vigil.Bind(ctx, bad, 1, func(int, vigil.Record) error { return nil })
		require.NoError(t, err)
		return g.Release()
	}).Wait())
	close(end)
	testkit.Collect(t, "the bad ones", func() bool { return bad.Stats().Reclaimed[vigil.Dropped] == 40 })
	runtime.KeepAlive(&more) // or they are Dropped, too
	require.NoError(t, bad.Shutdown(t.Context()))
	conserved(t, bad.Stats())
}

// In a bubble what was dropped is reclaimed by Flush, when the keeper is Manual.
func TestDroppedInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := vigil.New(vigil.Options{Manual: true})
		end := make(chan struct{})
		func() {
			c, cancel := context.WithCancel(t.Context())
			defer func() { _ = cancel }()
			_, err := vigil.Bind(c, k, end, func(end chan struct{}, _ vigil.Record) error { close(end); return nil },
				vigil.Lease(time.Hour))
			require.NoError(t, err)
		}()
		testkit.Collect(t, "the guard", func() bool { return k.Stats().Pending == 1 })
		require.False(t, closed(end))
		require.Equal(t, 1, k.Flush())
		<-end
	})
}
