package rcu_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/rcu"
)

// Updates of a cell are one after the other: none is lost, under every schedule.
func TestExploreCellUpdate(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		var c rcu.Cell[int]
		c.Store(new(int))
		for _, name := range []string{"a", "b"} {
			s.Go(name, func() { c.Update(func(old *int) *int { n := *old + 1; return &n }) })
		}
		s.End(func() { s.Assert(*c.Load() == 2, "%d of 2 updates", *c.Load()) })
	})
}

// A value is retired once, after the reader that holds it, whatever else is stored.
func TestExploreGuardedRetiresOnceAfterItsReader(t *testing.T) {
	explore.Check(t, explore.Options{}, func(s *explore.S) {
		type value struct{ held, retired atomic.Int32 }
		first, second := new(value), new(value)
		g := rcu.NewGuarded(first, func(v *value) {
			s.Assert(v.held.Load() == 0, "retired while it is held")
			v.retired.Add(1)
		})
		s.Go("reader", func() {
			ref := g.Acquire()
			defer ref.Release()
			if v := ref.Value(); v != nil {
				v.held.Add(1)
				s.Assert(v.retired.Load() == 0, "acquired after it was retired")
				v.held.Add(-1)
			}
		})
		s.Go("writer", func() { g.Store(second) })
		s.End(func() {
			s.Assert(g.Close() == nil && g.Synchronize(context.Background()) == nil, "closing fails")
			s.Assert(first.retired.Load() == 1 && second.retired.Load() == 1,
				"retired %d and %d times", first.retired.Load(), second.retired.Load())
		})
	})
}
