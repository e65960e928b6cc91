package compare

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/puzpuzpuz/xsync/v4"

	"github.com/petiole-go/petiole/bench/internal/measure"
	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/rcu"
)

// config is what all the point reads read: one field of the current snapshot.
type config struct{ version uint64 }

// loads is how many reads one iteration sums. A single one takes about as long as reading a clock
// register and is at the mercy of where the linker puts the loop.
const loads = 64

// pointRead asks what a reader pays for the current snapshot while nobody writes. Every implementation
// has its own loop, so that what inlines in a program inlines here.
func pointRead() *suite.Comparison {
	return &suite.Comparison{
		Name:     "point-read",
		Question: "What does a read of the current snapshot cost while nobody replaces it?",
		Units:    []string{"ns/load"},
		Sample:   8 * time.Millisecond,
		Notes: []string{
			"One iteration sums 64 loads; the figure is the time that one load takes its processor, so a read that scales costs the same at every processor count.",
			"A bar of 10% at a fraction of a nanosecond also measures where the linker put the loop; the machine code of Cell.Load is compared with that of atomic.Pointer.Load in rcu's tests.",
		},
		Impls: []suite.Impl{
			{Name: "Cell", Ours: true, Bench: func(b *testing.B, _ suite.Shape) {
				var c rcu.Cell[config]
				c.Store(&config{1})
				pointReads(b, func() (sum uint64) {
					for range loads {
						sum += c.Load().version
					}
					return sum
				})
			}},
			{Name: "Refresher", Ours: true, Differs: "also fetches the snapshot, on demand or on a schedule", Bench: benchRefresherLoad},
			{Name: "atomic.Pointer", Differs: "writers are not serialised and nobody can wait for a change", Bench: func(b *testing.B, _ suite.Shape) {
				var p atomic.Pointer[config]
				p.Store(&config{1})
				pointReads(b, func() (sum uint64) {
					for range loads {
						sum += p.Load().version
					}
					return sum
				})
			}},
			{Name: "atomic.Value", Differs: "untyped: a type assertion on each read", Bench: func(b *testing.B, _ suite.Shape) {
				var v atomic.Value
				v.Store(&config{1})
				pointReads(b, func() (sum uint64) {
					for range loads {
						sum += v.Load().(*config).version
					}
					return sum
				})
			}},
			{Name: "Mutex", Differs: "a writer may change the value in place", Bench: func(b *testing.B, _ suite.Shape) {
				var mu sync.Mutex
				c := &config{1}
				pointReads(b, func() (sum uint64) {
					for range loads {
						mu.Lock()
						sum += c.version
						mu.Unlock()
					}
					return sum
				})
			}},
			{Name: "RWMutex", Differs: "a writer may change the value in place", Bench: func(b *testing.B, _ suite.Shape) {
				var mu sync.RWMutex
				c := &config{1}
				pointReads(b, func() (sum uint64) {
					for range loads {
						mu.RLock()
						sum += c.version
						mu.RUnlock()
					}
					return sum
				})
			}},
			{Name: "xsync.RBMutex", Differs: "a writer may change the value in place; biased towards readers", Bench: func(b *testing.B, _ suite.Shape) {
				mu := xsync.NewRBMutex()
				c := &config{1}
				pointReads(b, func() (sum uint64) {
					for range loads {
						t := mu.RLock()
						sum += c.version
						mu.RUnlock(t)
					}
					return sum
				})
			}},
			{Name: "sync.Map", Differs: "one entry among many; the whole is never consistent", Bench: func(b *testing.B, _ suite.Shape) {
				var m sync.Map
				m.Store("config", &config{1})
				pointReads(b, func() (sum uint64) {
					for range loads {
						v, _ := m.Load("config")
						sum += v.(*config).version
					}
					return sum
				})
			}},
		},
		Shapes: []suite.Shape{{Name: "64loads", N: loads}},
		Bars: []suite.Bar{
			{Text: "Cell.Load as fast as atomic.Pointer", Subject: "Cell", Rival: "atomic.Pointer", Unit: "ns/load", Max: 1.1},
			{Text: "Refresher.Load as fast as atomic.Pointer", Subject: "Refresher", Rival: "atomic.Pointer", Unit: "ns/load", Max: 1.1},
		},
	}
}

func benchRefresherLoad(b *testing.B, _ suite.Shape) {
	r := rcu.NewRefresher(func(context.Context, *config) (*config, error) { return &config{1}, nil }, rcu.Options{})
	defer r.Close()
	if _, err := r.Wait(b.Context()); err != nil {
		b.Fatal(err)
	}
	pointReads(b, func() (sum uint64) {
		for range loads {
			sum += r.Load().version
		}
		return sum
	})
}

func pointReads(b *testing.B, read func() uint64) { measure.PerUnit(b, loads, "ns/load", read) }
