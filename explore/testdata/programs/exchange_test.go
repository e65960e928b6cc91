package programs

import (
	"testing"

	"github.com/petiole-go/petiole/explore"
)

func TestExploreExchange(t *testing.T)     { exchange(t, NewExchange) }
func TestExploreExchangeRacy(t *testing.T) { exchange(t, NewRacyExchange) }

// A goroutine runs on to its first operation that others can see before anything is
// decided, so that right is always there when it is read.
func exchange(t *testing.T, build func() *Exchange) {
	explore.Check(t, explore.Options{}, func(s *explore.S) {
		e := build()
		s.Go("left", func() { s.Assert(e.Left("tea") == "cake", "no cake") })
		s.Go("right", func() { s.Assert(e.Right("cake") == "tea", "no tea") })
	})
}
