package vigil_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/vigil"
	"github.com/stretchr/testify/require"
)

var errTest = errors.New("test")

// Release reclaims here and now, once, and the guard is gone from then on.
func TestRelease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		k := d.keeper(vigil.Options{StackRate: 1})
		born := time.Now()
		g := bind(t, t.Context(), k, &d, 7, vigil.Name("seven"))
		done := g.Done()
		require.True(t, g.Beat(), "it is live, and has no lease")
		require.False(t, closed(done))
		time.Sleep(time.Second)
		require.NoError(t, g.Release())
		gone(t, g)
		require.True(t, closed(done))
		require.True(t, closed(g.Done()), "one that is asked for later")
		reclaimed, records, leaks := d.read()
		require.Equal(t, []int{7}, reclaimed)
		require.Empty(t, leaks)
		require.Len(t, records, 1)
		r := records[0]
		require.Equal(t, vigil.Record{ID: g.Token(), Name: "seven", Cause: vigil.Released,
			Born: born, Ended: born.Add(time.Second), PCs: r.PCs}, r)
		frame, _ := runtime.CallersFrames(r.PCs).Next()
		require.True(t, strings.HasSuffix(frame.Function, "vigil_test.bind"), frame.Function)
		require.Equal(t, vigil.Stats{Bound: 1, Reclaimed: [10]int64{vigil.Released: 1}}, k.Stats())
		require.Greater(t, bind(t, t.Context(), k, &d, 8).Token(), g.Token())
		require.NoError(t, k.Shutdown(t.Context()))
	})
}

// What a reclaim comes to is Err of the record, and what Release returns.
func TestReclaimFails(t *testing.T) {
	for name, c := range map[string]struct {
		reclaim func() error
		check   func(error)
	}{
		"error": {func() error { return errTest }, func(err error) { require.Equal(t, errTest, err) }},
		"panic": {func() error { panic(errTest) }, func(err error) {
			var p *vigil.PanicError
			require.ErrorAs(t, err, &p)
			require.ErrorIs(t, err, errTest)
			require.Contains(t, string(p.Stack), "TestReclaimFails")
		}},
		"exit": {func() error { runtime.Goexit(); return nil }, func(err error) { require.Equal(t, vigil.ErrGoexit, err) }},
	} {
		t.Run(name, func(t *testing.T) {
			var d diary
			k := d.keeper(vigil.Options{})
			g, err := vigil.Bind(t.Context(), k, 1, func(int, vigil.Record) error { return c.reclaim() })
			require.NoError(t, err)
			var released error
			end := testkit.Run(func() { released = g.Release() })
			if name == "exit" { // the caller's goroutine
				require.Equal(t, testkit.Exited, end)
			} else {
				require.Nil(t, end)
				c.check(released)
			}
			_, records, _ := d.read()
			c.check(records[0].Err)
			require.True(t, closed(g.Done()))
			require.EqualValues(t, 1, k.Stats().Reclaimed[vigil.Released])
			require.Zero(t, k.Stats().Faults)
		})
	}
}

// A Bind that fails has reclaimed, with the cause of the first thing that it looks at.
func TestBindRefused(t *testing.T) {
	var d diary
	k := d.keeper(vigil.Options{CapturePanics: true})
	var late context.Context
	w := k.Go(t.Context(), "w", func(ctx context.Context) error {
		late = context.WithoutCancel(ctx)
		panic("end")
	})
	require.Error(t, w.Wait())
	shut := d.keeper(vigil.Options{})
	require.NoError(t, shut.Shutdown(t.Context()))
	for i, c := range []struct {
		ctx   context.Context
		k     *vigil.Keeper
		err   error
		cause vigil.Cause
	}{
		{testkit.Ended(), k, context.Canceled, vigil.Canceled},
		{testkit.Ended(), shut, context.Canceled, vigil.Canceled},
		{late, k, vigil.ErrEnded, vigil.Panicked},
		{t.Context(), shut, vigil.ErrClosed, vigil.Shutdown},
	} {
		g, err := vigil.Bind(c.ctx, c.k, i, d.reclaim, vigil.Lease(time.Hour))
		require.Equal(t, c.err, err)
		require.Nil(t, g)
		reclaimed, records, _ := d.read()
		require.Equal(t, i, reclaimed[i])
		require.Equal(t, c.cause, records[i].Cause)
		require.Equal(t, records[i].Born, records[i].Ended)
		if c.err == vigil.ErrEnded {
			require.Equal(t, w.ID(), records[i].Worker)
			require.Equal(t, "w", records[i].Name)
		}
		conserved(t, c.k.Stats())
	}
	require.EqualValues(t, 2, k.Stats().Bound)
	require.Zero(t, k.Stats().Pending)
}

