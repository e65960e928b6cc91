package compare

import (
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/rcu"
)

// updateWriters asks what several writers pay to change one entry each of a map that they copy.
func updateWriters() *suite.Comparison {
	return &suite.Comparison{
		Name:     "update",
		Question: "What does a change cost when k writers copy the same 1,000-entry map: one lock, or compare-and-swap and try again?",
		Units:    []string{"ns/op", "copies/op"},
		Sample:   15 * time.Millisecond,
		Notes: []string{
			"The figure is elapsed time per change that was published, all writers together. copies/op counts how often the map was copied for it: a copy that loses the race is thrown away.",
			"Copies are lost only while writers really run at the same time; with one processor a loop loses next to none.",
		},
		Impls: []suite.Impl{
			{Name: "Cell.Update", Ours: true, Bench: func(b *testing.B, s suite.Shape) {
				var c rcu.Cell[map[int]int]
				c.Store(bigMap())
				writers(b, s.N, func(i int, copies *atomic.Int64) {
					c.Update(func(old *map[int]int) *map[int]int { return withEntry(old, i, copies) })
				})
			}},
			{Name: "CAS-loop", Differs: "the function may run several times for one change", Bench: func(b *testing.B, s suite.Shape) {
				var p atomic.Pointer[map[int]int]
				p.Store(bigMap())
				writers(b, s.N, func(i int, copies *atomic.Int64) {
					for {
						old := p.Load()
						if p.CompareAndSwap(old, withEntry(old, i, copies)) {
							return
						}
					}
				})
			}},
		},
		Shapes: []suite.Shape{
			{Name: "1writer", N: 1, From: suite.Default, FromOne: suite.Full},
			{Name: "4writers", N: 4},
			{Name: "16writers", N: 16, From: suite.Default, FromOne: suite.Full},
		},
	}
}

func bigMap() *map[int]int {
	m := make(map[int]int, entries)
	for i := range entries {
		m[i] = i
	}
	return &m
}

func withEntry(old *map[int]int, i int, copies *atomic.Int64) *map[int]int {
	copies.Add(1)
	m := maps.Clone(*old)
	m[i%entries]++
	return &m
}

// writers shares b.N changes among k goroutines.
func writers(b *testing.B, k int, change func(i int, copies *atomic.Int64)) {
	var next, copies atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range k {
		wg.Go(func() {
			for {
				i := next.Add(1)
				if i > int64(b.N) {
					return
				}
				change(int(i), &copies)
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(copies.Load())/float64(b.N), "copies/op")
}
