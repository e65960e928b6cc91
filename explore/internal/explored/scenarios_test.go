package explored_test

import (
	"testing"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/shim/sync"
	"github.com/petiole-go/petiole/explore/shim/sync/atomic"
)

// counter loses an update.
func counter(s *explore.S) {
	var n atomic.Int64
	for _, name := range []string{"a", "b"} {
		s.Go(name, func() { n.Store(n.Load() + 1) })
	}
	s.End(func() { s.Assert(n.Load() == 2, "n is %d", n.Load()) })
}

// abba locks in two orders.
func abba(s *explore.S) {
	var a, b sync.Mutex
	n := 0
	s.Go("ab", func() { a.Lock(); b.Lock(); n++; b.Unlock(); a.Unlock() })
	s.Go("ba", func() { b.Lock(); a.Lock(); n++; a.Unlock(); b.Unlock() })
}

// three has 20 orders.
func three(s *explore.S) {
	var x atomic.Int64
	f := func() { x.Add(1); x.Add(1); x.Add(1) }
	s.Go("a", f)
	s.Go("b", f)
}

func BenchmarkSchedules(b *testing.B) {
	for name, p := range map[string]int{"full": 100, "reduced": -1} {
		b.Run(name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				res, err := explore.Run(explore.Options{Preemptions: p}, three)
				if err != nil {
					b.Fatal(err)
				}
				n += res.Schedules
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "schedules/s")
		})
	}
}
