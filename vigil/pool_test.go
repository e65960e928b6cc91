package vigil_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/vigil"
)

// A stock is a pool of numbers, from 1 on in the order in which they were opened, and of its keeper.
type stock struct {
	*vigil.Pool[int]
	k *vigil.Keeper

	mu     sync.Mutex
	opened int
	closed []int
}

// stocked makes a stock. What is not given in o is: Max 1, and a New and a Close that keep the books.
func stocked(k vigil.Options, o vigil.PoolOptions[int]) *stock {
	s := &stock{k: vigil.New(k)}
	o.Max = max(o.Max, 1)
	if o.New == nil {
		o.New = func(context.Context) (int, error) { return s.open(), nil }
	}
	if o.Close == nil {
		o.Close = s.close
	}
	s.Pool = vigil.NewPool(s.k, o)
	return s
}

func (s *stock) open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened++
	return s.opened
}

func (s *stock) close(n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = append(s.closed, n)
	return nil
}

// gone is what has been closed, in that order.
func (s *stock) gone() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.closed)
}

// get acquires one, which is there or can be opened.
func (s *stock) get(t *testing.T, o ...vigil.BindOption) *vigil.Guard[int] {
	t.Helper()
	g, err := s.Acquire(t.Context(), o...)
	require.NoError(t, err)
	return g
}

// number is what a guard holds, or 0.
func number(g *vigil.Guard[int]) (n int) {
	_ = g.Use(func(r int) error {
		n = r
		return nil
	})
	return n
}

// release releases all, one after the other.
func release(t *testing.T, gs ...*vigil.Guard[int]) {
	t.Helper()
	for _, g := range gs {
		require.NoError(t, g.Release())
	}
}

// An attempt is an Acquire on a goroutine of its own, in a bubble. After synctest.Wait it can be read.
type attempt struct {
	g    *vigil.Guard[int]
	err  error
	ends any // what [testkit.Run] says of it
	over atomic.Bool
}

// attempt starts one, and returns when it waits or has ended.
func (s *stock) attempt(ctx context.Context, o ...vigil.BindOption) *attempt {
	a := new(attempt)
	go func() {
		a.ends = testkit.Run(func() { a.g, a.err = s.Acquire(ctx, o...) })
		a.over.Store(true)
	}()
	synctest.Wait()
	return a
}

// got requires that a has just got that number.
func (a *attempt) got(t *testing.T, n int) {
	t.Helper()
	synctest.Wait()
	require.True(t, a.over.Load(), "it waits")
	require.Nil(t, a.ends)
	require.NoError(t, a.err)
	require.Equal(t, n, number(a.g))
}

// waits requires that a still does.
func (a *attempt) waits(t *testing.T) {
	t.Helper()
	synctest.Wait()
	require.False(t, a.over.Load())
}

// failed requires that a has ended with that error, and no guard.
func (a *attempt) failed(t *testing.T, err error) {
	t.Helper()
	synctest.Wait()
	require.True(t, a.over.Load(), "it waits")
	require.Nil(t, a.ends)
	require.Equal(t, err, a.err)
	require.Nil(t, a.g)
}

// Those who wait are served in the order in which they came, with what comes back, and one who has left the line holds
// up nobody. Who comes later overtakes nobody. P2
func TestPoolOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stocked(vigil.Options{}, vigil.PoolOptions[int]{})
		ctx, leave := context.WithCancel(t.Context())
		g := s.get(t)
		first, leaver := s.attempt(t.Context()), s.attempt(ctx)
		second := s.attempt(t.Context())
		leave()
		leaver.failed(t, context.Canceled)
		release(t, g)
		third := s.attempt(t.Context())
		for _, a := range []*attempt{first, second, third} {
			a.got(t, 1)
			release(t, a.g)
		}
		require.Equal(t, vigil.PoolStats{Max: 1, Open: 1, Idle: 1, WaitCount: 4}, s.Stats())
	})
}

// What came back last is lent first.
func TestPoolLastInFirstOut(t *testing.T) {
	s := stocked(vigil.Options{}, vigil.PoolOptions[int]{Max: 3})
	a, b, c := s.get(t), s.get(t), s.get(t)
	release(t, c, a, b)
	require.Equal(t, []int{2, 1, 3}, []int{number(s.get(t)), number(s.get(t)), number(s.get(t))})
}

