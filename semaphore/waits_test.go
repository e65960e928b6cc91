package semaphore_test

import (
	"context"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/semaphore"
)

// A place is one of each type, of which all is held, in all of this package's ways to wait.
type place struct {
	s  *semaphore.Semaphore
	m  semaphore.Mutex
	rw semaphore.RWMutex
	k  *semaphore.Keyed[string]
	of *semaphore.Permit // of the key
}

func newPlace(t *testing.T) *place {
	p := &place{s: held(t, 2), k: semaphore.NewKeyed[string](1)}
	p.hold(t)
	return p
}

func (p *place) hold(t *testing.T) {
	require.True(t, p.m.TryLock())
	require.True(t, p.rw.TryLock())
	of, ok := p.k.TryTake("key", 1)
	require.True(t, ok)
	p.of = of
}

func (p *place) free() {
	p.m.Unlock()
	p.rw.Unlock()
	p.of.Release()
}

var waits = map[string]func(p *place, ctx context.Context) error{
	"Acquire":   func(p *place, ctx context.Context) error { return p.s.Acquire(ctx, 1) },
	"Take":      func(p *place, ctx context.Context) error { _, err := p.s.Take(ctx, 1); return err },
	"With":      func(p *place, ctx context.Context) error { return p.s.With(ctx, 1, func() error { return nil }) },
	"Drain":     func(p *place, ctx context.Context) error { return p.s.Drain(ctx) },
	"Mutex":     func(p *place, ctx context.Context) error { return p.m.LockContext(ctx) },
	"RWMutex":   func(p *place, ctx context.Context) error { return p.rw.LockContext(ctx) },
	"RWMutex.R": func(p *place, ctx context.Context) error { return p.rw.RLockContext(ctx) },
	"Keyed":     func(p *place, ctx context.Context) error { _, err := p.k.Take(ctx, "key", 1); return err },
}

// odd is a context of the user's own making.
type odd struct {
	context.Context
	done func() <-chan struct{}
}

func (o odd) Done() <-chan struct{} { return o.done() }

// Whose context panics or exits when it is asked for its Done has left, and stands in nobody's way.
func TestContextPanics(t *testing.T) {
	for name, wait := range waits {
		for how, end := range map[string]func(){"panics": func() { panic("odd") }, "exits": runtime.Goexit} {
			p := newPlace(t)
			require.NotNil(t, testkit.Run(func() {
				_ = wait(p, odd{t.Context(), func() <-chan struct{} { end(); return nil }})
			}), name, how)
			require.Zero(t, p.s.Stats().Waiting+p.k.Stats().Waiting, name, how)
			p.free()
			p.hold(t)
		}
	}
}

// One that panics when it has been granted what it waited for holds nothing: nobody else would
// give it back. But if somebody has, who released more than was theirs, then that is all.
func TestContextPanicsWhenGranted(t *testing.T) {
	for name, c := range map[string]struct {
		before func(s *semaphore.Semaphore)
		inUse  int64
	}{
		"granted":          {func(s *semaphore.Semaphore) { s.Release(1) }, 0},
		"granted, no more": {func(s *semaphore.Semaphore) { s.Release(1); s.Release(1) }, 0},
		"refused":          {(*semaphore.Semaphore).Close, 1},
	} {
		s := held(t, 1)
		require.Equal(t, "odd", testkit.Run(func() {
			_ = s.Acquire(odd{t.Context(), func() <-chan struct{} {
				c.before(s)
				panic("odd")
			}}, 1)
		}), name)
		require.Equal(t, c.inUse, s.Stats().InUse, name)
	}
}

// How long one waited goes from when it stood in line until it was decided, whether it slept or not, and
// whatever its context does then. It stops where a Duration does.
func TestWaitDuration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := held(t, 1)
		require.NoError(t, s.Acquire(odd{t.Context(), func() <-chan struct{} {
			time.Sleep(time.Hour) // before it sleeps in line
			s.Release(1)
			time.Sleep(time.Hour)
			return nil
		}}, 1))
		require.Equal(t, time.Hour, s.Stats().WaitDuration)
		many := testkit.Waiting(10_000, func() error { return s.Acquire(t.Context(), 1) })
		time.Sleep(11 * 24 * time.Hour)
		s.Close()
		testkit.All(t, many, 10_000)
		require.EqualValues(t, int64(math.MaxInt64), s.Stats().WaitDuration)
		require.Equal(t, 11*24*time.Hour, s.Stats().MaxWait)
	})
}

