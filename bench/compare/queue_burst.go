package compare

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/openloop"
	"github.com/petiole-go/petiole/bench/internal/suite"
)

const (
	burstItems = 32
	burstGap   = 50 * time.Microsecond // mean
)

// queueBurst asks how late a burst of items is through, whatever held it up.
func queueBurst() *suite.Comparison {
	one := func(capacity int) suite.Shape {
		return load{putters: 1, getters: 1, burst: true, capacity: capacity, size: 64}.shape(suite.Full)
	}
	return &suite.Comparison{
		Name:     "queue-burst",
		Question: "Bursts of 32 items come at random moments, 20,000 bursts a second: how long after its moment is a burst through?",
		Units:    []string{"p99-ns", "p50-ns", "p999-ns"},
		Tails:    true,
		Sample:   60 * time.Millisecond,
		Notes: []string{
			"Open loop: a burst is charged from when it was due (Poisson) until the getter has its last item and has said so; one that is held up by the burst before it is charged for that.",
			"Waiting for a burst yields and never sleeps, and one goroutine per processor does nothing but yield, so that no thread goes to sleep; a turn of the run queue is in every figure.",
			"A sample is some 1,200 bursts: its p99.9 is one of the two latest.",
		},
		Impls: pipeImpls(func(b *testing.B, name string, l load) {
			burstTails(b, openSize(name, l.capacity, l.size))
		}),
		Shapes: []suite.Shape{one(1), one(128)},
	}
}

func burstTails(b *testing.B, p pipe) {
	parent, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer openloop.Busy(time.Duration(b.N) * burstGap / 2)() // next to nothing for testing's first tries
	var sum uint64
	taken := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		ctx, cancel := context.WithCancel(parent)
		defer cancel()
		for range b.N {
			got, _ := p.get(ctx, burstItems)
			sum += got
			taken <- struct{}{}
		}
	})
	b.ResetTimer()
	h := openloop.Readers(openloop.Real(), 1, b.N, burstGap, func(int) func() {
		first := uint64(0)
		return func() {
			p.put(parent, first, burstItems)
			first += burstItems
			<-taken
		}
	})
	wg.Wait()
	b.StopTimer()
	if n := uint64(b.N) * burstItems; sum != n*(n-1)/2 {
		b.Fatal("an item was lost, or doubled")
	}
	b.ReportMetric(float64(h.ValueAtQuantile(50)), "p50-ns")
	b.ReportMetric(float64(h.ValueAtQuantile(99)), "p99-ns")
	b.ReportMetric(float64(h.ValueAtQuantile(99.9)), "p999-ns")
	b.ReportMetric(0, "ns/op") // the mean gap, which is given
}
