package compare

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
)

// fairWindow is how many items in a row are looked at: 64 for each of 8. A round is a whole number of them.
const fairWindow = 512

// queueFair asks how evenly those who want the same are served.
func queueFair() *suite.Comparison {
	return &suite.Comparison{
		Name:     "queue-fair",
		Question: "Eight goroutines want the same of one queue at once, all items or all room: does each get its share?",
		Units:    []string{"ns/op", "jain"},
		Sample:   8 * time.Millisecond,
		Notes: []string{
			"jain is Jain's index of the shares that the eight have in 512 items in a row, the mean over all such windows: 1 if all have the same, 1/8 if one has all.",
			"Only who waits stands in line. A goroutine that finds items there, or room, need not: so one that runs may take many before another is scheduled, most of all on one processor and at a large capacity.",
			"The figure is elapsed time per item.",
		},
		Impls: pipeImpls(func(b *testing.B, name string, l load) {
			shares(b, openSize(name, l.capacity, l.size), l)
		}),
		Shapes: []suite.Shape{
			load{putters: 1, getters: 8, capacity: 128, size: 8}.shape(suite.Full),
			load{putters: 8, getters: 1, capacity: 128, size: 8}.shape(suite.Full),
			load{putters: 8, getters: 1, capacity: 1, size: 8}.shape(suite.Full),
			load{putters: 1, getters: 8, capacity: 1, size: 8}.shape(suite.Default),
		},
	}
}

// shares passes the items one by one, and counts whose they were in each window.
func shares(b *testing.B, p pipe, l load) {
	c := newCrew(b)
	had := make([][]float64, max(l.putters, l.getters)) // by goroutine and window
	for i := range had {
		had[i] = make([]float64, c.items/fairWindow)
	}
	var puts, gets atomic.Uint64
	// all calls op for each number there is, in several goroutines.
	all := func(goroutines int, next *atomic.Uint64, op func(ctx context.Context, who int, i uint64)) {
		for who := range goroutines {
			c.add(func(ctx context.Context) {
				for i := next.Add(1) - 1; i < c.items; i = next.Add(1) - 1 {
					op(ctx, who, i)
				}
			})
		}
	}
	if l.getters > 1 {
		all(l.getters, &gets, func(ctx context.Context, who int, _ uint64) {
			i, _ := p.get(ctx, 1)
			had[who][i/fairWindow]++
		})
		all(1, &puts, func(ctx context.Context, _ int, i uint64) { p.put(ctx, i, 1) })
	} else {
		all(1, &gets, func(ctx context.Context, _ int, i uint64) {
			who, _ := p.get(ctx, 1)
			had[who][i/fairWindow]++
		})
		all(l.putters, &puts, func(ctx context.Context, who int, _ uint64) { p.put(ctx, uint64(who), 1) })
	}
	c.work()
	b.ReportMetric(jain(had), "jain")
}

// jain is the mean over the windows of Jain's index.
func jain(had [][]float64) (mean float64) {
	windows := len(had[0])
	for w := range windows {
		var sum, squares float64
		for _, h := range had {
			sum += h[w]
			squares += h[w] * h[w]
		}
		mean += sum * sum / (float64(len(had)) * squares) / float64(windows)
	}
	return mean
}