// One that waits outside and is released from inside a bubble, whose clock is another, spoils no figure.
func TestWaitDecidedElsewhere(t *testing.T) {
	s := held(t, 1)
	done := make(chan error)
	go func() { done <- s.Acquire(context.Background(), 1) }()
	testkit.Poll(t, "it waits", func() bool { return s.Stats().Waiting == 1 })
	synctest.Test(t, func(*testing.T) { s.Release(1) })
	require.NoError(t, <-done)
	require.Zero(t, s.Stats().WaitDuration)
}

// A context that says it is done, and not why, is one that was cancelled: no wait in vain is a
// success.
func TestContextWithoutError(t *testing.T) {
	done := make(chan struct{})
	close(done)
	for name, wait := range waits {
		require.ErrorIs(t, wait(newPlace(t), odd{context.Background(), func() <-chan struct{} { return done }}), context.Canceled, name)
	}
}

var everywhere = semaphore.New(1)

// A semaphore, a lock and a key that are used in one bubble after the other, and outside, keep nothing of any of
// them, also of those who gave up there.
func TestBubbles(t *testing.T) {
	p := newPlace(t)
	use := func(t *testing.T) {
		require.NoError(t, everywhere.With(t.Context(), 1, func() error {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			require.ErrorIs(t, everywhere.Acquire(ctx, 1), context.DeadlineExceeded)
			return nil
		}))
		for name, wait := range waits {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			require.ErrorIs(t, wait(p, ctx), context.DeadlineExceeded, name)
			cancel()
		}
		var served sync.WaitGroup
		served.Go(func() { p.m.Lock() })
		served.Go(func() { p.rw.RLock() })
		served.Go(func() { p.of, _ = p.k.Take(t.Context(), "key", 1) })
		for range 100 {
			runtime.Gosched()
		}
		of := p.of
		p.m.Unlock()
		p.rw.Unlock()
		of.Release()
		served.Wait()
		p.rw.RUnlock()
		p.rw.Lock()
	}
	use(t)
	for range 2 {
		synctest.Test(t, use)
	}
	use(t)
}

// Ten thousand who gave up behind one that waits are gone.
func TestGivenUpLeaveNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := held(t, 2)
		live := testkit.Waiting(1, func() error { return s.Acquire(t.Context(), 2) })
		ctx, cancel := context.WithCancel(t.Context())
		many := testkit.Waiting(10_000, func() error { return s.Acquire(ctx, 1) })
		require.EqualValues(t, 10_001, s.Stats().Waiting)
		cancel()
		for _, err := range testkit.All(t, many, 10_000) {
			require.ErrorIs(t, err, context.Canceled)
		}
		stats := s.Stats()
		require.EqualValues(t, 1, stats.Waiting)
		require.EqualValues(t, 2, stats.WaitingWeight)
		s.Release(2)
		require.Equal(t, []error{nil}, testkit.All(t, live, 1))
	})
}

// What need not wait allocates nothing, and a Permit that stays with its taker neither.
func TestAllocations(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := semaphore.New(2)
	var m semaphore.Mutex
	var rw semaphore.RWMutex
	k := semaphore.NewKeyed[string](2)
	locked := 0
	hold, ok := k.TryTake("key", 1)
	require.True(t, ok)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if s.Acquire(ctx, 1) == nil {
			s.Release(1)
		}
		if p, err := s.Take(ctx, 1); err == nil {
			p.Release()
		}
		if p, ok := s.TryTake(1); ok {
			p.Forget()
			s.Grow(1)
		}
		for _, key := range []string{"key", "another"} { // one that is in use, and one that comes and goes
			if p, err := k.Take(ctx, key, 1); err == nil {
				p.Release()
			}
		}
		for _, l := range []sync.Locker{&m, &rw, rw.RLocker()} {
			l.Lock()
			locked++
			l.Unlock()
		}
	}))
	hold.Release()
	var kept atomic.Pointer[semaphore.Permit]
	require.EqualValues(t, 1, testing.AllocsPerRun(100, func() {
		p, _ := s.Take(ctx, 1)
		kept.Store(p)
		p.Release()
	}))
}
