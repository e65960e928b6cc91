package semaphore_test

import (
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/semaphore"
)

// Of all who release a permit, or forget it, at once, one does.
func TestPermitEndsOnce(t *testing.T) {
	for range 500 {
		s := semaphore.New(10)
		p, ok := s.TryTake(3)
		require.True(t, ok)
		var released atomic.Int64
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				if i == 0 {
					p.Forget()
				} else if p.Release() {
					released.Add(1)
				}
			})
		}
		wg.Wait()
		stats := s.Stats()
		require.Zero(t, stats.InUse)
		require.EqualValues(t, 7+3*released.Load(), stats.Limit)
		require.False(t, p.Release())
		require.EqualValues(t, 3, p.N())
	}
}

// What was given back by the semaphore's own Release a permit cannot give back again; it panics, and
// nothing has changed.
func TestPermitReleasedBesideIt(t *testing.T) {
	s := semaphore.New(2)
	p, ok := s.TryTake(2)
	require.True(t, ok)
	s.Release(1)
	before := s.Stats()
	require.Equal(t, overReleased, testkit.Run(func() { p.Release() }))
	require.Equal(t, overReleased, testkit.Run(p.Forget))
	require.Equal(t, before, s.Stats())
	require.True(t, s.TryAcquire(1))
	require.True(t, p.Release())
}

// Forget of more than is owed shrinks the limit: those who want more than is left fail, and those behind them
// may be served. At 0 all others wait.
func TestForget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := semaphore.New(5)
		p, ok := s.TryTake(3)
		require.True(t, ok)
		require.True(t, s.TryAcquire(1))
		heavy := testkit.Waiting(1, func() error { return s.Acquire(t.Context(), 4) })
		light := testkit.Waiting(1, func() error { return s.Acquire(t.Context(), 1) })
		s.Resize(4)
		testkit.All(t, heavy, 0)
		p.Forget()
		require.EqualError(t, testkit.All(t, heavy, 1)[0], "semaphore: want 4, limit is 1")
		testkit.All(t, light, 0)
		s.Release(1)
		require.Equal(t, []error{nil}, testkit.All(t, light, 1))
		p, ok = s.TryTake(0)
		require.True(t, ok)
		p.Forget()
		require.EqualValues(t, 1, s.Stats().Limit)
		s.Release(1)
		p, ok = s.TryTake(1)
		require.True(t, ok)
		p.Forget()
		more := testkit.Waiting(1, func() error { return s.Acquire(t.Context(), 100) })
		testkit.All(t, more, 0)
		s.Grow(100)
		require.Equal(t, []error{nil}, testkit.All(t, more, 1))
	})
}

// leaks is what OnLeak reports, as text.
func leaks(s *semaphore.Semaphore) *sync.Map {
	var found sync.Map
	s.OnLeak(func(l semaphore.Leak) {
		frame, _ := runtime.CallersFrames(l.PCs).Next()
		found.Store(frame.Function[strings.LastIndexByte(frame.Function, '.')+1:], l.N)
	})
	return &found
}

func takesAndForgets(t *testing.T, s *semaphore.Semaphore) {
	_, err := s.Take(t.Context(), 2)
	require.NoError(t, err)
}

func triesAndForgets(t *testing.T, s *semaphore.Semaphore) {
	_, ok := s.TryTake(3)
	require.True(t, ok)
}

func givesBack(t *testing.T, s *semaphore.Semaphore, when func(*semaphore.Permit)) {
	p, err := s.Take(t.Context(), 1)
	require.NoError(t, err)
	when(p)
}

// A permit that nobody has given back and nobody can is reported, with where it was taken, and is held on. One
// that was given back is not, nor one from before or after the reports.
func TestLeak(t *testing.T) {
	s := semaphore.New(100)
	takesAndForgets(t, s)
	found := leaks(s)
	givesBack(t, s, func(p *semaphore.Permit) { p.Release() })
	givesBack(t, s, func(p *semaphore.Permit) { p.Forget() })
	takesAndForgets(t, s)
	triesAndForgets(t, s)
	s.OnLeak(nil)
	triesAndForgets(t, s)
	count := func() (n int) {
		found.Range(func(any, any) bool { n++; return true })
		return n
	}
	testkit.Collect(t, "two permits", func() bool { runtime.Gosched(); return count() >= 2 })
	later := semaphore.New(1) // whose permit goes after those that must not be reported
	last := leaks(later)
	givesBack(t, later, func(*semaphore.Permit) {})
	testkit.Collect(t, "a later one", func() bool { runtime.Gosched(); _, ok := last.Load("givesBack"); return ok })
	require.Equal(t, 2, count())
	n, _ := found.Load("takesAndForgets")
	require.EqualValues(t, 2, n)
	n, _ = found.Load("triesAndForgets")
	require.EqualValues(t, 3, n)
	require.EqualValues(t, 10, s.Stats().InUse)
}

// A permit that was taken in a bubble of testing/synctest may be found outside, and a report may panic or exit, but for
// its own goroutine.
func TestLeakFromBubble(t *testing.T) {
	s := semaphore.New(100)
	var found atomic.Int64
	s.OnLeak(func(l semaphore.Leak) {
		found.Add(l.N)
		runtime.Goexit()
	})
	synctest.Test(t, func(t *testing.T) { takesAndForgets(t, s) })
	takesAndForgets(t, s)
	testkit.Collect(t, "both", func() bool { runtime.Gosched(); return found.Load() == 4 })
}
