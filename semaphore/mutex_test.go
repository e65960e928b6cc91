package semaphore_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/semaphore"
)

// A lock protects what it guards: the race detector sees if its edges are missing. Of an RWMutex there are readers too.
func TestLocksGuard(t *testing.T) {
	var m semaphore.Mutex
	var rw semaphore.RWMutex
	s := semaphore.New(1)
	k := semaphore.NewKeyed[string](1)
	for name, lock := range map[string]func() (unlock func()){
		"Mutex":       func() func() { m.Lock(); return m.Unlock },
		"LockContext": func() func() { _ = m.LockContext(t.Context()); return m.Unlock },
		"TryLock":     func() func() { spinUntil(m.TryLock); return m.Unlock },
		"RWMutex":     func() func() { rw.Lock(); return rw.Unlock },
		"its TryLock": func() func() { spinUntil(rw.TryLock); return rw.Unlock },
		"Semaphore":   func() func() { _ = s.Acquire(t.Context(), 1); return func() { s.Release(1) } },
		"TryAcquire":  func() func() { spinUntil(func() bool { return s.TryAcquire(1) }); return func() { s.Release(1) } },
		"Permit":      func() func() { p, _ := s.Take(t.Context(), 1); return func() { p.Release() } },
		"Keyed":       func() func() { p, _ := k.Take(t.Context(), "", 1); return func() { p.Release() } },
	} {
		t.Run(name, func(t *testing.T) {
			n, seen := 0, 0
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					for range 250 {
						unlock := lock()
						n++
						unlock()
					}
				})
			}
			if name == "RWMutex" || name == "its TryLock" {
				wg.Go(func() {
					for range 250 {
						rw.RLock()
						seen = n
						rw.RUnlock()
					}
				})
			}
			wg.Wait()
			require.Equal(t, 1000, n)
			require.LessOrEqual(t, seen, n)
		})
	}
}

func spinUntil(ok func() bool) {
	for !ok() {
		runtime.Gosched()
	}
}

// Who drains sees what was done before the last release.
func TestDrainSees(t *testing.T) {
	for range 200 {
		s := held(t, 2)
		n := [2]int{}
		for i := range n {
			go func() {
				n[i]++
				s.Release(1)
			}()
		}
		require.NoError(t, s.Drain(t.Context()))
		require.Equal(t, [2]int{1, 1}, n)
	}
}

// What leads the line goes together: one writer, or all readers up to the next writer. A writer that waits holds
// off the readers that come later, and one that gives up lets them go.
func TestRWMutexTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m semaphore.RWMutex
		m.RLocker().Lock()
		ctx, cancel := context.WithCancel(t.Context())
		read := func() error { return m.RLockContext(t.Context()) }
		first := testkit.Waiting(1, func() error { return m.LockContext(ctx) })
		readers := testkit.Waiting(2, read)
		second := testkit.Waiting(1, func() error { m.Lock(); return nil })
		late := testkit.Waiting(1, read)
		require.False(t, m.TryRLock())
		testkit.All(t, readers, 0)
		cancel()
		require.Equal(t, []error{context.Canceled}, testkit.All(t, first, 1))
		testkit.All(t, readers, 2)
		testkit.All(t, second, 0)
		require.Equal(t, "semaphore: Unlock of an RWMutex that is not locked for writing", testkit.Run(m.Unlock))
		m.RUnlock()
		m.RUnlock()
		m.RLocker().Unlock()
		testkit.All(t, second, 1)
		require.Equal(t, "semaphore: RUnlock of an RWMutex that is not locked for reading", testkit.Run(m.RUnlock))
		require.False(t, m.TryRLock())
		m.Unlock()
		testkit.All(t, late, 1)
		require.False(t, m.TryLock())
		require.True(t, m.TryRLock())
	})
}

// A Mutex goes to who has waited longest.
func TestMutexTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m semaphore.Mutex
		m.Lock()
		var turns []int
		for i := range 5 {
			go func() {
				m.Lock()
				turns = append(turns, i)
				m.Unlock()
			}()
			synctest.Wait()
		}
		require.False(t, m.TryLock())
		require.ErrorIs(t, m.LockContext(testkit.Ended()), context.Canceled)
		m.Unlock()
		synctest.Wait()
		require.Equal(t, []int{0, 1, 2, 3, 4}, turns)
		require.True(t, m.TryLock())
	})
}
