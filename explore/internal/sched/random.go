package sched

import "math/rand/v2"

// A priorities chooses at random, by the rule of PCT (Burckhardt et al., "A
// Randomized Scheduler with Probabilistic Guarantees of Finding Bugs", 2010):
// each goroutine has a random priority, the highest goes on, and at a few random
// steps the one that would go on falls below all others. A bug that needs d
// orders to come together is found with probability 1/(n k^(d-1)) in each
// schedule of n goroutines and k steps.
type priorities struct {
	of      [64]int64
	low     int64 // below all that were given so far
	changes []int // steps at which the one that goes on falls
}

// begin draws the changes of the next schedule: as many as the bound of
// preemptions, within the length of the longest schedule so far.
//
//go:norace
func (p *priorities) begin(r *Run) {
	p.low = 0
	p.changes = p.changes[:0]
	for range max(r.options.Bound, 0) {
		p.changes = append(p.changes, r.rng.IntN(max(r.result.Longest, 20)))
	}
	p.of[clockBit] = r.rng.Int64N(1 << 40)
}

//go:norace
func (p *priorities) add(r *Run, id int) {
	if r.options.Random {
		p.of[id] = r.rng.Int64N(1 << 40)
	}
}

//go:norace
func (p *priorities) choose(r *Run) int {
	best := p.highest(r)
	falls := r.free && r.last != nil && r.cands[best].thread == uint8(r.last.id) // it yields
	for _, at := range p.changes {
		falls = falls || at == r.steps
	}
	if falls {
		p.low--
		p.of[r.cands[best].thread] = p.low
		best = p.highest(r)
	}
	// One of its ways.
	thread, ways := r.cands[best].thread, 0
	for i, c := range r.cands {
		if c.thread == thread {
			if ways++; r.rng.IntN(ways) == 0 {
				best = i
			}
		}
	}
	return best
}

//go:norace
func (p *priorities) highest(r *Run) int {
	best := 0
	for i, c := range r.cands {
		if p.of[c.thread] > p.of[r.cands[best].thread] {
			best = i
		}
	}
	return best
}

// seeded is the generator of the n-th schedule.
func seeded(seed uint64, n int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(n))) }
