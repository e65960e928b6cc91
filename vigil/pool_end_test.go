package vigil_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/vigil"
)

// What has been idle for so long is closed at that moment, each by its own time; what is lent meanwhile begins anew when
// it comes back.
func TestPoolIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stocked(vigil.Options{}, vigil.PoolOptions[int]{Max: 3, Idle: 10 * time.Second})
		var gone []int
		until := func(d time.Duration, now ...int) { // closed at that time from here on, and not before
			t.Helper()
			time.Sleep(d - 1)
			synctest.Wait()
			require.Equal(t, gone, s.gone())
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			gone = append(gone, now...)
			require.Equal(t, gone, s.gone())
		}
		a, b, c := s.get(t), s.get(t), s.get(t)
		release(t, a)
		until(3 * time.Second)
		release(t, b, c)
		until(5 * time.Second)
		g := s.get(t)
		require.Equal(t, 3, number(g))
		until(2*time.Second, 1)
		release(t, g) // which is not the oldest
		until(3*time.Second, 2)
		until(7*time.Second, 3)
		require.Equal(t, vigil.PoolStats{Max: 3}, s.Stats())
	})
}

// An Acquire that is refused takes nothing, not for a moment: what is idle is closed when it would have been.
func TestPoolRefusedTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stocked(vigil.Options{}, vigil.PoolOptions[int]{Idle: 10 * time.Second})
		var late context.Context
		require.NoError(t, s.k.Go(t.Context(), "", func(ctx context.Context) error {
			late = context.WithoutCancel(ctx)
			return nil
		}).Wait())
		release(t, s.get(t))
		time.Sleep(9 * time.Second)
		s.attempt(late).failed(t, vigil.ErrEnded)
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, []int{1}, s.gone())
	})
}

// A pool that is a package's variable serves one bubble after the other, and what was lent in one may come back in the
// next. No timer is left behind if nothing is idle.
func TestPoolTwoBubbles(t *testing.T) {
	s := stocked(vigil.Options{}, vigil.PoolOptions[int]{Idle: time.Second})
	g := s.get(t)
	for n := range 2 {
		synctest.Test(t, func(t *testing.T) {
			a := s.attempt(t.Context())
			release(t, g)
			a.got(t, n+1)
			release(t, a.g)
			time.Sleep(time.Second)
			synctest.Wait()
			require.Len(t, s.gone(), n+1)
			release(t, s.get(t))
			g = s.get(t)
		})
	}
	require.Equal(t, 3, number(g))
	release(t, g)
	require.Equal(t, 3, number(s.get(t)))
}

// Reset closes what is idle, and what was lent or being opened when it comes back. What is opened afterwards is kept.
func TestPoolReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opens := make(chan int)
		s := stocked(vigil.Options{}, vigil.PoolOptions[int]{
			Max: 3, New: func(context.Context) (int, error) { return <-opens, nil },
		})
		open := func(n int) *vigil.Guard[int] {
			a := s.attempt(t.Context())
			opens <- n
			a.got(t, n)
			return a.g
		}
		idle, lent := open(1), open(2)
		release(t, idle)
		a, opening := s.attempt(t.Context()), s.attempt(t.Context())
		a.got(t, 1)
		release(t, a.g)
		s.Reset()
		require.Equal(t, []int{1}, s.gone())
		opens <- 3
		opening.got(t, 3)
		require.Equal(t, 2, number(lent), "it is still lent")
		release(t, lent, opening.g)
		require.Equal(t, []int{1, 2, 3}, s.gone())
		release(t, open(4))
		require.Equal(t, vigil.PoolStats{Max: 3, Open: 1, Idle: 1}, s.Stats())
	})
}

