// Package measure runs the comparisons: the plan, the rounds, the samples.
//
// In every round each group (a comparison, on one shape, at one processor count) is sampled once, its
// implementations in an order that is shuffled anew each time. So rivals are measured within
// milliseconds of each other, and the samples of each are spread over the whole run: what the machine
// does meanwhile hits all alike, and an interrupted run has some samples of everything.
package measure

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
)

// Init makes testing.Benchmark usable outside a test binary. The testing flags live on the global flag
// set; the program's own flags are on one of their own, so the two never mix.
func Init() {
	testing.Init()
	_ = flag.CommandLine.Parse(nil)
}

// Sample is one run of a benchmark function for its benchtime.
type Sample struct {
	Iters  int
	Values map[string]float64 // by unit, as testing prints them: ns/op, B/op, allocs/op, and the function's own
}

// Take runs f at the given GOMAXPROCS for about d.
func Take(f func(*testing.B), procs int, d time.Duration) (Sample, error) {
	if runtime.GOMAXPROCS(0) != procs {
		runtime.GOMAXPROCS(procs) // stops the world; not when it changes nothing
	}
	if err := flag.Set("test.benchtime", d.String()); err != nil {
		return Sample{}, err
	}
	r := testing.Benchmark(f)
	if r.N == 0 {
		return Sample{}, errors.New("the benchmark failed")
	}
	s := Sample{Iters: r.N, Values: map[string]float64{
		"ns/op":     float64(r.T.Nanoseconds()) / float64(r.N),
		"B/op":      float64(r.AllocedBytesPerOp()),
		"allocs/op": float64(r.AllocsPerOp()),
	}}
	maps.Copy(s.Values, r.Extra)
	if s.Values["ns/op"] == 0 { // a function that has a better unit takes it out, as testing does
		delete(s.Values, "ns/op")
	}
	return s, nil
}

// Series is what was measured of one implementation in a group.
type Series struct {
	Impl    suite.Impl
	Samples []Sample
}

// Values are the samples in one unit.
func (s *Series) Values(unit string) []float64 {
	var xs []float64
	for _, sample := range s.Samples {
		if v, ok := sample.Values[unit]; ok {
			xs = append(xs, v)
		}
	}
	return xs
}

// Group is a comparison on one shape at one processor count: what can be compared with each other.
type Group struct {
	Comparison *suite.Comparison
	Shape      suite.Shape
	Procs      int
	Series     []*Series
	cost       time.Duration // of one round, as last seen; at first a guess
}

// Find returns the series of an implementation, nil if there is none.
func (g *Group) Find(impl string) *Series {
	for _, s := range g.Series {
		if s.Impl.Name == impl {
			return s
		}
	}
	return nil
}

// Plan is what a run measures, and for how long.
type Plan struct {
	Groups    []*Group
	Rounds    int           // at most
	MinRounds int           // even if Budget is spent
	Budget    time.Duration // no round begins that would end after it; 0: none
	Scale     float64       // of every benchtime; 0: 1
	Seed      uint64        // of the order
}

// NewPlan spreads the comparisons over shapes and processor counts.
func NewPlan(cs []*suite.Comparison, l suite.Level, procs []int) *Plan {
	p := &Plan{Scale: 1}
	for _, c := range cs {
		for _, n := range procs {
			for _, s := range c.Shapes {
				if s.At(l, n) {
					p.Groups = append(p.Groups, newGroup(c, s, n))
				}
			}
		}
	}
	return p
}

func newGroup(c *suite.Comparison, s suite.Shape, procs int) *Group {
	g := &Group{Comparison: c, Shape: s, Procs: procs}
	for _, impl := range c.Impls {
		if impl.Runs(s) {
			g.Series = append(g.Series, &Series{Impl: impl})
		}
	}
	// Until it is known: testing.Benchmark works its way up to the benchtime and collects in between.
	g.cost = time.Duration(len(g.Series)*max(1, c.Repeat)) * (c.Sample*3/2 + 5*time.Millisecond)
	return g
}

// Again is an empty copy of the group, to measure it afresh.
func (g *Group) Again() *Group {
	return newGroup(g.Comparison, g.Shape, g.Procs)
}

// Progress is told after every group how many of all are done and how long the rest will take.
type Progress func(done, total int, left time.Duration, now *Group)

// Run measures until the rounds are done, the budget is spent, or ctx ends; what was measured until
// then is in the plan's groups. It reports how many rounds were completed.
func (p *Plan) Run(ctx context.Context, progress Progress) (rounds int, err error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	r := rand.New(rand.NewPCG(p.Seed, 0))
	start := time.Now()
	for round := range p.Rounds {
		if p.Budget > 0 && round >= p.MinRounds && time.Since(start)+p.round() > p.Budget {
			return round, nil
		}
		for i, g := range p.Groups {
			if err := ctx.Err(); err != nil {
				return round, err
			}
			if err := g.sample(ctx, r, p.Scale); err != nil {
				return round, err
			}
			done, total := round*len(p.Groups)+i+1, p.Rounds*len(p.Groups)
			progress(done, total, p.left(round, i, time.Since(start)), g)
		}
	}
	return p.Rounds, nil
}

// sample takes one sample of each implementation, Repeat times, in a new order each time.
func (g *Group) sample(ctx context.Context, r *rand.Rand, scale float64) error {
	start := time.Now()
	for range max(1, g.Comparison.Repeat) {
		for _, i := range r.Perm(len(g.Series)) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			s := g.Series[i]
			d := time.Duration(float64(g.Comparison.Sample) * scale)
			sample, err := Take(s.Impl.Func(g.Shape), g.Procs, d)
			if err != nil {
				return fmt.Errorf("%s: impl=%s shape=%s at %d: %w", g.Comparison.Name, s.Impl.Name, g.Shape.Name, g.Procs, err)
			}
			s.Samples = append(s.Samples, sample)
		}
	}
	g.cost = time.Since(start)
	return nil
}

// round is what one more round will cost.
func (p *Plan) round() time.Duration {
	var d time.Duration
	for _, g := range p.Groups {
		d += g.cost
	}
	return d
}

// left is the cost of the rest of this round and of the rounds that the budget still has room for.
func (p *Plan) left(round, i int, spent time.Duration) time.Duration {
	var rest time.Duration
	for _, g := range p.Groups[i+1:] {
		rest += g.cost
	}
	cost := p.round()
	for next := round + 1; next < p.Rounds; next++ {
		if p.Budget > 0 && next >= p.MinRounds && spent+rest+cost > p.Budget {
			break
		}
		rest += cost
	}
	return rest
}
