package rcu_test

import (
	"testing"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/rcu"
)

// All who look at one snapshot get one result for it, also those who began with an
// older one, and nobody gets that of an older after that of a newer. I1, I3
func TestExploreMapOneResult(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		var c rcu.Cell[int]
		c.Store(new(0))
		view := rcu.Map(&c, func(v *int) *int { return new(*v) })
		var got [2][2]*int
		for i, name := range []string{"a", "b"} {
			s.Go(name, func() { got[i] = [2]*int{view.Load(), view.Load()} })
		}
		s.Go("writer", func() { c.Store(new(1)) })
		s.End(func() {
			var result [2]*int // of each snapshot
			for _, views := range got {
				s.Assert(*views[0] <= *views[1], "%d after %d", *views[1], *views[0])
				for _, v := range views {
					s.Assert(result[*v] == nil || result[*v] == v, "two results for %d", *v)
					result[*v] = v
				}
			}
		})
	})
}

// Once somebody has found that the source is empty, or newer, the view keeps no
// older snapshot, though a reader of that may have been on its way. I2
func TestExploreMapKeepsNoOlder(t *testing.T) {
	for name, next := range map[string]*int{"empty": nil, "newer": new(1)} {
		t.Run(name, func(t *testing.T) {
			explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
				var c rcu.Cell[int]
				first := new(0)
				c.Store(first)
				view := rcu.Map(&c, func(v *int) *int { return v })
				s.Go("reader", func() { view.Load() })
				s.Go("writer", func() {
					c.Store(next)
					s.Assert(view.Load() == next, "an older view")
				})
				s.End(func() { s.Assert(view.Kept() != first, "kept what was replaced") })
			})
		})
	}
}
