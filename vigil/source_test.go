package vigil_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/vigil"
	"github.com/stretchr/testify/require"
)

// A ctx is a context of somebody else's: it has a method AfterFunc, which package context asks, and cannot be compared.
type ctx struct {
	context.Context
	done  chan struct{}
	funcs *funcs
	_     []int
}

func (c ctx) Done() <-chan struct{} { return c.done }

func (c ctx) Err() error {
	if closed(c.done) {
		return context.Canceled
	}
	return nil
}

// funcs counts what is registered.
type funcs struct {
	mu   sync.Mutex
	asks int
	fs   map[int]func()
}

func (c ctx) AfterFunc(f func()) func() bool {
	c.funcs.mu.Lock()
	defer c.funcs.mu.Unlock()
	c.funcs.asks++
	n := c.funcs.asks
	c.funcs.fs[n] = f
	return func() bool {
		c.funcs.mu.Lock()
		defer c.funcs.mu.Unlock()
		_, ok := c.funcs.fs[n]
		delete(c.funcs.fs, n)
		return ok
	}
}

func (c ctx) registered() (asks, now int) {
	c.funcs.mu.Lock()
	defer c.funcs.mu.Unlock()
	return c.funcs.asks, len(c.funcs.fs)
}

// One function is registered with a context, whatever the number of guards, and is stopped when the last has left.
func TestContextIsAskedOnce(t *testing.T) {
	var d diary
	k := d.keeper(vigil.Options{})
	c := ctx{Context: context.Background(), done: make(chan struct{}), funcs: &funcs{fs: map[int]func(){}}}
	other := context.WithValue(c, &d, 1) // it has the same Done channel
	w := k.Go(c, "", func(own context.Context) error {
		bind(t, own, k, &d, 0)
		return nil
	})
	require.NoError(t, w.Wait())
	asks, now := c.registered()
	require.Equal(t, []int{1, 0}, []int{asks, now}, "the worker's guard has left")

	a, b := bind(t, c, k, &d, 1), bind(t, other, k, &d, 2)
	w = k.Go(t.Context(), "", func(own context.Context) error {
		w, _ := vigil.FromContext(own)
		require.NoError(t, b.Transfer(w))
		_, ok := b.Detach()
		require.True(t, ok)
		return nil
	})
	require.NoError(t, w.Wait())
	asks, now = c.registered()
	require.Equal(t, []int{2, 1}, []int{asks, now})
	require.NoError(t, a.Release())
	asks, now = c.registered()
	require.Equal(t, []int{2, 0}, []int{asks, now})
}

// The end of a context ends the vigil over all that was bound with it, and the reclaimers reclaim it, as many as there may
// be.
func TestCancel(t *testing.T) {
	const n = 10_000
	synctest.Test(t, func(t *testing.T) {
		k := vigil.New(vigil.Options{Reclaimers: 3})
		parent, cancel := context.WithCancel(t.Context())
		var begun atomic.Int64
		start := make(chan struct{})
		var gs []*vigil.Guard[int]
		for range n {
			g, err := vigil.Bind(parent, k, 1, func(int, vigil.Record) error {
				begun.Add(1)
				<-start
				return nil
			})
			require.NoError(t, err)
			gs = append(gs, g)
		}
		cancel()
		synctest.Wait()
		require.EqualValues(t, 3, begun.Load())
		require.Equal(t, vigil.Stats{Bound: n, Pending: n}, k.Stats())
		close(start)
		synctest.Wait()
		require.EqualValues(t, n, begun.Load())
		require.Equal(t, vigil.Stats{Bound: n, Reclaimed: [10]int64{vigil.Canceled: n}}, k.Stats())
		runtime.KeepAlive(gs)
	})
}

