package semaphore_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/semaphore"
)

// Who has read of a semaphore that went wrong finds here what it does with this one.

// A heavy call that leaves the head of the line strands nobody behind it, though nothing was
// released (golang/go#37852, embassy #6964).
func TestCancelledHead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := semaphore.New(3)
		require.True(t, s.TryAcquire(1))
		ctx, cancel := context.WithCancel(t.Context())
		heavy := testkit.Waiting(1, func() error { return s.Acquire(ctx, 3) })
		light := testkit.Waiting(3, func() error { return s.Acquire(t.Context(), 1) })
		testkit.All(t, light, 0)
		cancel()
		require.Equal(t, []error{context.Canceled}, testkit.All(t, heavy, 1))
		synctest.Wait()
		require.Len(t, light, 2)
		s.Release(1)
		require.Equal(t, []error{nil, nil, nil}, testkit.All(t, light, 3))
	})
}

// Until it has left the line a waiter has what is granted, whichever of the grant and the end of its context
// came first, and Acquire says so: no permit is lost (Netflix concurrency-limits #179, Kotlin coroutines #2233).
func TestGrantMeetsCancel(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(s *semaphore.Semaphore, cancel func())
		want []error // one of them
	}{
		"granted, cancelled":        {func(s *semaphore.Semaphore, cancel func()) { s.Release(1); cancel() }, []error{nil}},
		"cancelled, left, released": {func(s *semaphore.Semaphore, cancel func()) { cancel(); synctest.Wait(); s.Release(1) }, []error{context.Canceled}},
		"cancelled, and released": {
			func(s *semaphore.Semaphore, cancel func()) { cancel(); s.Release(1) }, []error{nil, context.Canceled},
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := held(t, 1)
			ctx, cancel := context.WithCancel(t.Context())
			errs := testkit.Waiting(1, func() error { return s.Acquire(ctx, 1) })
			c.do(s, cancel)
			err := testkit.All(t, errs, 1)[0]
			require.Contains(t, c.want, err, name)
			require.Equal(t, err != nil, s.TryAcquire(1), name)
		})
	}
}

// What was granted to one that has not run yet is not to be had by another (anyio #1170).
func TestGrantedIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := held(t, 1)
		errs := testkit.Waiting(1, func() error { return s.Acquire(t.Context(), 1) })
		s.Release(1)
		require.False(t, s.TryAcquire(1))
		require.EqualValues(t, 1, s.Stats().InUse)
		require.Equal(t, []error{nil}, testkit.All(t, errs, 1))
	})
}

// A release serves as many as it reaches, at once, and no more.
func TestReleaseServesSeveral(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := held(t, 4)
		errs := testkit.Waiting(10, func() error { return s.Acquire(t.Context(), 1) })
		s.Release(3)
		require.EqualValues(t, 7, s.Stats().Waiting)
		require.Equal(t, []error{nil, nil, nil}, testkit.All(t, errs, 3))
		s.Release(4)
		s.Release(4)
		testkit.All(t, errs, 7)
	})
}

// A light call that never waits does not overtake a heavy one that does.
func TestTryDoesNotOvertake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := semaphore.New(3)
		require.True(t, s.TryAcquire(1))
		errs := testkit.Waiting(1, func() error { return s.Acquire(t.Context(), 3) })
		require.False(t, s.TryAcquire(1))
		_, ok := s.TryTake(1)
		require.False(t, ok)
		s.Release(1)
		require.Equal(t, []error{nil}, testkit.All(t, errs, 1))
	})
}

// A heavy call comes to its turn, however many light ones come and go meanwhile.
func TestHeavyIsServed(t *testing.T) {
	s := semaphore.New(4)
	var over atomic.Bool
	var light sync.WaitGroup
	for range 8 {
		light.Go(func() {
			for !over.Load() {
				if s.Acquire(t.Context(), 1) != nil {
					return
				}
				s.Release(1)
			}
		})
	}
	for range 100 {
		require.NoError(t, s.Acquire(t.Context(), 4))
		require.EqualValues(t, 4, s.Stats().InUse)
		s.Release(4)
	}
	over.Store(true)
	light.Wait()
}

// Those who are patient are served in a storm of those who give up after a microsecond (JDK-8386085).
func TestTimeoutStorm(t *testing.T) {
	s := semaphore.New(2)
	var over atomic.Bool
	var gaveUp atomic.Int64
	var hasty sync.WaitGroup
	for range 8 {
		hasty.Go(func() {
			for !over.Load() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Microsecond)
				if s.Acquire(ctx, 1) == nil {
					s.Release(1)
				} else {
					gaveUp.Add(1)
				}
				cancel()
			}
		})
	}
	for n := 0; n < 300 || gaveUp.Load() == 0; n++ {
		require.NoError(t, s.Acquire(t.Context(), 2))
		s.Release(2)
	}
	over.Store(true)
	hasty.Wait()
	require.Zero(t, s.Stats().InUse)
}

// Whatever is done beside it, after a Close nothing is granted (tokio #8020).
func TestClosedStays(t *testing.T) {
	for range 300 {
		s := semaphore.New(2)
		var wg sync.WaitGroup
		var isClosed, late atomic.Bool
		for i := range 4 {
			wg.Go(func() {
				for last := false; !last; {
					last = isClosed.Load() // so all of them call once more after the Close
					if s.TryAcquire(1) {
						if last {
							late.Store(true)
						}
						s.Release(1)
					}
					s.Resize(1 + int64(i%2))
				}
			})
		}
		s.Close()
		isClosed.Store(true)
		wg.Wait()
		require.False(t, late.Load(), "granted after the Close")
		require.ErrorIs(t, s.Acquire(t.Context(), 1), semaphore.ErrClosed)
	}
}

// Who holds many keys, each with others waiting for it, is not in its own way; and a key that comes
// back is as new.
func TestKeysAreIndependent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := semaphore.NewKeyed[int](1)
		const keys = 500
		for range 2 {
			var mine []*semaphore.Permit
			for key := range keys {
				p, err := k.Take(t.Context(), key, 1)
				require.NoError(t, err)
				mine = append(mine, p)
			}
			key := new(atomic.Int64)
			others := testkit.Waiting(keys, func() error {
				p, err := k.Take(t.Context(), int(key.Add(1)-1), 1)
				if err == nil {
					p.Release()
				}
				return err
			})
			testkit.All(t, others, 0)
			for _, p := range mine {
				p.Release()
			}
			for _, err := range testkit.All(t, others, keys) {
				require.NoError(t, err)
			}
			require.Zero(t, k.Len())
			require.Zero(t, k.Stats().InUse)
		}
	})
}
