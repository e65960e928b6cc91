package vigil_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/vigil"
)

// One who is cancelled as R, or a place, is handed to him has it, or has left the line before and it is for the next. P1
func TestPoolGrantMeetsCancel(t *testing.T) {
	for name, c := range map[string]struct {
		frees   func(s *stock, g *vigil.Guard[int])
		granted bool // before the cancel
	}{
		"R, cancel":     {func(_ *stock, g *vigil.Guard[int]) { _ = g.Release() }, true},
		"cancel, R":     {func(_ *stock, g *vigil.Guard[int]) { _ = g.Release() }, false},
		"place, cancel": {func(_ *stock, g *vigil.Guard[int]) { g.Detach() }, true},
		"cancel, place": {func(_ *stock, g *vigil.Guard[int]) { g.Detach() }, false},
	} {
		t.Run(name, func(t *testing.T) {
			for range 30 { // a select chooses among what is ready
				synctest.Test(t, func(t *testing.T) {
					s := stocked(vigil.Options{}, vigil.PoolOptions[int]{})
					ctx, cancel := context.WithCancel(t.Context())
					g := s.get(t)
					a, b := s.attempt(ctx), s.attempt(t.Context())
					if c.granted {
						c.frees(s, g)
						cancel()
					} else {
						cancel()
						c.frees(s, g)
					}
					synctest.Wait()
					if a.err != nil && !c.granted {
						a.failed(t, context.Canceled)
					} else {
						require.NoError(t, a.err)
						b.waits(t)
						release(t, a.g)
					}
					synctest.Wait()
					release(t, b.g)
					require.Equal(t, vigil.PoolStats{Max: 1, Open: 1, Idle: 1, WaitCount: 2}, s.Stats())
					require.Empty(t, s.gone())
				})
			}
		})
	}
}

// A context is the user's, and may panic or exit when it is asked. Whenever that is, nobody is left in line, and what was
// granted just then is not lost.
func TestPoolContextPanics(t *testing.T) {
	for name, c := range map[string]struct {
		ctx   func(s *wicked) context.Context
		panic any
	}{
		"Err, at first":     {func(w *wicked) context.Context { w.err = w.panics; return w }, "wicked"},
		"Value":             {func(w *wicked) context.Context { w.value = w.panics; return w }, "wicked"},
		"Done":              {func(w *wicked) context.Context { w.done = w.panics; return w }, "wicked"},
		"Done, exits":       {func(w *wicked) context.Context { w.done = runtime.Goexit; return w }, testkit.Exited},
		"Done, granted R":   {func(w *wicked) context.Context { w.done = func() { _ = w.held.Release(); w.panics() }; return w }, "wicked"},
		"Done, given place": {func(w *wicked) context.Context { w.done = func() { w.held.Detach(); w.panics() }; return w }, "wicked"},
		"Err, at the end": {func(w *wicked) context.Context {
			w.done = func() { w.leave(); w.err = w.panics }
			return w
		}, "wicked"},
	} {
		t.Run(name, func(t *testing.T) {
			s := stocked(vigil.Options{}, vigil.PoolOptions[int]{})
			w := &wicked{held: s.get(t)}
			w.Context, w.leave = context.WithCancel(t.Context())
			defer w.leave()
			require.Equal(t, c.panic, testkit.Run(func() { _, _ = s.Acquire(c.ctx(w)) }))
			_ = w.held.Release() // unless it has been
			require.Zero(t, s.Stats().Waiting)
			require.Zero(t, s.Stats().InUse)
			release(t, s.get(t))
			require.Empty(t, s.gone())
		})
	}
}

// wicked does something when it is asked. It is not used by two at once.
type wicked struct {
	context.Context
	held             *vigil.Guard[int]
	leave            func()
	err, value, done func()
}

func (*wicked) panics() { panic("wicked") }

func (w *wicked) Err() error {
	if w.err != nil {
		w.err()
	}
	return w.Context.Err()
}

func (w *wicked) Value(key any) any {
	if w.value != nil {
		w.value()
	}
	return w.Context.Value(key)
}

func (w *wicked) Done() <-chan struct{} {
	if w.done != nil {
		w.done()
	}
	return w.Context.Done()
}

const gales = 3 // how many the storm's pool opens at most

// A gust is an R of the storm. One holder at a time writes it, and the race detector sees to the edges.
type gust struct {
	lent   bool
	closed bool
	shaky  bool // fails its next Check
}

// A storm is workers and others who acquire from one pool, and end their loans in all ways, while they are cancelled.
type storm struct {
	p     *vigil.Pool[*gust]
	k     *vigil.Keeper
	calls atomic.Int64 // that are still to be made
	open  atomic.Int64 // as New, Close and Detach know
	wrong atomic.Pointer[string]

	opened, closed, detached, cancelled atomic.Int64
}

