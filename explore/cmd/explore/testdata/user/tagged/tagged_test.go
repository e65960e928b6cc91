//go:build special

package tagged

import (
	"testing"

	"github.com/petiole-go/petiole/explore"
)

func TestExploreTagged(t *testing.T) {
	explore.Check(t, explore.Options{}, func(s *explore.S) {
		n := 0
		s.Go("a", func() { Locked(func() { n++ }) })
		s.Go("b", func() {})
		s.End(func() { s.Assert(n == 1, "n is %d", n) })
	})
}
