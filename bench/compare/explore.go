package compare

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/explore"
	shim "github.com/petiole-go/petiole/explore/shim/sync/atomic"
)

// schedules asks what one schedule costs, beside a run that nobody schedules.
func schedules() *suite.Comparison {
	explored := func(preemptions int) func(b *testing.B, _ suite.Shape) {
		return func(b *testing.B, _ suite.Shape) {
			runs, began := 0, time.Now()
			for b.Loop() {
				res, err := explore.Run(explore.Options{Preemptions: preemptions}, func(s *explore.S) {
					var x shim.Int64
					for _, name := range []string{"a", "b"} {
						s.Go(name, func() { x.Add(1); x.Add(1); x.Add(1) })
					}
				})
				if err == nil && !res.Exhausted {
					err = errors.New("not exhausted")
				}
				if err != nil {
					b.Fatal(err)
				}
				runs += res.Schedules
			}
			b.ReportMetric(float64(time.Since(began).Nanoseconds())/float64(runs), "ns/schedule")
		}
	}
	return &suite.Comparison{
		Name:     "schedules",
		Question: "Two goroutines with three atomic operations each: what does it cost to run them once, in an order that was chosen?",
		Units:    []string{"ns/schedule"},
		Sample:   15 * time.Millisecond,
		Notes: []string{
			"explore runs all 20 schedules, again and again: with a bound that nothing reaches (its rounds of fewer preemptions are repeated runs, and are charged), and with the reduction, which can leave none of these out.",
			"10,000 ns are 100,000 schedules a second. goroutines is one round of stress: the same two started and waited for, in whatever order they come.",
		},
		Impls: []suite.Impl{
			{Name: "bounded", Ours: true, Bench: explored(100)},
			{Name: "reduced", Ours: true, Bench: explored(-1)},
			{Name: "goroutines", Differs: "nobody chooses the order, and most rounds have the same", Bench: func(b *testing.B, _ suite.Shape) {
				runs, began := 0, time.Now()
				for b.Loop() {
					var x atomic.Int64
					var over sync.WaitGroup
					for range 2 {
						over.Go(func() { x.Add(1); x.Add(1); x.Add(1) })
					}
					over.Wait()
					runs++
				}
				b.ReportMetric(float64(time.Since(began).Nanoseconds())/float64(runs), "ns/schedule")
			}},
		},
		Shapes: []suite.Shape{{Name: "2x3atomics", N: 2}},
	}
}
