package compare

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// perRound is how many items one iteration of a benchmark passes: goroutines, contexts and a sample that
// another program cuts short then weigh little beside them.
const perRound = 4096

// stuck is when a benchmark is given up. It is far beyond any sample.
const stuck = 5 * time.Minute

// crew is goroutines that pass items, and all begin at once.
type crew struct {
	b           *testing.B
	items       uint64 // to be passed, by all together
	mallocs     uint64 // how many allocations they took
	gate        chan struct{}
	ready, over sync.WaitGroup
}

func newCrew(b *testing.B) *crew {
	return &crew{b: b, items: uint64(b.N) * perRound, gate: make(chan struct{})}
}

// add adds a goroutine. It has a context of its own, which lasts.
func (c *crew) add(work func(ctx context.Context)) {
	c.ready.Add(1)
	c.over.Go(func() {
		ctx, cancel := context.WithCancel(c.b.Context())
		defer cancel()
		c.ready.Done()
		<-c.gate
		work(ctx)
	})
}

// claim takes the next few items of those that are counted by next: n of them, from first on. There are no more when n is 0.
func (c *crew) claim(next *atomic.Uint64, each uint64) (first, n uint64) {
	first = next.Add(each) - each
	return first, min(each, c.items-min(first, c.items))
}

// work opens the gate, waits for all, and reports what an item took: an "op" of these benchmarks.
func (c *crew) work() {
	done := make(chan struct{})
	go func() {
		c.over.Wait()
		close(done)
	}()
	var before, after runtime.MemStats
	c.ready.Wait()
	runtime.ReadMemStats(&before)
	c.b.ResetTimer()
	c.b.StartTimer() // a crew before this one has stopped it
	close(c.gate)
	select {
	case <-done:
	case <-time.After(stuck):
		c.b.Fatalf("not done after %v: an item was lost, or a wake-up", stuck)
	}
	c.b.StopTimer()
	runtime.ReadMemStats(&after)
	c.mallocs = after.Mallocs - before.Mallocs
	items := float64(c.items)
	c.b.ReportMetric(float64(c.b.Elapsed().Nanoseconds())/items, "ns/op")
	c.b.ReportMetric(float64(c.mallocs)/items, "allocs/op")
	c.b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/items, "B/op")
}

// check fails the benchmark if the items from 0 on, of which there are c.items, are not what came out.
func (c *crew) check(sum uint64) {
	if want := c.items * (c.items - 1) / 2; sum != want {
		c.b.Fatalf("the items that came out sum up to %d, those that were put to %d", sum, want)
	}
}
