package compare

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/measure"
	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/rcu"
)

// pairs is how many times one iteration takes the snapshot and gives it back.
const pairs = 16

// guardedPair asks what it costs to hold a snapshot so that it is not closed meanwhile.
func guardedPair() *suite.Comparison {
	return &suite.Comparison{
		Name:     "guarded-pair",
		Question: "What does it cost to hold a snapshot so that nobody closes it meanwhile?",
		Units:    []string{"ns/pair"},
		Sample:   8 * time.Millisecond,
		Notes: []string{
			"One iteration takes and gives back 16 times; the figure is the time that one pair takes its processor.",
		},
		Impls: []suite.Impl{
			{Name: "Guarded", Ours: true, Differs: "the old value is closed after its last reader; the writer does not wait", Bench: func(b *testing.B, _ suite.Shape) {
				g := rcu.NewGuarded(&config{1}, func(*config) {})
				defer g.Close()
				pairReads(b, func() (sum uint64) {
					for range pairs {
						r := g.Acquire()
						sum += r.Value().version
						r.Release()
					}
					return sum
				})
			}},
			{Name: "RWMutex", Differs: "the writer waits for all readers, and new readers for the writer", Bench: func(b *testing.B, _ suite.Shape) {
				var mu sync.RWMutex
				c := &config{1}
				pairReads(b, func() (sum uint64) {
					for range pairs {
						mu.RLock()
						sum += c.version
						mu.RUnlock()
					}
					return sum
				})
			}},
			{Name: "refcount", Differs: "one count per snapshot; no misuse is noticed, and nobody can wait for what was replaced", Bench: func(b *testing.B, _ suite.Shape) {
				var p counted
				p.cur.Store(&counting{config: config{1}})
				pairReads(b, func() (sum uint64) {
					for range pairs {
						c := p.acquire()
						sum += c.config.version
						c.release()
					}
					return sum
				})
			}},
		},
		Shapes: []suite.Shape{{Name: "16pairs", N: pairs}},
		Bars: []suite.Bar{
			{Text: "Guarded Acquire+Release beside RWMutex RLock+RUnlock", Subject: "Guarded", Rival: "RWMutex", Unit: "ns/pair", Max: 1.15, Procs: []int{1, 2}},
		},
	}
}

func pairReads(b *testing.B, read func() uint64) { measure.PerUnit(b, pairs, "ns/pair", read) }

// counted is what one writes by hand: the current snapshot with a reference count.
type counted struct{ cur atomic.Pointer[counting] }

type counting struct {
	refs    atomic.Int64
	retired atomic.Bool
	closed  atomic.Bool
	config  config
}

// acquire counts itself in and looks again: a snapshot that was replaced in between may be closed
// already, so it lets go and takes the new one.
func (p *counted) acquire() *counting {
	for {
		c := p.cur.Load()
		c.refs.Add(1)
		if p.cur.Load() == c {
			return c
		}
		c.release()
	}
}

// release closes a retired snapshot after its last reader. (The benchmark retires none; without this
// the rival would do less than the others.)
func (c *counting) release() {
	if c.refs.Add(-1) == 0 && c.retired.Load() {
		c.closed.CompareAndSwap(false, true)
	}
}