// A place is taken from before New is called until Close has returned, and Stats tells of each step. Who waits pays for
// no time but that in which he slept. P1
func TestPoolMax(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opens, closes := make(chan int), make(chan error)
		s := stocked(vigil.Options{}, vigil.PoolOptions[int]{
			New:   func(context.Context) (int, error) { return <-opens, nil },
			Close: func(int) error { return <-closes },
		})
		is := func(want vigil.PoolStats) {
			t.Helper()
			synctest.Wait()
			want.Max = 1
			require.Equal(t, want, s.Stats())
		}
		is(vigil.PoolStats{})
		opener, waiter := s.attempt(t.Context()), s.attempt(t.Context())
		is(vigil.PoolStats{Open: 1, InUse: 1, Waiting: 1, WaitCount: 1})
		time.Sleep(time.Second)
		opens <- 7
		opener.got(t, 7)
		release(t, opener.g)
		waiter.got(t, 7)
		is(vigil.PoolStats{Open: 1, InUse: 1, WaitCount: 1, WaitDuration: time.Second})
		release(t, waiter.g)
		is(vigil.PoolStats{Open: 1, Idle: 1, WaitCount: 1, WaitDuration: time.Second})
		go s.Reset()
		is(vigil.PoolStats{Open: 1, InUse: 1, WaitCount: 1, WaitDuration: time.Second})
		last := s.attempt(t.Context())
		is(vigil.PoolStats{Open: 1, InUse: 1, Waiting: 1, WaitCount: 2, WaitDuration: time.Second})
		closes <- nil
		is(vigil.PoolStats{Open: 1, InUse: 1, WaitCount: 2, WaitDuration: time.Second})
		opens <- 8
		last.got(t, 8)
		s.Reset() // so it is closed when it comes back
		go func() { closes <- last.g.Release() }()
		is(vigil.PoolStats{Open: 1, InUse: 1, WaitCount: 2, WaitDuration: time.Second})
		closes <- nil
		is(vigil.PoolStats{WaitCount: 2, WaitDuration: time.Second})
		require.NoError(t, <-closes)
	})
}

// The context bounds the wait, and not the loan. One that has ended takes nothing, though something is idle. The error
// is that of the context, as it is.
func TestPoolContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stocked(vigil.Options{}, vigil.PoolOptions[int]{})
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errors.New("a cause"))
		defer cancel()
		a := s.attempt(ctx)
		a.got(t, 1)
		b := s.attempt(ctx)
		time.Sleep(time.Second - 1)
		b.waits(t)
		time.Sleep(time.Nanosecond)
		b.failed(t, context.DeadlineExceeded)
		require.Equal(t, 1, number(a.g), "the loan has ended with the context")
		require.Equal(t, vigil.PoolStats{Max: 1, Open: 1, InUse: 1, WaitCount: 1, WaitDuration: time.Second}, s.Stats())
		release(t, a.g)
		s.attempt(ctx).failed(t, context.DeadlineExceeded)
		require.Equal(t, 1, s.Stats().Idle)
	})
}

// However a worker ends, what it was lent is in the pool again when Wait returns, or closed, as Reuse says; so it is with a
// Release. Without Reuse what is returned or released goes back.
func TestPoolReuse(t *testing.T) {
	ends := []struct {
		cause vigil.Cause
		f     func(g *vigil.Guard[int]) error
	}{
		{vigil.Returned, func(*vigil.Guard[int]) error { return errors.New("an error is a return") }},
		{vigil.Panicked, func(*vigil.Guard[int]) error { panic("it broke") }},
		{vigil.Goexited, func(*vigil.Guard[int]) error { runtime.Goexit(); return nil }},
		{vigil.Released, (*vigil.Guard[int]).Release},
	}
	for name, c := range map[string]struct{ reuse, back []vigil.Cause }{
		"default": {nil, []vigil.Cause{vigil.Returned, vigil.Released}},
		"none":    {[]vigil.Cause{}, nil},
		"others":  {[]vigil.Cause{vigil.Panicked, vigil.Goexited}, []vigil.Cause{vigil.Panicked, vigil.Goexited}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, end := range ends {
				s := stocked(vigil.Options{CapturePanics: true}, vigil.PoolOptions[int]{Reuse: c.reuse})
				_ = s.k.Go(t.Context(), "", func(ctx context.Context) error {
					g, err := s.Acquire(ctx)
					if err != nil {
						return err
					}
					return end.f(g)
				}).Wait()
				want, gone := vigil.PoolStats{Max: 1}, []int{1}
				if slices.Contains(c.back, end.cause) {
					want.Open, want.Idle, gone = 1, 1, nil
				}
				require.Equal(t, want, s.Stats(), end.cause)
				require.Equal(t, gone, s.gone(), end.cause)
				require.EqualValues(t, 1, s.k.Stats().Reclaimed[end.cause])
			}
		})
	}
}

