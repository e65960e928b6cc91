package rcu_test

import (
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