// What is decided while R is in use is reclaimed by the last Use to end, before it returns; Release does not wait.
func TestUse(t *testing.T) {
	var d diary
	k := d.keeper(vigil.Options{})
	g := bind(t, t.Context(), k, &d, 3)
	err := g.Use(func(r int) error {
		require.Equal(t, 3, r)
		return g.Use(func(int) error {
			require.NoError(t, g.Release())
			gone(t, g)
			require.Equal(t, vigil.Stats{Bound: 1, Pending: 1}, k.Stats())
			return nil
		})
	})
	require.NoError(t, err)
	require.Equal(t, []vigil.Cause{vigil.Released}, d.causes())

	g = bind(t, t.Context(), k, &d, 4)
	require.Equal(t, errTest, g.Use(func(int) error { return errTest }))
	require.NoError(t, g.Release())
}

// A panic or an exit of a Use ends it, and goes on; the reclaim comes before, and cannot end a panic by exiting.
func TestUsePanics(t *testing.T) {
	k := vigil.New(vigil.Options{})
	for name, f := range map[any]func(){"panic": func() { panic("panic") }, testkit.Exited: runtime.Goexit} {
		g, err := vigil.Bind(t.Context(), k, 1, func(int, vigil.Record) error { runtime.Goexit(); return nil })
		require.NoError(t, err)
		require.Equal(t, name, testkit.Run(func() {
			_ = g.Use(func(int) error {
				require.NoError(t, g.Release())
				f()
				return nil
			})
		}))
		require.True(t, closed(g.Done()))
	}
	require.Equal(t, vigil.Stats{Bound: 2, Reclaimed: [10]int64{vigil.Released: 2}}, k.Stats())
}

// Interrupt is called once, before the reclaim, when another cause than Release finds R in use.
func TestInterrupt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := vigil.New(vigil.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		var said []string
		say := func(s string) func() { return func() { said = append(said, s) } }
		unused, err := vigil.Bind(ctx, k, 0, func(int, vigil.Record) error { return nil }, vigil.Interrupt(say("unused")))
		require.NoError(t, err)
		end := make(chan struct{})
		g, err := vigil.Bind(ctx, k, 1, func(int, vigil.Record) error { say("reclaim")(); return nil },
			vigil.Interrupt(func() { say("first")(); panic("fault") }), vigil.Interrupt(runtime.Goexit),
			vigil.Interrupt(func() { close(end); time.Sleep(time.Second); say("last")() }))
		require.NoError(t, err)
		require.NoError(t, g.Use(func(int) error {
			cancel()
			<-end
			return nil
		}))
		require.Equal(t, []string{"first", "last", "reclaim"}, said, "the reclaim waits for it")
		<-unused.Done()
		synctest.Wait()
		require.EqualValues(t, 1, k.Stats().Faults)
		var p *vigil.PanicError
		require.ErrorAs(t, k.Stats().Fault, &p)
		require.Equal(t, "fault", p.Value)
	})
}