// Nothing is lent to a worker that has ended, be it before Acquire, while that waits, or while New runs: the error is
// ErrEnded, and what was got for it is there for the next.
func TestPoolEndedWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opens := make(chan int)
		s := stocked(vigil.Options{}, vigil.PoolOptions[int]{
			New:   func(context.Context) (int, error) { return <-opens, nil },
			Reuse: []vigil.Cause{}, // is about loans, and there is none
		})
		var late context.Context
		ended := make(chan struct{})
		w := s.k.Go(t.Context(), "", func(ctx context.Context) error {
			late = context.WithoutCancel(ctx)
			<-ended
			return nil
		})
		synctest.Wait()
		opener, waiter := s.attempt(late), s.attempt(late)
		close(ended)
		require.NoError(t, w.Wait())
		opener.waits(t)
		opens <- 5
		opener.failed(t, vigil.ErrEnded)
		waiter.failed(t, vigil.ErrEnded)
		s.attempt(late).failed(t, vigil.ErrEnded)
		require.Equal(t, vigil.PoolStats{Max: 1, Open: 1, Idle: 1, WaitCount: 1}, s.Stats())
		require.Zero(t, s.k.Stats().Bound)
		require.Equal(t, 5, number(s.get(t)))
		require.NoError(t, s.k.Shutdown(t.Context()))
	})
}

// What can never be right panics, in the package's name, and changes nothing.
func TestPoolMisuse(t *testing.T) {
	k := vigil.New(vigil.Options{})
	opens := func(context.Context) (int, error) { return 1, nil }
	p := vigil.NewPool(k, vigil.PoolOptions[int]{Max: 1, New: opens})
	var none context.Context
	makes := func(k *vigil.Keeper, o vigil.PoolOptions[int]) func() { return func() { vigil.NewPool(k, o) } }
	wrong := map[string]func(){
		"a nil keeper":   makes(nil, vigil.PoolOptions[int]{Max: 1, New: opens}),
		"Max 0":          makes(k, vigil.PoolOptions[int]{New: opens}),
		"Max -1":         makes(k, vigil.PoolOptions[int]{Max: -1, New: opens}),
		"a nil New":      makes(k, vigil.PoolOptions[int]{Max: 1}),
		"a nil context":  func() { _, _ = p.Acquire(none) },
		"Shutdown nil":   func() { _ = p.Shutdown(none) },
		"a lease of 0":   func() { _, _ = p.Acquire(t.Context(), vigil.Lease(0)) },
		"a negative one": func() { _, _ = p.Acquire(t.Context(), vigil.Lease(-1)) },
		"no Interrupt":   func() { _, _ = p.Acquire(t.Context(), vigil.Interrupt(nil)) },
		"negative Idle":  makes(k, vigil.PoolOptions[int]{Max: 1, New: opens, Idle: -1}),
	}
	for _, c := range []vigil.Cause{0, vigil.Canceled, vigil.Expired, vigil.Deadlocked, vigil.Shutdown, vigil.Shutdown + 1} {
		wrong["Reuse after "+c.String()] = makes(k, vigil.PoolOptions[int]{Max: 1, New: opens, Reuse: []vigil.Cause{c}})
	}
	for name, f := range wrong {
		t.Run(name, func(t *testing.T) {
			message, ok := testkit.Run(f).(string)
			require.True(t, ok, "no panic")
			require.Regexp(t, "^vigil: ", message)
		})
	}
	require.Equal(t, vigil.PoolStats{Max: 1}, p.Stats())
	g, err := p.Acquire(t.Context())
	require.NoError(t, err)
	require.NoError(t, g.Release())
}
