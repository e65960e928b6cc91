package vigil_test

import (
	"testing"
	"time"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/vigil"
)

// A Beat that meets the timer has the lease start anew, or is told that it is too late; and the lease ends so long
// after the last one that was in time, never before.
func TestExploreBeat(t *testing.T) {
	const lease = 20 * time.Microsecond
	explore.Check(t, none, func(s *explore.S) {
		b := &scene{S: s, k: vigil.New(vigil.Options{Reclaimers: 1})}
		began := time.Now()
		g, err := vigil.Bind(always, b.k, "r", b.reclaim, vigil.Lease(lease))
		s.Assert(err == nil, "%v", err)
		b.g = vigil.Keep(g)
		s.Go("beats", func() {
			<-time.After(lease / 2)
			if now := time.Now(); b.g.Beat() {
				began = now
			}
			<-b.g.Done()
		})
		s.End(func() {
			s.Assert(b.over() == vigil.Expired, "%v", b.rec.Cause)
			s.Assert(b.rec.Ended.Sub(began) >= lease, "expired %v after a Beat", b.rec.Ended.Sub(began))
		})
	})
}
