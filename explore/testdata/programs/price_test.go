package programs

import (
	"testing"

	"github.com/petiole-go/petiole/explore"
)

func TestExplorePrice(t *testing.T)       { price(t, (*Price).Set) }
func TestExplorePriceBroken(t *testing.T) { price(t, (*Price).BrokenSet) }

func price(t *testing.T, set func(p *Price, cents int64)) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		var p Price
		s.Go("buyer", func() {
			cents, ok := p.Get()
			s.Assert(!ok || cents == 99, "known to be %d", cents)
		})
		s.Go("seller", func() { set(&p, 99) })
	})
}