// Whatever ends the loans and the waits, no R is ever with two, none is lost, none is closed twice or lent when it is
// closed, never are more open than Max, and at no moment does somebody wait who need not. Who is done with one is
// synchronized before the next has it. P1 P2
func TestPoolStorm(t *testing.T) {
	calls := int64(200_000)
	if testing.Short() {
		calls /= 6
	}
	seed := rand.Uint64()
	s := &storm{k: vigil.New(vigil.Options{CapturePanics: true})}
	s.p = vigil.NewPool(s.k, vigil.PoolOptions[*gust]{
		Max: gales, New: s.opens, Close: s.closes, Check: s.check, Reuse: []vigil.Cause{vigil.Returned, vigil.Released, vigil.Panicked},
	})
	s.calls.Store(calls)
	var all, cancels sync.WaitGroup
	var over atomic.Bool
	var leave [8]atomic.Pointer[context.CancelFunc]
	for i := range leave {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		renew := func() context.Context {
			ctx, cancel := context.WithCancel(context.Background())
			leave[i].Store(&cancel)
			return ctx
		}
		ctx := renew()
		all.Go(func() {
			for s.wrong.Load() == nil && s.calls.Add(-1) >= 0 {
				if ctx.Err() != nil {
					ctx = renew()
				}
				s.call(ctx, r)
				if is := s.p.Stats(); is.Waiting > 0 && (is.Idle > 0 || is.Open < gales) {
					s.fail("somebody waits, and need not: %+v", is)
				}
			}
		})
	}
	cancels.Go(func() {
		r := rand.New(rand.NewPCG(seed, 1<<32))
		for !over.Load() {
			(*leave[r.IntN(len(leave))].Load())()
			if r.IntN(100) == 0 {
				s.p.Reset()
			}
			for range r.IntN(10) {
				runtime.Gosched()
			}
		}
	})
	all.Wait()
	over.Store(true)
	cancels.Wait()
	for i := range leave {
		(*leave[i].Load())()
	}
	stats := s.p.Stats()
	t.Logf("seed %d: %d opened, %d closed, %d detached, %d cancelled; %+v",
		seed, s.opened.Load(), s.closed.Load(), s.detached.Load(), s.cancelled.Load(), stats)
	if wrong := s.wrong.Load(); wrong != nil {
		require.Fail(t, *wrong)
	}
	require.Zero(t, stats.InUse)
	require.Zero(t, stats.Waiting)
	require.Positive(t, s.cancelled.Load())
	require.NoError(t, s.p.Shutdown(t.Context()))
	require.Equal(t, s.opened.Load(), s.closed.Load()+s.detached.Load())
	require.Equal(t, vigil.PoolStats{Max: gales, WaitCount: stats.WaitCount, WaitDuration: stats.WaitDuration}, s.p.Stats())
	require.Zero(t, s.k.Stats().Faults)
}

var errGale = errors.New("no gust")

func (s *storm) opens(context.Context) (*gust, error) {
	if n := s.open.Add(1); n > gales {
		s.fail("%d are open", n)
	}
	if rand.IntN(10) == 0 {
		s.open.Add(-1)
		return nil, errGale
	}
	s.opened.Add(1)
	return new(gust), nil
}

func (s *storm) closes(g *gust) error {
	if g.lent || g.closed {
		s.fail("closed: %+v", *g)
	}
	g.closed = true
	s.closed.Add(1)
	s.open.Add(-1)
	return nil
}

func (s *storm) check(g *gust) error {
	if g.lent || g.closed {
		s.fail("checked: %+v", *g)
	}
	if g.shaky {
		return errGale
	}
	return nil
}

func (s *storm) fail(format string, args ...any) {
	wrong := fmt.Sprintf(format, args...)
	s.wrong.CompareAndSwap(nil, &wrong)
}

// call has one loan, in one way or another.
func (s *storm) call(ctx context.Context, r *rand.Rand) {
	how := r.IntN(8)
	if how < 4 { // a worker's
		_ = s.k.Go(ctx, "", func(ctx context.Context) error {
			if g := s.acquire(ctx); g != nil {
				s.use(g, r)
				switch how {
				case 0:
					_ = g.Release()
				case 1:
					panic("a worker's")
				case 2:
					runtime.Goexit()
				}
			}
			return nil
		}).Wait()
		return
	}
	g := s.acquire(ctx)
	if g == nil {
		return
	}
	s.use(g, r)
	if how == 4 {
		s.open.Add(-1) // before another is opened in its place
		s.detached.Add(1)
		if _, ok := g.Detach(); !ok {
			s.fail("not detached")
		}
		return
	}
	if err := g.Release(); err != nil {
		s.fail("released: %v", err)
	}
}

func (s *storm) acquire(ctx context.Context) *vigil.Guard[*gust] {
	g, err := s.p.Acquire(ctx)
	if err == context.Canceled && ctx.Err() != nil {
		s.cancelled.Add(1)
	} else if err != nil && err != errGale {
		s.fail("acquired: %v", err)
	}
	return g
}

// use is the holder's, alone.
func (s *storm) use(g *vigil.Guard[*gust], r *rand.Rand) {
	err := g.Use(func(g *gust) error {
		if g.lent || g.closed {
			return fmt.Errorf("lent: %+v", *g)
		}
		g.lent = true
		if r.IntN(2) == 0 {
			runtime.Gosched()
		}
		g.lent, g.shaky = false, r.IntN(20) == 0
		return nil
	})
	if err != nil {
		s.fail("%v", err)
	}
}
