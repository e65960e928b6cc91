package programs

import (
	"errors"
	"testing"

	"github.com/petiole-go/petiole/explore"
)

func TestExplorePool(t *testing.T)       { pool(t, FirstError) }
func TestExplorePoolBroken(t *testing.T) { pool(t, BrokenFirstError) }

// A goroutine that never ends is a deadlock, though nobody waits for it.
func pool(t *testing.T, firstError func(jobs ...func() error) error) {
	explore.Check(t, explore.Options{}, func(s *explore.S) {
		fails := func() error { return errors.New("no") }
		works := func() error { return nil }
		s.Go("caller", func() { s.Assert(firstError(fails, works) != nil, "the error is lost") })
	})
}
