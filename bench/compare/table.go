package compare

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/openloop"
	"github.com/petiole-go/petiole/bench/internal/suite"
)

const (
	entries = 1000
	batch   = 32                    // reads that are timed as one
	arrive  = 50 * time.Microsecond // mean gap between a reader's batches
	replace = time.Millisecond      // the writer's period
	chunk   = 100                   // entries between two yields of the writer
)

// tableKeys are the keys of the table that is read and replaced.
var tableKeys = func() []string {
	keys := make([]string, entries)
	for i := range keys {
		keys[i] = fmt.Sprintf("shard-%04d.example.net:27017", i)
	}
	return keys
}()

// table is a map that is replaced as a whole. read looks one key up; rebuild makes generation gen the
// current one, taking its entries from fill.
type table struct {
	read    func(key string) int
	rebuild func(gen int)
}

// tableTails asks what a reader suffers while the table it reads is replaced again and again.
func tableTails() *suite.Comparison {
	return &suite.Comparison{
		Name:     "table-read",
		Question: "How long does a reader take for 32 look-ups in a 1,000-entry table that is replaced 1,000 times a second?",
		Units:    []string{"p99-ns", "p50-ns", "p999-ns"},
		Tails:    true,
		Sample:   100 * time.Millisecond,
		Notes: []string{
			"Open loop: each reader has 20,000 arrivals a second (Poisson), and each is charged from the moment it was due; a reader that stands still is charged for all who were due meanwhile.",
			"A sample of the distribution is a batch of 32 look-ups of string keys: one alone is too short to time. Waiting for arrivals yields and never sleeps; a turn of the run queue is in every figure.",
			"The writer takes the entries one by one and yields after every 100, in every implementation, as a writer does that decodes or fetches what it stores. Without that, goroutines queued behind it on its processor wait for it whatever the lock.",
		},
		Impls: []suite.Impl{
			{Name: "Cell", Ours: true, Differs: "a new map for each generation", Bench: benchTable(cellTable)},
			{Name: "RWMutex-swap", Differs: "a new map for each generation, locked only to swap it", Bench: benchTable(swapTable)},
			{Name: "RWMutex", Differs: "the map is refilled in place under the lock", Bench: benchTable(rwTable)},
			{Name: "Mutex", Differs: "the map is refilled in place under the lock", Bench: benchTable(mutexTable)},
			{Name: "sync.Map", Differs: "entries are replaced one by one: readers see generations mixed", Bench: benchTable(syncMapTable)},
		},
		Shapes: []suite.Shape{
			{Name: "1reader", N: 1},
			{Name: "2readers", N: 2, FromOne: suite.Full},
			{Name: "4readers", N: 4, From: suite.Full, FromOne: suite.Full},
			{Name: "8readers", N: 8, From: suite.Default, FromOne: suite.Full},
			{Name: "16readers", N: 16, From: suite.Full, FromOne: suite.Full},
		},
		Bars: []suite.Bar{
			{Text: "Cell at least 20x better than RWMutex at p99", Subject: "Cell", Rival: "RWMutex", Unit: "p99-ns", Max: 1.0 / 20},
		},
	}
}

// benchTable measures one implementation: s.N readers, b.N batches between them, one writer.
func benchTable(newTable func() table) func(*testing.B, suite.Shape) {
	return func(b *testing.B, s suite.Shape) {
		t := newTable()
		t.rebuild(0)
		clock := openloop.Real()
		done := make(chan struct{})
		var writer sync.WaitGroup
		var replaced int
		b.ResetTimer()
		writer.Go(func() {
			replaced = clock.Every(replace, done, func(i int) { t.rebuild(i + 1) })
		})
		h := openloop.Readers(clock, s.N, (b.N+s.N-1)/s.N, arrive, func(reader int) func() {
			next := reader * entries / s.N
			return func() {
				for range batch {
					if t.read(tableKeys[next]) < 0 {
						panic("bench: a key is missing")
					}
					next = (next + 37) % entries // coprime with the table: every key, in no neighbourly order
				}
			}
		})
		b.StopTimer()
		close(done)
		writer.Wait()
		b.ReportMetric(float64(h.ValueAtQuantile(50)), "p50-ns")
		b.ReportMetric(float64(h.ValueAtQuantile(99)), "p99-ns")
		b.ReportMetric(float64(h.ValueAtQuantile(99.9)), "p999-ns")
		b.ReportMetric(float64(replaced)/b.Elapsed().Seconds(), "replaced/s")
		b.ReportMetric(0, "ns/op") // the mean gap between arrivals, which is given
	}
}

// fill is the writer's work: every entry of a generation, with a yield now and then.
func fill(gen int, put func(key string, v int)) {
	for i, k := range tableKeys {
		put(k, gen)
		if i%chunk == chunk-1 {
			runtime.Gosched()
		}
	}
}
