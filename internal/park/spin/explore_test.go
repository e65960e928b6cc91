package spin_test

import (
	"sync"
	"testing"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/internal/park/spin"
)

// Lock is one step of a schedule, as mu.Lock is, also where the mutex is held: tries that
// fail would multiply the schedules of whatever is built on it.
func TestExploreLock(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1, Steps: 4}, func(s *explore.S) {
		var mu sync.Mutex
		in := 0
		for range 2 {
			s.Go("locks", func() {
				spin.Lock(&mu)
				in++
				s.Assert(in == 1, "two are in")
				in--
				mu.Unlock()
			})
		}
	})
}