// Detach takes what was lent out of the pool, with a lease or without, and its place is for the next. It is not closed. The guard
// reaches nothing any more. P1
func TestPoolDetach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stocked(vigil.Options{}, vigil.PoolOptions[int]{})
		g := s.get(t, vigil.Lease(time.Hour))
		waiter := s.attempt(t.Context())
		n, ok := g.Detach()
		require.True(t, ok)
		require.Equal(t, 1, n)
		waiter.got(t, 2)
		_, ok = g.Detach()
		require.False(t, ok)
		require.ErrorIs(t, g.Release(), vigil.ErrReclaimed)
		_, ok = waiter.g.Detach()
		require.True(t, ok)
		require.Equal(t, vigil.PoolStats{Max: 1, WaitCount: 1}, s.Stats())
		require.Empty(t, s.gone())
	})
}

// Whoever was lent R before reaches nothing through his guard when the next has it; the token of the next is larger.
func TestPoolStaleGuard(t *testing.T) {
	s := stocked(vigil.Options{}, vigil.PoolOptions[int]{})
	old := s.get(t)
	release(t, old)
	g := s.get(t)
	require.Greater(t, g.Token(), old.Token())
	require.ErrorIs(t, old.Use(func(int) error { return nil }), vigil.ErrReclaimed)
	require.ErrorIs(t, old.Release(), vigil.ErrReclaimed)
	_, ok := old.Detach()
	require.False(t, ok)
	require.False(t, old.Beat())
	require.Equal(t, 1, number(g))
	require.Equal(t, vigil.PoolStats{Max: 1, Open: 1, InUse: 1}, s.Stats())
	release(t, g)
}

// When R is taken back while it is in use the pool's Interrupt is called, with R, and then those of that Acquire. Not by
// a Release.
func TestPoolInterrupt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []string
		says := func(what string) vigil.BindOption {
			return vigil.Interrupt(func() { calls = append(calls, what) })
		}
		s := stocked(vigil.Options{}, vigil.PoolOptions[int]{
			Interrupt: func(n int) { calls = append(calls, fmt.Sprint("the pool's, of ", n)) },
		})
		g := s.get(t, says("never"))
		require.NoError(t, g.Use(func(int) error { return g.Release() }))
		require.Empty(t, calls)
		g = s.get(t, says("first"), vigil.Lease(time.Second), says("second"))
		require.NoError(t, g.Use(func(int) error {
			time.Sleep(time.Second)
			synctest.Wait()
			return nil
		}))
		require.Equal(t, []string{"the pool's, of 1", "first", "second"}, calls)
	})
}

// A loan whose lease has ended is closed, beside the Use that goes on, and never goes back, though it was released before. The
// next gets another R, with a larger token.
func TestPoolLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stocked(vigil.Options{}, vigil.PoolOptions[int]{})
		g := s.get(t, vigil.Lease(time.Second))
		next := s.attempt(t.Context())
		require.NoError(t, g.Use(func(int) error {
			time.Sleep(time.Second - 1)
			next.waits(t)
			time.Sleep(time.Nanosecond)
			next.got(t, 2)
			require.Equal(t, []int{1}, s.gone())
			return nil
		}))
		require.ErrorIs(t, g.Release(), vigil.ErrReclaimed)
		require.Greater(t, next.g.Token(), g.Token())
		require.EqualValues(t, 1, s.k.Stats().Reclaimed[vigil.Expired])

		release(t, next.g)
		g = s.get(t, vigil.Lease(time.Second))
		require.NoError(t, g.Use(func(n int) error {
			require.Equal(t, 2, n)
			release(t, g)
			time.Sleep(time.Second)
			next = s.attempt(t.Context())
			next.got(t, 3)
			require.Equal(t, []int{1, 2}, s.gone())
			return next.g.Release()
		}))
		require.EqualValues(t, 1, s.k.Stats().Reclaimed[vigil.Expired])
	})
}

