package explored_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/shim/lang"
	"github.com/petiole-go/petiole/explore/shim/sync"
	"github.com/petiole-go/petiole/explore/shim/sync/atomic"
)

// late has a bug of depth 2 in some 10^40 schedules: it shows if the reader comes
// between two steps of one of many writers.
func late(s *explore.S) {
	var n, ready, done atomic.Int64
	for range 5 {
		s.Go("other", func() {
			for range 15 {
				n.Add(1)
			}
		})
	}
	s.Go("writes", func() { n.Add(1); ready.Store(1); n.Add(1); done.Store(1); n.Add(1) })
	s.Go("reads", func() { n.Add(1); s.Assert(ready.Load() == done.Load(), "half done") })
}

// Random runs 1,000 schedules if it is not told how many, and finds a bug of small
// depth where a search has no end.
func TestRandom(t *testing.T) {
	res, err := explore.Run(explore.Options{Random: true, Seed: 3}, straight{"AAA", "AAA"}.scenario(func(string) {}))
	require.NoError(t, err)
	require.Equal(t, 1000, res.Schedules)
	require.False(t, res.Exhausted)
	found := map[int]bool{}
	for seed := range uint64(10) {
		f := failure(t, explore.KindAssertion, explore.Options{Random: true, Seed: seed}, late)
		again := failure(t, explore.KindAssertion, explore.Options{Random: true, Seed: seed}, late)
		require.Equal(t, f.Error(), again.Error(), "the same seed")
		found[f.Schedule] = true
	}
	require.Greater(t, len(found), 5, "each seed does the same")
}

// Who goes on is by priority: nobody is interrupted more often than Preemptions
// allows, and that often now and then. Without a bound there is none.
func TestRandomInterruptsWithinTheBound(t *testing.T) {
	for bound, most := range map[int]int{1: 1, 2: 2, 5: 5, -1: 1000} {
		p := straight{"AAAAAAAAAA", "AAAAAAAAAA", "AAAAAAAAAA"}
		counts := map[int]int{}
		orders := map[string]bool{}
		_, err := explore.Run(explore.Options{Random: true, Preemptions: bound}, p.scenario(func(order string) {
			n := 0
			left := []int{10, 10, 10}
			for i, c := range order {
				left[c-'0']--
				if i+1 < len(order) && order[i+1] != order[i] && left[c-'0'] > 0 {
					n++
				}
			}
			counts[n]++
			orders[order] = true
		}))
		require.NoError(t, err)
		require.Greater(t, len(orders), 50*most/(most+1))
		for n := range counts {
			require.LessOrEqual(t, n, most)
		}
		if most < 1000 {
			require.NotZero(t, counts[most])
			require.NotZero(t, counts[0], "%v", counts)
		} else {
			require.Zero(t, counts[0])
		}
	}
}

// All ways of one operation come up, and events, and the search ends though somebody
// spins.
func TestRandomComesToAll(t *testing.T) {
	seen := map[int]bool{}
	res, err := explore.Run(explore.Options{Random: true, Schedules: 200}, func(s *explore.S) {
		ctx, _ := s.Cancelable("ctx")
		a, b := make(chan int, 1), make(chan int, 1)
		a <- 1
		b <- 1
		var mu sync.Mutex
		ended := false
		s.Go("selects", func() {
			seen[lang.Select(true, lang.RecvCase(a), lang.RecvCase(b), lang.RecvCase(ctx.Done()))] = true
			mu.Lock()
			ended = true
			mu.Unlock()
		})
		s.Go("spins", func() {
			for over := false; !over; lang.Gosched() {
				mu.Lock()
				over = ended
				mu.Unlock()
			}
		})
	})
	require.NoError(t, err)
	require.Equal(t, 200, res.Schedules)
	require.Len(t, seen, 3)
}
