package vigil_test

import (
	"context"
	"os"
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

// However a worker's function ends, its guards are reclaimed, the last first, before Wait returns what it came to. A reclaim that
// fails changes neither that nor the others.
func TestWorkerEnds(t *testing.T) {
	for cause, c := range map[vigil.Cause]struct {
		f     func() error
		check func(error)
	}{
		vigil.Returned: {func() error { return errTest }, func(err error) { require.Equal(t, errTest, err) }},
		vigil.Goexited: {func() error { runtime.Goexit(); return nil }, func(err error) { require.Equal(t, vigil.ErrGoexit, err) }},
		vigil.Panicked: {func() error { panic(errTest) }, func(err error) {
			var p *vigil.PanicError
			require.ErrorAs(t, err, &p)
			require.Equal(t, errTest, p.Value)
			require.Contains(t, string(p.Stack), "TestWorkerEnds")
			require.ErrorIs(t, err, errTest)
		}},
	} {
		t.Run(cause.String(), func(t *testing.T) {
			var d diary
			k := d.keeper(vigil.Options{CapturePanics: true})
			var done <-chan struct{}
			w := k.Go(t.Context(), "name", func(ctx context.Context) error {
				w, ok := vigil.FromContext(ctx)
				require.True(t, ok)
				done = w.Done()
				for i := range 3 {
					bind(t, ctx, k, &d, i)
				}
				for _, end := range []func(){func() { panic("reclaim") }, runtime.Goexit} {
					_, err := vigil.Bind(ctx, k, 9, func(int, vigil.Record) error { end(); return nil })
					require.NoError(t, err)
				}
				bind(t, ctx, k, &d, 3)
				require.Zero(t, w.Cause())
				require.False(t, closed(done))
				return c.f()
			})
			c.check(w.Wait())
			require.True(t, closed(done))
			require.True(t, closed(w.Done()))
			require.Equal(t, cause, w.Cause())
			reclaimed, records, _ := d.read()
			require.Equal(t, []int{3, 2, 1, 0}, reclaimed)
			require.Len(t, records, 6)
			for _, r := range records {
				require.Equal(t, cause, r.Cause)
				require.Equal(t, w.ID(), r.Worker)
				require.Equal(t, "name", r.Name)
			}
			require.Equal(t, vigil.ErrGoexit, records[1].Err)
			conserved(t, k.Stats())
		})
	}
}

// The original test, and more: 10,000 workers end by return, panic and Goexit, with a resource each that they never gave back.
func TestWorkersEnd(t *testing.T) {
	const n = 10_000
	var right atomic.Int64
	k := vigil.New(vigil.Options{CapturePanics: true})
	stop := make(chan struct{})
	var law sync.WaitGroup
	law.Go(func() {
		for !closed(stop) {
			conserved(t, k.Stats())
		}
	})
	for i := range n {
		want := []vigil.Cause{vigil.Returned, vigil.Panicked, vigil.Goexited}[i%3]
		k.Go(context.Background(), "", func(ctx context.Context) error {
			_, err := vigil.Bind(ctx, k, i, func(r int, rec vigil.Record) error {
				if r == i && rec.Cause == want && lawful(k.Stats()) {
					right.Add(1)
				}
				return nil
			})
			switch want {
			case vigil.Panicked:
				panic(i)
			case vigil.Goexited:
				runtime.Goexit()
			}
			return err
		})
	}
	require.NoError(t, k.Wait(context.Background()))
	close(stop)
	law.Wait()
	s := k.Stats()
	require.EqualValues(t, n, right.Load())
	third := int64(n / 3)
	require.Equal(t, vigil.Stats{Bound: n, Reclaimed: [10]int64{vigil.Returned: third + 1, vigil.Panicked: third, vigil.Goexited: third}}, s)
}

// At its end a worker waits for what others use or reclaim, and reclaims what others have decided and not begun.
func TestWorkerWaitsForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		k := d.keeper(vigil.Options{Manual: true})
		start, end := make(chan struct{}), make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		w := k.Go(t.Context(), "", func(ctx2 context.Context) error {
			used := bind(t, ctx2, k, &d, 1)
			begun, err := vigil.Bind(ctx2, k, 2, func(r int, rec vigil.Record) error { <-end; return d.reclaim(r, rec) })
			require.NoError(t, err)
			w, _ := vigil.FromContext(ctx2)
			queued := bind(t, ctx, k, &d, 3)
			require.NoError(t, queued.Transfer(w))
			canceled, stop := context.WithCancel(ctx2)
			bind(t, canceled, k, &d, 4)
			stop()
			go func() { _ = used.Use(func(int) error { <-end; return nil }) }()
			go func() { _ = begun.Release() }()
			<-start
			return nil
		})
		synctest.Wait()
		close(start)
		synctest.Wait()
		reclaimed, _, _ := d.read()
		require.Equal(t, []int{4, 3}, reclaimed)
		require.Zero(t, w.Cause(), "it waits")
		require.Zero(t, k.Flush(), "the worker has reclaimed what was queued")
		close(end)
		require.NoError(t, w.Wait())
		require.ElementsMatch(t, []vigil.Cause{vigil.Canceled, vigil.Returned, vigil.Returned, vigil.Released}, d.causes())
		cancel()
	})
}