// Shutdown refuses who waits, who comes and who is opening one, closes what is idle, and waits until the rest has come
// back and is closed. If its context ends before, it says how many are out, and they are closed as they come. Many may
// call it, and again.
func TestPoolShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		opens := make(chan int)
		s := stocked(vigil.Options{}, vigil.PoolOptions[int]{Max: 4, Close: func(n int) error { return fmt.Errorf("%d is %w", n, broken) }})
		slow := vigil.PoolOptions[int]{Max: 4, New: func(context.Context) (int, error) { return <-opens, nil }, Close: s.close}
		p := &stock{Pool: vigil.NewPool(s.k, slow), k: s.k}

		a, b, lent := s.get(t), s.get(t), s.get(t)
		release(t, a, b)
		err := s.Shutdown(testkit.Ended())
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorContains(t, err, "1 is broken\n2 is broken")
		require.ErrorContains(t, err, "; 1 are out")
		require.Equal(t, 3, number(lent), "Shutdown of a pool leaves the loans alone")
		s.attempt(t.Context()).failed(t, vigil.ErrClosed)
		many := testkit.Waiting(3, func() error { return s.Shutdown(t.Context()) })
		testkit.All(t, many, 0)
		require.EqualError(t, lent.Release(), "3 is broken")
		require.Equal(t, []error{nil, nil, nil}, testkit.All(t, many, 3))
		require.NoError(t, s.Shutdown(testkit.Ended()), "that nothing is out is a fact")
		require.Equal(t, vigil.PoolStats{Max: 4}, s.Stats())

		var openers [4]*attempt
		for i := range openers {
			openers[i] = p.attempt(t.Context())
		}
		waiter := p.attempt(t.Context())
		over := testkit.Waiting(1, func() error { return p.Shutdown(t.Context()) })
		waiter.failed(t, vigil.ErrClosed)
		for i := range openers {
			testkit.All(t, over, 0)
			opens <- i
		}
		require.Equal(t, []error{nil}, testkit.All(t, over, 1))
		for _, a := range openers {
			a.failed(t, vigil.ErrClosed)
		}
		require.ElementsMatch(t, []int{0, 1, 2, 3}, s.gone())
		require.Equal(t, vigil.PoolStats{Max: 4, WaitCount: 1}, p.Stats())
	})
}

// Shutdown of the keeper refuses who waits and who comes, and closes what is lent; what is idle, or was being opened, stays
// for Shutdown of the pool.
func TestPoolKeeperShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opens := make(chan int, 4)
		s := stocked(vigil.Options{}, vigil.PoolOptions[int]{Max: 3, New: func(context.Context) (int, error) { return <-opens, nil }})
		opens <- 1
		opens <- 2
		idle, lent := s.get(t), s.get(t)
		opening := s.attempt(t.Context())
		waiter := s.attempt(t.Context())
		release(t, idle)
		waiter.got(t, 1)
		waiter, idle = s.attempt(t.Context()), waiter.g
		require.NoError(t, lent.Use(func(int) error { // so it comes back when the waiter has been refused
			require.ErrorIs(t, s.k.Shutdown(testkit.Ended()), context.Canceled)
			waiter.failed(t, vigil.ErrClosed)
			return nil
		}))
		require.NoError(t, s.k.Shutdown(t.Context()))
		require.ErrorIs(t, idle.Release(), vigil.ErrReclaimed)
		require.ElementsMatch(t, []int{1, 2}, s.gone())
		opens <- 3
		opening.failed(t, vigil.ErrClosed)
		s.attempt(t.Context()).failed(t, vigil.ErrClosed)
		require.Equal(t, vigil.PoolStats{Max: 3, Open: 1, Idle: 1, WaitCount: 2}, s.Stats())
		require.NoError(t, s.Shutdown(t.Context()))
		require.ElementsMatch(t, []int{1, 2, 3}, s.gone())
		require.Equal(t, vigil.PoolStats{Max: 3, WaitCount: 2}, s.Stats())
	})
}

