package fails

import (
	"sync/atomic"
	"testing"

	"github.com/petiole-go/petiole/explore"
)

func check(t *testing.T, add func(*atomic.Int64)) {
	explore.Check(t, explore.Options{}, func(s *explore.S) {
		var n atomic.Int64
		s.Go("a", func() { add(&n) })
		s.Go("b", func() { add(&n) })
		s.End(func() { s.Assert(n.Load() == 2, "n is %d", n.Load()) })
	})
}

func right(n *atomic.Int64) { n.Add(1) }
func wrong(n *atomic.Int64) { n.Store(n.Load() + 1) }

func TestExploreSub(t *testing.T) {
	t.Run("right", func(t *testing.T) { check(t, right) })
	t.Run("it's wrong", func(t *testing.T) { check(t, wrong) })
}

func TestExploreTwice(t *testing.T) {
	check(t, right)
	check(t, wrong)
}

func TestExploreFirst(t *testing.T) {
	t.Error("failed before Check")
	check(t, right)
}

func TestExploreOnly(t *testing.T) { t.Error("failed without Check") }

// A plain data race and a failure, both to be told.
func TestExploreBoth(t *testing.T) {
	plain := 0
	check(t, func(n *atomic.Int64) {
		plain++
		wrong(n)
	})
}