// A guard is canceled also while its worker runs, and with whichever of several contexts it was bound.
func TestCancelWhileWorkerRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		k := d.keeper(vigil.Options{})
		parent, cancel := context.WithCancel(t.Context())
		w := k.Go(parent, "", func(own context.Context) error {
			child, cancelChild := context.WithTimeout(own, time.Second)
			defer cancelChild()
			first := bind(t, child, k, &d, 1)
			second := bind(t, own, k, &d, 2)
			<-first.Done()
			require.Equal(t, []vigil.Cause{vigil.Canceled}, d.causes())
			cancel()
			<-second.Done()
			return nil
		})
		require.NoError(t, w.Wait())
		require.Equal(t, []vigil.Cause{vigil.Canceled, vigil.Canceled}, d.causes())
	})
}

// A context that panics when it is asked, or told to stop, keeps nothing from being reclaimed. Where nothing was bound
// its panic is the caller's, else it counts in Faults.
func TestContextPanics(t *testing.T) {
	var d diary
	k := d.keeper(vigil.Options{})
	var broken atomic.Bool
	c := panicky{t.Context(), make(chan struct{}), &broken}
	g := bind(t, c, k, &d, 1, vigil.Interrupt(func() {}))
	released := bind(t, c, k, &d, 2)
	end := make(chan struct{})
	asked := make(chan struct{})
	w := k.Go(c, "", func(own context.Context) error {
		_ = own.Done() // so that there is something of c's to stop
		close(asked)
		<-end
		return nil
	})
	<-asked
	inUse := make(chan struct{})
	var using sync.WaitGroup
	using.Go(func() { _ = g.Use(func(int) error { close(inUse); <-end; return nil }) })
	<-inUse
	broken.Store(true)
	require.NotNil(t, testkit.Run(func() { _, _ = vigil.Bind(c, k, 3, d.reclaim) }))
	require.NoError(t, released.Release())
	require.ErrorIs(t, k.Shutdown(testkit.Ended()), context.Canceled)
	close(end)
	using.Wait()
	require.NoError(t, w.Wait())
	require.NoError(t, k.Shutdown(t.Context()))
	require.Equal(t, []vigil.Cause{vigil.Released, vigil.Shutdown}, d.causes())
	require.NotZero(t, k.Stats().Faults)
}

type panicky struct {
	context.Context
	done   chan struct{}
	broken *atomic.Bool
}

func (c panicky) ask() {
	if c.broken.Load() {
		panic("a context")
	}
}

func (c panicky) Done() <-chan struct{} { c.ask(); return c.done }

func (c panicky) Err() error { c.ask(); return nil }

func (c panicky) AfterFunc(func()) func() bool { return func() bool { c.ask(); return true } }

// Contexts may share a Done channel, and the first of them be forgotten, with what is registered with it: what is bound with
// another ends with that one.
func TestContextsShareDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		k := d.keeper(vigil.Options{})
		done := make(chan struct{})
		first := bind(t, ctx{Context: context.Background(), done: done, funcs: &funcs{fs: map[int]func(){}}}, k, &d, 1)
		for range 3 {
			runtime.GC()
		}
		other := ctx{Context: context.Background(), done: done, funcs: &funcs{fs: map[int]func(){}}}
		second := bind(t, other, k, &d, 2)
		close(done)
		for _, f := range other.funcs.fs {
			f()
		}
		synctest.Wait()
		gone(t, second)
		require.NoError(t, first.Release())
		require.Equal(t, []vigil.Cause{vigil.Canceled, vigil.Released}, d.causes())
	})
}

// Nobody keeps a context alive: one that leads to its own guard goes with it, and the guard is dropped.
func TestContextIsForgotten(t *testing.T) {
	var d diary
	k := d.keeper(vigil.Options{})
	type key struct{}
	w := func() weak.Pointer[vigil.Guard[int]] {
		parent, cancel := context.WithCancel(context.Background())
		_ = cancel // forgotten, as go vet would not have it
		hold := new(*vigil.Guard[int])
		g := bind(t, context.WithValue(parent, key{}, hold), k, &d, 1)
		*hold = g
		return weak.Make(g)
	}()
	testkit.Collect(t, "the guard", func() bool { return w.Value() == nil && len(d.causes()) == 1 })
	require.Equal(t, []vigil.Cause{vigil.Dropped}, d.causes())
	testkit.Poll(t, "the reclaimer has gone", func() bool { return k.Stats().Pending == 0 })
}
