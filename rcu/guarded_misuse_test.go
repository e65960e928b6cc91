package rcu_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/rcu"
)

// A Release too many panics where it is noticed, and leaves the count as it was.
func TestGuardedDoubleRelease(t *testing.T) {
	const want = "rcu: Ref released more than once"
	eachWay(t, func(t *testing.T, g *pools) {
		r := g.Acquire()
		r.Release()
		require.PanicsWithValue(t, want, r.Release)
		var readers []rcu.Ref[pool]
		for range 20 {
			readers = append(readers, g.Acquire())
		}
		g.Store(&pool{2})
		for _, r := range readers {
			require.Empty(t, g.retired, "a reader was not counted")
			r.Release()
		}
		require.Equal(t, []int{1}, g.retired)
		require.PanicsWithValue(t, want, r.Release)
		require.Equal(t, []int{1}, g.retired, "retired again")
	})
}

// Many who release one Ref at once: one has released it, the others are told, and
// the value is still there and still retires.
func TestGuardedDoubleReleaseAtOnce(t *testing.T) {
	eachWay(t, func(t *testing.T, g *pools) {
		for range rounds(2000) {
			r := g.Acquire()
			var group sync.WaitGroup
			var released atomic.Int32
			for range 3 {
				group.Go(func() {
					if testkit.Run(r.Release) == nil {
						released.Add(1)
					}
				})
			}
			group.Wait()
			require.EqualValues(t, 1, released.Load())
		}
		require.Empty(t, g.retired)
		g.Store(&pool{2})
		require.Equal(t, []int{1}, g.retired)
	})
}

// Two Releases too many in the same moment do not retire the current value.
func TestGuardedDoubleReleaseMeetsAnother(t *testing.T) {
	eachWay(t, func(t *testing.T, g *pools) {
		r := g.Acquire()
		r.Release()
		r.Count().Add(-1) // the moment
		require.Panics(t, r.Release)
		r.Count().Add(1)
		require.Empty(t, g.retired)
		g.Store(&pool{2})
		require.Equal(t, []int{1}, g.retired)
	})
}

// If the value's last reader looks in the very moment in which a Release too
// many has not yet given back what it took, it is that Release that retires.
func TestGuardedDoubleReleaseMeetsTheLast(t *testing.T) {
	eachWay(t, func(t *testing.T, g *pools) {
		r := g.Acquire()
		r.Release()
		r.Count().Add(-1) // the moment
		g.Store(&pool{2})
		require.Empty(t, g.retired)
		r.Count().Add(1)
		require.Panics(t, r.Release)
		require.Equal(t, []int{1}, g.retired)
	})
}

// Two who come too late, at once, count themselves in and out of a value that has
// retired, and that is nothing.
func TestGuardedLateComers(t *testing.T) {
	eachWay(t, func(t *testing.T, g *pools) {
		r := g.Acquire()
		r.Release()
		g.Store(&pool{2})
		r.Count().Add(2) // both are in
		r.TurnAway()
		r.TurnAway()
		require.Equal(t, []int{1}, g.retired)
	})
}

// The zero value panics, each time, and says how to make one.
func TestGuardedZeroValue(t *testing.T) {
	var g rcu.Guarded[pool]
	for name, call := range map[string]func(){
		"Acquire":     func() { g.Acquire() },
		"Do":          func() { g.Do(func(*pool) {}) },
		"Store":       func() { g.Store(nil) },
		"Synchronize": func() { g.Synchronize(t.Context()) },
		"Stats":       func() { g.Stats() },
		"Close":       func() { g.Close() },
	} {
		for range 2 {
			require.PanicsWithValue(t, "rcu: a Guarded is made by NewGuarded", call, name)
		}
	}
	require.PanicsWithValue(t, "rcu: NewGuarded: retire is nil", func() { rcu.NewGuarded(new(1), nil) })
}
