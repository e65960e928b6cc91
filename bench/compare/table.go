package compare

import (
	"fmt"
	"strconv"
	"strings"
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
	chunk   = 8                     // entries between two yields of the writer
)

// entry is what the table says of a key. It is small, so that a generation is made of pieces that the
// allocator has at hand: a large one holds up its processor for as long as a reader takes for a batch.
type entry struct {
	port, weight uint16
	ping         uint32
}

// tableLines are what the writer decodes anew for each generation, and tableKeys what readers ask for.
var tableLines, tableKeys = func() (lines, keys []string) {
	for i := range entries {
		keys = append(keys, fmt.Sprintf("shard-%04d.example.net", i))
		lines = append(lines, fmt.Sprintf("%s 27017 %d %d", keys[i], 1+i%7, 1000+i))
	}
	return lines, keys
}()

// table is a map that is replaced as a whole. read looks one key up; rebuild decodes every line again.
type table struct {
	read    func(key string) entry
	rebuild func()
}

// decode is the writer's work, the same for all: every line of a generation. yield is called now and
// then; nil where a lock is held, for nobody gives up the processor there.
func decode(yield func(), put func(key string, e entry)) {
	for i, line := range tableLines {
		key, rest, _ := strings.Cut(line, " ")
		port, rest, _ := strings.Cut(rest, " ")
		weight, ping, _ := strings.Cut(rest, " ")
		put(key, entry{uint16(number(port)), uint16(number(weight)), uint32(number(ping))})
		if yield != nil && i%chunk == chunk-1 {
			yield()
		}
	}
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic("bench: " + err.Error())
	}
	return n
}

// tableTails asks what a reader suffers while the table it reads is replaced again and again.
func tableTails() *suite.Comparison {
	return &suite.Comparison{
		Name:     "table-read",
		Question: "How long does a reader take for 32 look-ups in a 1,000-entry table that is replaced 1,000 times a second?",
		Units:    []string{"p99-ns", "p50-ns", "p999-ns", "rebuild-ns"},
		Tails:    true,
		Sample:   70 * time.Millisecond,
		Notes: []string{
			"Open loop: each reader has 20,000 arrivals a second (Poisson), and each is charged from the moment it was due; a reader that stands still is charged for all who were due meanwhile.",
			"A sample of the distribution is a batch of 32 look-ups of string keys: one alone is too short to time. Waiting for arrivals yields and never sleeps; a turn of the run queue is in every figure.",
			"The writer decodes the 1,000 entries from text each time, and yields after every 8 where it holds no lock, so that goroutines queued behind it on its processor need not wait for it. Where it holds one it does not yield: it would hold it for longer.",
			"Floor is no contestant: the same writer throws its work away, so nobody shares anything. It shows what the machine, the scheduler and the collector do to a reader by themselves; no figure here can be better.",
			"rebuild is how long one replacement takes the writer, waiting for the lock and for his turn included: about so long a reader can stand behind a lock that is held for it.",
			"One goroutine per processor does nothing but yield, so that no thread goes to sleep: waking one can take the kernel 4 ms, which would be everybody's tail. New maps are garbage soon: the collector runs a dozen times a second, and its share is in the tails.",
		},
		Impls: []suite.Impl{
			{Name: "Cell", Ours: true, Differs: "decoded into a new map, which is published", Bench: benchTable(cellTable)},
			{Name: "Floor", Differs: "nothing is replaced, and nothing shared", Bench: benchTable(floorTable)},
			{Name: "RWMutex-swap", Differs: "decoded into a new map; locked only to swap it", Bench: benchTable(swapTable)},
			{Name: "RWMutex", Differs: "the map is decoded into in place, under the lock", Bench: benchTable(rwTable)},
			{Name: "Mutex", Differs: "the map is decoded into in place, under the lock", Bench: benchTable(mutexTable)},
			{Name: "sync.Map", Differs: "entries are replaced one by one: readers see generations mixed", Bench: benchTable(syncMapTable)},
		},
		Shapes: []suite.Shape{
			{Name: "1reader", N: 1, From: suite.Default},
			{Name: "2readers", N: 2, FromOne: suite.Full},
			{Name: "4readers", N: 4, From: suite.Full, FromOne: suite.Full},
			{Name: "8readers", N: 8, From: suite.Full, FromOne: suite.Full},
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
		t.rebuild()
		defer openloop.Busy(time.Duration(b.N/s.N) * arrive / 2)() // next to nothing for testing's first tries
		clock := openloop.Real()
		done := make(chan struct{})
		var writer sync.WaitGroup
		var replaced int
		var rebuilding time.Duration
		b.ResetTimer()
		writer.Go(func() {
			replaced = clock.Every(replace, done, func() {
				began := clock.Now()
				t.rebuild()
				rebuilding += clock.Now() - began
			})
		})
		h := openloop.Readers(clock, s.N, (b.N+s.N-1)/s.N, arrive, func(reader int) func() {
			next := reader * entries / s.N
			return func() {
				for range batch {
					if t.read(tableKeys[next]).port == 0 {
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
		b.ReportMetric(float64(rebuilding)/float64(max(1, replaced)), "rebuild-ns")
		b.ReportMetric(0, "ns/op") // the mean gap between arrivals, which is given
	}
}
