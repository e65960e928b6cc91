package explored_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/shim/lang"
	"github.com/petiole-go/petiole/explore/shim/sync"
	"github.com/petiole-go/petiole/explore/shim/sync/atomic"
)

// Who has yielded twice lets those go first whom it kept waiting. That is no
// preemption: here it happens three times in a schedule that is within a bound of
// one.
func TestFairnessCostsNothing(t *testing.T) {
	_, err := explore.Run(explore.Options{Preemptions: 1}, func(s *explore.S) {
		var mu sync.Mutex
		var phase atomic.Int64
		var seen []int64
		s.Go("yields", func() {
			for i := range int64(3) {
				s.Go("waits", func() {
					mu.Lock()
					seen = append(seen, phase.Load())
					mu.Unlock()
				})
				lang.Gosched()
				mu.Lock()
				phase.Store(i + 1)
				lang.Gosched()
				mu.Unlock()
				phase.Store(0) // they have seen the phase only if they went first
			}
		})
		s.End(func() { s.Assert(!slices.Equal(seen, []int64{1, 2, 3}), "each went as the mutex was free") })
	})
	require.ErrorContains(t, err, "each went as the mutex was free")
}

// A goroutine that spins is followed as long as Yields says.
func TestYields(t *testing.T) {
	for yields, most := range map[int]int{0: 1, 1: 1, 2: 2, 4: 4} {
		longest := 0
		res, err := explore.Run(explore.Options{Preemptions: -1, Yields: yields}, func(s *explore.S) {
			var ready atomic.Bool
			s.Go("spins", func() {
				n := 0
				for !ready.Load() {
					n++
					lang.Gosched()
				}
				longest = max(longest, n)
			})
			s.Go("ends it", func() { ready.Store(true) })
		})
		require.NoError(t, err)
		require.True(t, res.Exhausted)
		require.Equal(t, most+1, longest, "Yields %d: the other goes first at the next yield", yields)
	}
}