// Detach takes R out: nothing is reclaimed, nobody hears of it, and those who use R go on.
func TestDetach(t *testing.T) {
	var d diary
	k := d.keeper(vigil.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	g := bind(t, ctx, k, &d, 5, vigil.Lease(time.Hour))
	done := g.Done()
	require.NoError(t, g.Use(func(int) error {
		r, ok := g.Detach()
		require.True(t, ok)
		require.Equal(t, 5, r)
		require.True(t, closed(done))
		return nil
	}))
	gone(t, g)
	cancel()
	require.NoError(t, k.Shutdown(t.Context()))
	require.Equal(t, vigil.Stats{Bound: 1, Detached: 1}, k.Stats())
	require.Empty(t, d.causes())
}

// The last Use has reclaimed when it returns, also when its worker ends just then.
func TestLastUseReclaims(t *testing.T) {
	k := vigil.New(vigil.Options{})
	for range 3000 {
		var reclaimed atomic.Bool
		bound := make(chan *vigil.Guard[int], 1)
		inUse := make(chan struct{})
		w := k.Go(t.Context(), "", func(ctx context.Context) error {
			g, err := vigil.Bind(ctx, k, 1, func(int, vigil.Record) error { reclaimed.Store(true); return nil })
			bound <- g
			<-inUse
			return err
		})
		g := <-bound
		require.NoError(t, g.Use(func(int) error {
			close(inUse)
			for g.Beat() {
				runtime.Gosched()
			}
			return nil
		}))
		require.True(t, reclaimed.Load())
		require.NoError(t, w.Wait())
	}
}

// A gone guard holds no R, and no function of the user's; nor does a keeper.
func TestGoneHoldsNothing(t *testing.T) {
	k := vigil.New(vigil.Options{})
	type resource struct{ _ [32]byte }
	bound := func() (*vigil.Guard[*resource], weak.Pointer[resource]) {
		r := new(resource)
		g, err := vigil.Bind(t.Context(), k, r, func(*resource, vigil.Record) error { runtime.KeepAlive(r); return nil },
			vigil.Interrupt(func() { runtime.KeepAlive(r) }))
		require.NoError(t, err)
		return g, weak.Make(r)
	}
	ends := map[string]func(*vigil.Guard[*resource]){
		"released": func(g *vigil.Guard[*resource]) { require.NoError(t, g.Release()) },
		"detached": func(g *vigil.Guard[*resource]) { _, _ = g.Detach() },
		"in use": func(g *vigil.Guard[*resource]) {
			require.NoError(t, g.Use(func(*resource) error { _, _ = g.Detach(); return nil }))
		},
	}
	for name, end := range ends {
		g, r := bound()
		end(g)
		testkit.Collect(t, name, func() bool { return r.Value() == nil })
		runtime.KeepAlive(g)
	}
	runtime.KeepAlive(k)
}

// What is of no size, or nil, is reclaimed as anything else.
func TestAnyR(t *testing.T) {
	k := vigil.New(vigil.Options{})
	n := 0
	for range 3 {
		g, err := vigil.Bind(t.Context(), k, struct{}{}, func(struct{}, vigil.Record) error { n++; return nil })
		require.NoError(t, err)
		require.NoError(t, g.Release())
		h, err := vigil.Bind(t.Context(), k, error(nil), func(err error, _ vigil.Record) error { n++; return err })
		require.NoError(t, err)
		require.NoError(t, h.Release())
	}
	require.Equal(t, 6, n)
}

// What can only be a mistake panics, and changes nothing.
func TestMisuse(t *testing.T) {
	k := vigil.New(vigil.Options{})
	var d diary
	g := bind(t, t.Context(), k, &d, 1)
	w := vigil.New(vigil.Options{}).Go(t.Context(), "", func(context.Context) error { return nil })
	require.NoError(t, w.Wait())
	var none context.Context
	for name, f := range map[string]func(){
		"New, rate":       func() { vigil.New(vigil.Options{StackRate: -1}) },
		"New, reclaimers": func() { vigil.New(vigil.Options{Reclaimers: -1}) },
		"Bind, context":   func() { _, _ = vigil.Bind(none, k, 1, d.reclaim) },
		"Bind, keeper":    func() { _, _ = vigil.Bind(t.Context(), nil, 1, d.reclaim) },
		"Bind, reclaim":   func() { _, _ = vigil.Bind(t.Context(), k, 1, nil) },
		"Lease":           func() { vigil.Lease(0) },
		"Interrupt":       func() { vigil.Interrupt(nil) },
		"Use":             func() { _ = g.Use(nil) },
		"Transfer, nil":   func() { _ = g.Transfer(nil) },
		"Transfer, other": func() { _ = g.Transfer(w) },
		"Go, context":     func() { k.Go(none, "", func(context.Context) error { return nil }) },
		"Go, function":    func() { k.Go(t.Context(), "", nil) },
		"Watch, context":  func() { k.Watch(none, func(vigil.Record) {}) },
		"Watch, function": func() { k.Watch(t.Context(), nil) },
		"Wait, context":   func() { _ = k.Wait(none) },
		"Shutdown, nil":   func() { _ = k.Shutdown(none) },
		"a zero Keeper":   func() { new(vigil.Keeper).Stats() },
		"a zero Guard":    func() { _ = new(vigil.Guard[int]).Release() },
		"a zero Worker":   func() { _ = new(vigil.Worker).Wait() },
		"a zero Pool":     func() { _ = new(vigil.Pool[int]).Shutdown(t.Context()) },
		"Sweep, context":  func() { _, _ = k.Sweep(none) },
	} {
		v := testkit.Run(f)
		require.NotNil(t, v, name)
		require.Regexp(t, "^vigil: ", v, name)
	}
	require.Equal(t, vigil.Stats{Bound: 1, Live: 1}, k.Stats())
	require.NoError(t, g.Release())
}
