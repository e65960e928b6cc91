package outside_test

import (
	"sync"
	"testing"

	"example.com/user/lib"
	"example.com/user/outside"
	"github.com/petiole-go/petiole/explore"
)

func TestExploreOutside(t *testing.T) {
	explore.Check(t, explore.Options{}, func(s *explore.S) {
		var mu sync.Mutex
		var c outside.Counter
		for _, name := range []string{"a", "b", "c"} {
			s.Go(name, func() { c.Add(&mu); lib.With(&mu, func() {}) })
		}
		s.End(func() { s.Assert(c.Count() == 3, "n is %d", c.Count()) })
	})
}
