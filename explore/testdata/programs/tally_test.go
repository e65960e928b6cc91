package programs

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/petiole-go/petiole/explore"
)

func TestExploreTally(t *testing.T)     { votes(t, (*Tally).Vote) }
func TestExploreTallyRacy(t *testing.T) { votes(t, (*Tally).RacyVote) }

// The vote comes after what announces it. A lock of one's own orders nothing.
func TestExploreTallyRacyLate(t *testing.T) {
	explore.Check(t, explore.Options{}, func(s *explore.S) {
		var tally Tally
		var voted atomic.Bool
		s.Go("a", func() { voted.Store(true); tally.RacyVote() })
		s.Go("b", func() {
			if voted.Load() {
				var own sync.Mutex
				own.Lock()
				tally.RacyVote()
				own.Unlock()
			}
		})
	})
}

func votes(t *testing.T, vote func(*Tally)) {
	explore.Check(t, explore.Options{}, func(s *explore.S) {
		var tally Tally
		s.Go("a", func() { vote(&tally) })
		s.Go("b", func() { vote(&tally) })
		s.End(func() { s.Assert(tally.votes == 2, "%d votes", tally.votes) })
	})
}
