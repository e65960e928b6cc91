package sched

// A priorities chooses at random, by the rule of PCT (Burckhardt et al., "A
// Randomized Scheduler with Probabilistic Guarantees of Finding Bugs", 2010):
// each goroutine has a random priority, the highest goes on, and at a few random
// steps the one that would go on falls below all others. So does one that yields, or
// a loop that waits for others would be the highest for ever. A bug that needs d
// orders to come together is found with probability 1/(n k^(d-1)) in each
// schedule of n goroutines and k steps. Without a bound any may go on at any step.
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
		p.changes = append(p.changes, r.rng.below(max(r.result.Longest, 20)))
	}
	p.of[clockBit] = int64(r.rng.next() >> 24)
}

//go:norace
func (p *priorities) add(r *Run, id int) {
	if r.options.Random {
		p.of[id] = int64(r.rng.next() >> 24)
	}
}

//go:norace
func (p *priorities) choose(r *Run) int {
	if r.options.Bound < 0 {
		return r.rng.below(len(r.cands))
	}
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
			if ways++; r.rng.below(ways) == 0 {
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

// A random makes numbers: splitmix64 (Steele, Lea and Flood, 2014). The generators
// of math/rand are seen by the race detector, which would see goroutines of a
// schedule meet there.
type random uint64

// seeded is the generator of the n-th schedule.
//
//go:norace
func seeded(seed uint64, n int) random {
	r := random(seed)
	return random(r.next() + uint64(n))
}

//go:norace
func (r *random) next() uint64 {
	*r += 0x9E3779B97F4A7C15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// below is a number from 0 to n-1.
//
//go:norace
func (r *random) below(n int) int { return int(r.next() % uint64(n)) }
