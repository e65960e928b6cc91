package programs

import (
	"sync/atomic"
	"testing"

	"github.com/petiole-go/petiole/explore"
)

func TestExploreCounter(t *testing.T)       { increments(t, Increment) }
func TestExploreCounterBroken(t *testing.T) { increments(t, BrokenIncrement) }

func increments(t *testing.T, increment func(*atomic.Int64)) {
	explore.Check(t, explore.Options{}, func(s *explore.S) {
		var n atomic.Int64
		s.Go("a", func() { increment(&n) })
		s.Go("b", func() { increment(&n) })
		s.End(func() { s.Assert(n.Load() == 2, "2 increments, and n is %d", n.Load()) })
	})
}