// What its holder has forgotten the next who waits gets after a collection: another one, or the same if Reuse has Dropped. It is
// reported as the leak that it is.
func TestPoolForgotten(t *testing.T) {
	for name, reuse := range map[string][]vigil.Cause{"closed": nil, "reused": {vigil.Dropped}} {
		t.Run(name, func(t *testing.T) {
			leaks := make(chan vigil.Record, 1)
			s := stocked(vigil.Options{OnLeak: func(r vigil.Record) { leaks <- r }}, vigil.PoolOptions[int]{Reuse: reuse})
			token := s.get(t, vigil.Name("forgotten")).Token()
			got := make(chan *vigil.Guard[int], 1)
			go func() {
				g, _ := s.Acquire(t.Context())
				got <- g
			}()
			testkit.Collect(t, "what the pool has lent", func() bool { runtime.Gosched(); return len(got) == 1 })
			leak := <-leaks
			require.Equal(t, vigil.Dropped, leak.Cause)
			require.Equal(t, token, leak.ID)
			require.Equal(t, "forgotten", leak.Name)
			want := 2
			if reuse != nil {
				want = 1
			}
			g := <-got
			require.Equal(t, want, number(g))
			require.Equal(t, 1, s.Stats().Open)
			release(t, g)
		})
	}
}

// R may be anything: of no size, or nil.
func TestPoolAnyR(t *testing.T) {
	k := vigil.New(vigil.Options{})
	poolOfAny(t, k, struct{}{})
	poolOfAny[*int](t, k, nil)
	poolOfAny[error](t, k, nil)
	poolOfAny[func()](t, k, nil)
}

func poolOfAny[R any](t *testing.T, k *vigil.Keeper, r R) {
	opened, closed := 0, 0
	p := vigil.NewPool(k, vigil.PoolOptions[R]{
		Max:   2,
		New:   func(context.Context) (R, error) { opened++; return r, nil },
		Close: func(R) error { closed++; return nil },
		Check: func(R) error { return nil },
	})
	for range 3 {
		g, err := p.Acquire(t.Context())
		require.NoError(t, err)
		h, err := p.Acquire(t.Context())
		require.NoError(t, err)
		require.NotSame(t, g, h)
		require.NoError(t, g.Release())
		require.ErrorIs(t, g.Release(), vigil.ErrReclaimed)
		require.Equal(t, 1, p.Stats().InUse)
		require.NoError(t, h.Release())
	}
	require.NoError(t, p.Shutdown(t.Context()))
	require.Equal(t, [2]int{2, 2}, [2]int{opened, closed})
}

// At the instant at which it has been idle for too long an R is closed, never lent.
func TestPoolIdleInstant(t *testing.T) {
	for range 100 {
		synctest.Test(t, func(t *testing.T) {
			n := 0
			p := vigil.NewPool(vigil.New(vigil.Options{}), vigil.PoolOptions[int]{Max: 1, Idle: time.Second,
				New: func(context.Context) (int, error) { n++; return n, nil }})
			wait := time.NewTimer(time.Second)
			g, err := p.Acquire(t.Context())
			require.NoError(t, err)
			require.NoError(t, g.Release())
			<-wait.C
			g, err = p.Acquire(t.Context())
			require.NoError(t, err)
			require.Equal(t, 2, number(g))
			require.NoError(t, g.Release())
			require.NoError(t, p.Shutdown(t.Context()))
		})
	}
}

// A loan that nobody uses goes back, though its lease ends while it waits for its turn behind another reclaim.
func TestPoolReturnedInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := vigil.New(vigil.Options{})
		p := vigil.NewPool(k, vigil.PoolOptions[int]{Max: 1, New: func(context.Context) (int, error) { return 1, nil },
			Close: func(int) error { return errTest }})
		w := k.Go(t.Context(), "", func(ctx context.Context) error {
			_, err := p.Acquire(ctx, vigil.Lease(time.Second))
			require.NoError(t, err)
			_, err = vigil.Bind(ctx, k, 2, func(int, vigil.Record) error { time.Sleep(time.Minute); return nil })
			return err
		})
		require.NoError(t, w.Wait())
		require.EqualValues(t, 2, k.Stats().Reclaimed[vigil.Returned])
		require.Equal(t, 1, p.Stats().Idle)
	})
}
