package programs

import (
	"testing"

	"github.com/petiole-go/petiole/explore"
)

func TestExploreBox(t *testing.T)     { box(t, (*Box).Put) }
func TestExploreBoxRacy(t *testing.T) { box(t, (*Box).RacyPut) }

// Only the race detector can tell the two apart: between the close and the write is
// nothing that others could see, if there is no data race.
func box(t *testing.T, put func(*Box, string)) {
	explore.Check(t, explore.Options{}, func(s *explore.S) {
		b := NewBox()
		s.Go("writer", func() { put(b, "hello") })
		s.Go("reader", func() { _ = b.Get() })
	})
}
