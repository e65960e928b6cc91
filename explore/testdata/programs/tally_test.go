package programs

import (
	"testing"

	"github.com/petiole-go/petiole/explore"
)

func TestExploreTally(t *testing.T)     { votes(t, (*Tally).Vote) }
func TestExploreTallyRacy(t *testing.T) { votes(t, (*Tally).RacyVote) }

func votes(t *testing.T, vote func(*Tally)) {
	explore.Check(t, explore.Options{}, func(s *explore.S) {
		var tally Tally
		s.Go("a", func() { vote(&tally) })
		s.Go("b", func() { vote(&tally) })
		s.End(func() { s.Assert(tally.votes == 2, "%d votes", tally.votes) })
	})
}
