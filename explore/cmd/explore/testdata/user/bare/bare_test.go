package bare

import (
	"testing"

	"github.com/petiole-go/petiole/explore"
)

// Nothing in this package is for the scheduler, which is in charge all the same.
func TestExploreBare(t *testing.T) {
	res := explore.Check(t, explore.Options{}, func(s *explore.S) {
		s.Go("a", func() {})
		s.Go("b", func() {})
	})
	if !res.Explored {
		t.Error("stress")
	}
}

func TestExploreNot(t *testing.T) { t.Skip("here it has nothing to explore") }

func TestOther(t *testing.T) { t.Error("no scenario, not to be run") }

func TestExplorer(t *testing.T) { t.Error("no scenario, not to be run") }
