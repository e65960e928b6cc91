package programs

import (
	"testing"

	"github.com/petiole-go/petiole/explore"
)

func TestExploreRing(t *testing.T)       { ring(t, NewRing) }
func TestExploreRingBroken(t *testing.T) { ring(t, NewBrokenRing) }

// Who gets looks at one slot until it is ready, or empty: 100 steps are a livelock.
func ring(t *testing.T, build func(size int) *Ring) {
	explore.Check(t, explore.Options{Steps: 100}, func(s *explore.S) {
		r := build(1)
		var put, got int // sums; each belongs to one goroutine
		s.Go("producer", func() {
			for _, v := range []int{1, 2} {
				if r.Put(v) {
					put += v
				}
			}
		})
		s.Go("consumer", func() {
			v, _ := r.Get()
			got += v
		})
		s.End(func() {
			v, _ := r.Get()
			s.Assert(put == got+v, "put %d, got %d", put, got+v)
		})
	})
}
