package programs

import (
	"testing"

	"github.com/petiole-go/petiole/explore"
)

func TestExploreAccount(t *testing.T)       { withdrawals(t, (*Account).Withdraw) }
func TestExploreAccountBroken(t *testing.T) { withdrawals(t, (*Account).BrokenWithdraw) }

func withdrawals(t *testing.T, withdraw func(*Account, int) bool) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		a := &Account{balance: 100}
		s.Go("rent", func() { withdraw(a, 80) })
		s.Go("food", func() { withdraw(a, 30) })
		s.End(func() { s.Assert(a.Balance() >= 0, "overdrawn: %d", a.Balance()) })
	})
}