// A worker's context has the values of Go's, and ends with it, at Shutdown and at the worker's end.
func TestWorkerContext(t *testing.T) {
	type key struct{}
	k, other := vigil.New(vigil.Options{}), vigil.New(vigil.Options{})
	parent, cancel := context.WithCancelCause(context.WithValue(t.Context(), key{}, 1))
	var d diary
	w := k.Go(parent, "outer", func(ctx context.Context) error {
		outer, _ := vigil.FromContext(ctx)
		require.Equal(t, 1, ctx.Value(key{}))
		require.NoError(t, ctx.Err())
		inner := other.Go(ctx, "inner", func(ctx context.Context) error {
			nearest, _ := vigil.FromContext(ctx)
			require.NotEqual(t, outer, nearest)
			g := bind(t, ctx, k, &d, 1) // to outer, which is of k
			for r := range k.Live() {
				require.Equal(t, outer.ID(), r.Worker)
			}
			return g.Release()
		})
		require.NoError(t, inner.Wait())
		cancel(errTest)
		<-ctx.Done()
		require.Equal(t, errTest, context.Cause(ctx))
		return ctx.Err()
	})
	require.Equal(t, context.Canceled, w.Wait())
	_, ok := vigil.FromContext(t.Context())
	require.False(t, ok)

	ran := false
	require.NoError(t, k.Go(testkit.Ended(), "", func(ctx context.Context) error { ran = ctx.Err() != nil; return nil }).Wait())
	require.True(t, ran, "on a done context f still runs")

	var kept context.Context
	w = k.Go(parent, "", func(ctx context.Context) error { kept = ctx; return nil })
	require.NoError(t, w.Wait())
	require.Equal(t, errTest, context.Cause(kept), "it has ended with Go's")
	w = k.Go(t.Context(), "", func(ctx context.Context) error { kept = ctx; return nil })
	require.NoError(t, w.Wait())
	require.Equal(t, context.Canceled, kept.Err())
	require.True(t, closed(kept.Done()))
	require.Equal(t, vigil.ErrEnded, context.Cause(kept))

	w = k.Go(t.Context(), "", func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) })
	require.NoError(t, k.Shutdown(t.Context()))
	require.Equal(t, vigil.ErrClosed, w.Wait())
	late := k.Go(t.Context(), "", func(context.Context) error { panic("runs") })
	require.Equal(t, vigil.ErrClosed, late.Wait())
	require.Equal(t, vigil.Shutdown, late.Cause())
	require.True(t, closed(late.Done()))
}

// The context's end is asked for at any time, and its error never changes.
func TestWorkerContextLate(t *testing.T) {
	k := vigil.New(vigil.Options{})
	deadline, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	parent, cancelParent := context.WithCancelCause(t.Context())
	defer cancelParent(nil)
	for _, c := range []struct {
		parent context.Context
		err    error
		cause  error
	}{
		{deadline, context.DeadlineExceeded, context.DeadlineExceeded},
		{parent, context.Canceled, vigil.ErrEnded},
	} {
		var kept context.Context
		require.NoError(t, k.Go(c.parent, "", func(ctx context.Context) error { kept = ctx; return nil }).Wait())
		if c.parent == parent {
			cancelParent(errTest)
		}
		require.Equal(t, c.err, kept.Err())
		child, cancel := context.WithCancel(kept)
		defer cancel()
		require.Equal(t, c.err, child.Err())
		require.Equal(t, c.cause, context.Cause(child))
		require.Equal(t, c.err, kept.Err())
	}
}

// A reclaim at the worker's end meets a keeper that works: it may bind, with the ended worker it may not. V7
func TestReclaimBinds(t *testing.T) {
	var d diary
	k := d.keeper(vigil.Options{})
	w := k.Go(t.Context(), "", func(ctx context.Context) error {
		_, err := vigil.Bind(ctx, k, 1, func(int, vigil.Record) error {
			_, err := vigil.Bind(ctx, k, 2, d.reclaim)
			require.ErrorIs(t, err, vigil.ErrEnded)
			g := bind(t, t.Context(), k, &d, 3)
			return g.Release()
		})
		return err
	})
	require.NoError(t, w.Wait())
	require.Equal(t, []vigil.Cause{vigil.Returned, vigil.Released, vigil.Returned}, d.causes())
}

// A panic of a worker ends the process, after the reclaims, one of which exits, and shows who has panicked.
func TestWorkerPanics(t *testing.T) {
	out, code := testkit.Child(t, func() {
		k := vigil.New(vigil.Options{})
		w := k.Go(context.Background(), "", func(ctx context.Context) error {
			for _, end := range []func(){func() { println("reclaimed") }, runtime.Goexit} {
				_, _ = vigil.Bind(ctx, k, 1, func(int, vigil.Record) error { end(); return nil })
			}
			thePanic()
			return nil
		})
		_ = w.Wait()
		os.Exit(0) // and gets away with it
	})
	require.Equal(t, 2, code, out)
	require.Regexp(t, `(?s)^reclaimed\n.*panic: the panic`, out)
	require.Contains(t, out, "vigil_test.thePanic")
}

func thePanic() { panic("the panic") }
