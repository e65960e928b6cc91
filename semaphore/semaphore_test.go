package semaphore_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/semaphore"
)

// held is a semaphore of limit, of which all is held.
func held(t *testing.T, limit int64) *semaphore.Semaphore {
	s := semaphore.New(limit)
	require.True(t, s.TryAcquire(limit))
	return s
}

// An ended context comes before closed, closed before a weight that is too large, and that before the line.
// What is nothing succeeds, whatever is held; but not if it is closed.
func TestWhatIsLookedAtFirst(t *testing.T) {
	for _, c := range []struct {
		name   string
		s      func() *semaphore.Semaphore
		ended  bool
		n      int64
		want   error
		counts int64
	}{
		{"ended", func() *semaphore.Semaphore { return semaphore.New(1) }, true, 1, context.Canceled, 0},
		{"ended, nothing", func() *semaphore.Semaphore { return semaphore.New(1) }, true, 0, context.Canceled, 0},
		{"ended and closed", closedOne, true, 1, context.Canceled, 0},
		{"closed, too large", closedOne, false, 2, semaphore.ErrClosed, 0},
		{"closed, nothing", closedOne, false, 0, semaphore.ErrClosed, 0},
		{"too large", func() *semaphore.Semaphore { return held(t, 1) }, false, 2, semaphore.ErrTooLarge, 1},
		{"too large for all", func() *semaphore.Semaphore { return semaphore.New(0) }, false, semaphore.MaxLimit + 1, semaphore.ErrTooLarge, 0},
		{"nothing of a full one", func() *semaphore.Semaphore { return held(t, 1) }, false, 0, nil, 2},
		{"nothing of a paused one", func() *semaphore.Semaphore { return new(semaphore.Semaphore) }, false, 0, nil, 1},
		{"nothing in debt", func() *semaphore.Semaphore {
			s := held(t, 2)
			s.Resize(1)
			return s
		}, false, 0, nil, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				if c.ended {
					cancel()
				}
				s := c.s()
				require.ErrorIs(t, s.Acquire(ctx, c.n), c.want)
				require.Equal(t, c.counts, s.Stats().Acquired)
				p, err := c.s().Take(ctx, c.n)
				require.ErrorIs(t, err, c.want)
				require.Equal(t, c.want == nil, p != nil)
				if !c.ended {
					s = c.s()
					p, ok := s.TryTake(c.n)
					require.Equal(t, c.want == nil, ok)
					require.Equal(t, ok, p != nil)
					require.Equal(t, ok, c.s().TryAcquire(c.n))
					require.Equal(t, c.counts, s.Stats().Acquired)
				}
			})
		})
	}
}

func closedOne() *semaphore.Semaphore {
	s := semaphore.New(1)
	s.Close()
	s.Close()
	return s
}

