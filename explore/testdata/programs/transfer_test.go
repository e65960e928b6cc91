package programs

import (
	"testing"

	"github.com/petiole-go/petiole/explore"
)

func TestExploreTransfer(t *testing.T)       { transfers(t, Transfer) }
func TestExploreTransferBroken(t *testing.T) { transfers(t, BrokenTransfer) }

func transfers(t *testing.T, transfer func(from, to *Purse, n int)) {
	explore.Check(t, explore.Options{}, func(s *explore.S) {
		a, b := &Purse{id: 1, coins: 10}, &Purse{id: 2, coins: 10}
		s.Go("there", func() { transfer(a, b, 3) })
		s.Go("back", func() { transfer(b, a, 5) })
		s.End(func() { s.Assert(a.coins == 12 && b.coins == 8, "%d and %d coins", a.coins, b.coins) })
	})
}
