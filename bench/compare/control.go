package compare

import (
	"sync"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/rcu"
)

// The controls ask the program about itself. The same function under two names must give no
// difference, and with 5% more work a difference; both by the verdict that judges everything else.

const controlLoads = 640

// controlSerial reads a Cell: A and A-again do the same, A-5%-more does it 672 times instead of 640,
// in the same machine code.
func controlSerial() *suite.Comparison {
	return &suite.Comparison{
		Name:     "control-serial",
		Question: "Does the program find no difference where there is none, and 5% where there is 5%? (Cell.Load)",
		Units:    []string{"ns/op"},
		Sample:   3 * time.Millisecond, // many short ones: what disturbs the machine then spoils few of them
		Repeat:   8,
		Impls: []suite.Impl{
			{Name: "A", Ours: true, Bench: benchControl(controlLoads)},
			{Name: "A-again", Differs: "nothing: it is A under another name", Bench: benchControl(controlLoads)},
			{Name: "A-5%-more", Differs: "5% more loads", Bench: benchControl(controlLoads * 105 / 100)},
		},
		Shapes: []suite.Shape{{Name: "640loads", N: controlLoads}},
		Expect: []suite.Expect{
			{A: "A", B: "A-again"},
			{A: "A", B: "A-5%-more", Difference: true, From: suite.Default},
		},
	}
}

// benchControl is not inlined: three copies of its function, each somewhere else in the program, differ by 2%.
//
//go:noinline
func benchControl(n int) func(*testing.B, suite.Shape) {
	return func(b *testing.B, _ suite.Shape) {
		var c rcu.Cell[config]
		c.Store(&config{1})
		var sum uint64
		for b.Loop() {
			sum += sumLoads(&c, n)
		}
		_ = sum
	}
}

//go:noinline
func sumLoads(c *rcu.Cell[config], n int) (sum uint64) {
	for range n {
		sum += c.Load().version
	}
	return sum
}

// controlContended is A/A where the noise is: a lock that all processors want.
func controlContended() *suite.Comparison {
	read := func(b *testing.B, _ suite.Shape) {
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
	}
	return &suite.Comparison{
		Name:     "control-contended",
		Question: "Does the program find no difference where there is none, on a lock that all processors want? (RWMutex)",
		Units:    []string{"ns/pair"},
		Sample:   3 * time.Millisecond, // many short ones: what disturbs the machine then spoils few of them
		Repeat:   8,
		Impls: []suite.Impl{
			{Name: "A", Ours: true, Bench: read},
			{Name: "A-again", Differs: "nothing: it is A under another name", Bench: read},
		},
		Shapes:    []suite.Shape{{Name: "16pairs", N: pairs}},
		Expect:    []suite.Expect{{A: "A", B: "A-again"}},
		Contended: true,
	}
}