// Misuse panics, says whose it is, and has changed nothing. It comes before an ended context.
func TestMisuse(t *testing.T) {
	s := held(t, 2)
	p := new(semaphore.Permit)
	failed, _ := s.TryTake(1)
	keyed := semaphore.NewKeyed[any](1)
	taken, ok := keyed.TryTake("used", 1)
	require.True(t, ok)
	nothing, ok := keyed.TryTake("used", 0)
	require.True(t, ok)
	var zero semaphore.Keyed[int]
	before, keys := s.Stats(), keyed.Stats()
	var none context.Context
	for name, c := range map[string]struct {
		f    func()
		want string
	}{
		"New":                   {func() { semaphore.New(-1) }, "semaphore: a limit of -1"},
		"New, too much":         {func() { semaphore.New(semaphore.MaxLimit + 1) }, "semaphore: a limit of 1152921504606846977"},
		"Acquire":               {func() { _ = s.Acquire(testkit.Ended(), -1) }, "semaphore: a weight of -1"},
		"Acquire, no context":   {func() { _ = s.Acquire(none, 1) }, "semaphore: a nil context"},
		"Drain, no context":     {func() { _ = s.Drain(none) }, "semaphore: a nil context"},
		"TryAcquire":            {func() { s.TryAcquire(-1) }, "semaphore: a weight of -1"},
		"Take":                  {func() { _, _ = s.Take(testkit.Ended(), -1) }, "semaphore: a weight of -1"},
		"TryTake":               {func() { s.TryTake(-1) }, "semaphore: a weight of -1"},
		"Release":               {func() { s.Release(-1) }, "semaphore: a weight of -1"},
		"Release, more":         {func() { s.Release(3) }, "semaphore: released more than held"},
		"Release, much more":    {func() { s.Release(math.MaxInt64) }, "semaphore: released more than held"},
		"With":                  {func() { _ = s.With(testkit.Ended(), 1, nil) }, "semaphore: With without a function"},
		"With, a weight":        {func() { _ = s.With(testkit.Ended(), -1, func() error { return nil }) }, "semaphore: a weight of -1"},
		"Resize":                {func() { s.Resize(-1) }, "semaphore: a limit of -1"},
		"Resize, too much":      {func() { s.Resize(semaphore.MaxLimit + 1) }, "semaphore: a limit of 1152921504606846977"},
		"Grow":                  {func() { s.Grow(-3) }, "semaphore: a limit of 2 and -3 more"},
		"Grow, too much":        {func() { s.Grow(semaphore.MaxLimit - 1) }, "semaphore: a limit of 2 and 1152921504606846975 more"},
		"Grow, far too much":    {func() { s.Grow(math.MaxInt64) }, "semaphore: a limit of 2 and 9223372036854775807 more"},
		"Grow, far too little":  {func() { s.Grow(math.MinInt64) }, "semaphore: a limit of 2 and -9223372036854775808 more"},
		"a Permit's N":          {func() { p.N() }, "semaphore: a Permit that no Take or TryTake has returned"},
		"a Permit's Release":    {func() { p.Release() }, "semaphore: a Permit that no Take or TryTake has returned"},
		"a failed Take's":       {func() { failed.Release() }, "semaphore: a Permit that no Take or TryTake has returned"},
		"a Permit's Forget":     {func() { p.Forget() }, "semaphore: a Permit that no Take or TryTake has returned"},
		"NewKeyed":              {func() { semaphore.NewKeyed[int](0) }, "semaphore: a limit of 0"},
		"NewKeyed, too much":    {func() { semaphore.NewKeyed[int](semaphore.MaxLimit + 1) }, "semaphore: a limit of 1152921504606846977"},
		"a zero Keyed's Take":   {func() { _, _ = zero.Take(testkit.Ended(), 1, 1) }, "semaphore: a Keyed that was not made by NewKeyed"},
		"a zero Keyed, TryTake": {func() { zero.TryTake(1, 1) }, "semaphore: a Keyed that was not made by NewKeyed"},
		"Keyed":                 {func() { _, _ = keyed.Take(testkit.Ended(), 1, -1) }, "semaphore: a weight of -1"},
		"Keyed, Try":            {func() { keyed.TryTake(1, -1) }, "semaphore: a weight of -1"},
		"Keyed, no context":     {func() { _, _ = keyed.Take(none, 1, 1) }, "semaphore: a nil context"},
		"a NaN":                 {func() { keyed.TryTake(math.NaN(), 1) }, "semaphore: a key that cannot be used: NaN is not equal to itself"},
		"a slice":               {func() { keyed.TryTake([]int{}, 1) }, "semaphore: a key that cannot be used: runtime error: comparing uncomparable type []int"},
		"a slice inside": {
			func() { _, _ = keyed.Take(t.Context(), [1]any{[]int{}}, 1) },
			"semaphore: a key that cannot be used: runtime error: comparing uncomparable type []int",
		},
		"Forget of a key's 0": {nothing.Forget, "semaphore: Forget of a key's permit"},
		"LockContext":         {func() { _ = new(semaphore.Mutex).LockContext(none) }, "semaphore: a nil context"},
		"RLockContext":        {func() { _ = new(semaphore.RWMutex).RLockContext(none) }, "semaphore: a nil context"},
		"Forget of a key's":   {taken.Forget, "semaphore: Forget of a key's permit"},
		"Unlock":              {func() { new(semaphore.Mutex).Unlock() }, "semaphore: Unlock of a Mutex that is not locked"},
		"RWMutex, Unlock": {
			func() { new(semaphore.RWMutex).Unlock() }, "semaphore: Unlock of an RWMutex that is not locked for writing",
		},
		"RWMutex, RUnlock": {
			func() { new(semaphore.RWMutex).RUnlock() }, "semaphore: RUnlock of an RWMutex that is not locked for reading",
		},
	} {
		require.Equal(t, c.want, testkit.Run(c.f), name)
	}
	require.Equal(t, before, s.Stats())
	require.Equal(t, keys, keyed.Stats())
	require.Equal(t, 1, keyed.Len())
}

// With gives back what it took, however its function ends.
func TestWith(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		oops := errors.New("oops")
		s := semaphore.New(2)
		in := func(then func() error) func() error {
			return func() error {
				require.EqualValues(t, 2, s.Stats().InUse)
				return then()
			}
		}
		require.Equal(t, oops, s.With(ctx, 2, in(func() error { return oops })))
		require.Equal(t, "oops", testkit.Run(func() { _ = s.With(ctx, 2, in(func() error { panic("oops") })) }))
		require.Equal(t, testkit.Exited, testkit.Run(func() {
			_ = s.With(ctx, 2, in(func() error { runtime.Goexit(); return nil }))
		}))
		require.Zero(t, s.Stats().InUse)
		require.ErrorIs(t, s.With(ctx, 3, func() error { panic("called") }), semaphore.ErrTooLarge)
	})
}

// Drain is about what is held, and nothing else: it wins over an ended context when nothing is, waits for
// permits that pass from one to the next, and goes on through a Close.
func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := semaphore.New(1)
		require.NoError(t, s.Drain(testkit.Ended()))
		require.NoError(t, s.Acquire(t.Context(), 1))
		require.ErrorIs(t, s.Drain(testkit.Ended()), context.Canceled)
		drained := testkit.Waiting(2, func() error { return s.Drain(t.Context()) })
		next := testkit.Waiting(1, func() error { return s.Acquire(t.Context(), 1) })
		require.EqualValues(t, 1, s.Stats().Waiting, "who drains is in no figure")
		s.Release(1)
		require.Equal(t, []error{nil}, testkit.All(t, next, 1))
		s.Close()
		testkit.All(t, drained, 0)
		s.Release(1)
		require.Equal(t, []error{nil, nil}, testkit.All(t, drained, 2))
	})
}

// The weight of those who wait is told as long as an int64 can, and comes back from there.
func TestWaitingWeight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := held(t, semaphore.MaxLimit)
		ctx, cancel := context.WithCancel(t.Context())
		few := testkit.Waiting(7, func() error { return s.Acquire(t.Context(), semaphore.MaxLimit) })
		require.EqualValues(t, 7*semaphore.MaxLimit, s.Stats().WaitingWeight)
		many := testkit.Waiting(50, func() error { return s.Acquire(ctx, semaphore.MaxLimit) })
		require.EqualValues(t, int64(math.MaxInt64), s.Stats().WaitingWeight)
		cancel()
		testkit.All(t, many, 50)
		require.EqualValues(t, 7*semaphore.MaxLimit, s.Stats().WaitingWeight)
		s.Close()
		testkit.All(t, few, 7)
		require.Zero(t, s.Stats().WaitingWeight)
	})
}
