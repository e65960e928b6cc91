package sched

import "math/bits"

// A search goes through the schedules depth first: the path of choices of the
// last schedule, and in each the candidates that have not been taken yet. The
// next schedule follows the path to the deepest choice that has one left.
//
// With a bound it is iterated from 0 preemptions up, and a schedule counts in the
// round whose bound it reaches, so none counts twice, and the first that fails
// has as few preemptions as any (iterative context bounding: Musuvathi and
// Qadeer, PLDI 2007).
//
// Without a bound it can be reduced by sleep sets (Godefroid, 1996). Once all
// schedules from here that begin with a have been run, those that begin with b
// need a no more until something happens that a conflicts with: b a ... is a b
// ..., which has been run. So a sleeps in what follows b, and wakes up at the
// first operation that touches what a touches. If all candidates sleep, the
// schedule is cut short: what it would do has been done. Of all schedules that
// differ in the order of independent operations alone, one is run to its end (more,
// where fairness leaves something out: what was run before was run under other
// rules, so nobody sleeps there).
//
// An operation that ends its goroutine conflicts with the clock and with
// cancellations: when all have ended those do not happen any more. That an operation
// is the last one is known only when it has been done, so the choice keeps it (ends),
// and it goes with those who sleep (final).
//
// Not together with a bound: the schedule that is run may be the one that the bound
// forbids.
type search struct {
	path  []choice
	arena []cand // of all choices of the path, in order
	depth int    // choices made in this schedule
	bound int    // preemptions in this round; below 0: any number
	cut   bool   // the bound forbade something
	sleep uint64 // who sleeps now
	final uint64 // of these, whose operation ends its goroutine
}

// A choice is one place on the path.
type choice struct {
	from, n int    // its candidates in the arena
	at      int    // the one that is taken
	cost    int    // preemptions before
	sleep   uint64 // who slept before
	final   uint64 // of these, whose operation ends its goroutine
	ends    uint64 // whose operation here has ended a goroutine
	sign    uint64 // what there was to choose from: the same in every schedule that comes here
	op      Kind   // of the first candidate
}

//go:norace
func (s *search) begin() { s.depth, s.sleep, s.final = 0, 0, 0 }

// allowed reports whether the i-th candidate of c may be taken.
//
//go:norace
func (s *search) allowed(c *choice, i int) bool {
	a := s.arena[c.from+i]
	if s.bound >= 0 && c.cost+int(a.cost) > s.bound {
		s.cut = true
		return false
	}
	return c.sleep>>a.thread&1 == 0
}

// first moves c to its next candidate that may be taken, from at on.
//
//go:norace
func (s *search) first(c *choice, at int) bool {
	for c.at = at; c.at < c.n; c.at++ {
		if s.allowed(c, c.at) {
			return true
		}
	}
	return false
}

// advance moves the path to the next schedule, false if there is none.
//
//go:norace
func (s *search) advance() bool {
	for n := len(s.path); n > 0; n-- {
		c := &s.path[n-1]
		if s.first(c, c.at+1) {
			s.path, s.arena = s.path[:n], s.arena[:c.from+c.n]
			return true
		}
	}
	s.path, s.arena = s.path[:0], s.arena[:0]
	return false
}

// choose takes one of the candidates; not ok: the schedule is cut short.
//
//go:norace
func (r *Run) choose() (i int, ok bool) {
	s := &r.search
	if r.options.Random {
		i = r.priorities.choose(r) // also if there is one: it may fall
	}
	if len(r.cands) == 1 {
		if s.sleep>>r.cands[0].thread&1 == 1 {
			r.pruned, r.cut = true, true
			return 0, false
		}
		return 0, true
	}
	sign := r.sign()
	if s.depth == len(s.path) {
		if r.capture && s.depth == r.until {
			if id := r.cands[0].thread; id != clockBit {
				r.where = place(r.threads[id].place)
			}
			r.cut = true
			return 0, false
		}
		if r.replaying() {
			if i, ok = r.replayed(); !ok {
				return 0, false
			}
		}
		c := choice{from: len(s.arena), n: len(r.cands), at: i, cost: r.cost, sleep: s.sleep, final: s.final, sign: sign, op: r.kind(0)}
		for i := 0; i < len(r.cands); i++ { // one by one: see pop
			s.arena = append(s.arena, r.cands[i])
		}
		if !r.options.Random && !r.replaying() && !s.first(&c, 0) {
			s.arena = s.arena[:c.from]
			r.pruned, r.cut = true, true
			return 0, false
		}
		s.path = append(s.path, c)
	}
	c := &s.path[s.depth]
	if c.sign != sign {
		r.diverged(c)
		return 0, false
	}
	s.depth++
	if r.options.Reduce {
		done := s.done(c)
		s.sleep, s.final = c.sleep|done, c.final|c.ends&done // who slept before has no end here
	}
	return c.at, true
}

// done is whose schedules from c have all been run.
//
//go:norace
func (s *search) done(c *choice) uint64 {
	var done uint64
	for _, a := range s.arena[c.from : c.from+c.at] {
		done |= 1 << a.thread
	}
	return done &^ (1 << s.arena[c.from+c.at].thread)
}

// ended notes that t has ended with its last operation, or with that of whom it met.
//
//go:norace
func (s *search) ended(t *Thread) {
	if t.chosen > 0 {
		c := &s.path[t.chosen-1]
		c.ends |= 1 << s.arena[c.from+c.at].thread
	}
}

// rouse wakes those whose operation conflicts with the one that was done, or has
// other ways than when they fell asleep: somebody outside has changed something,
// which no operation told, or whom it could meet does not wait any more, or now does.
//
//go:norace
func (s *search) rouse(r *Run) {
	for rest := s.sleep; rest != 0; rest &= rest - 1 {
		id := bits.TrailingZeros64(rest)
		if id == clockBit {
			if r.clock.conflicts(r.touched) {
				s.sleep &^= 1 << id
			}
			continue
		}
		t := r.threads[id]
		if t.op.conflicts(r.touched) || t.state == pending && (t.count() != t.ways || t.op.mark() != t.mark) || t.state == ended {
			s.sleep &^= 1 << id
		}
	}
}

// kind is what the i-th candidate is about to do.
//
//go:norace
func (r *Run) kind(i int) Kind {
	if id := r.cands[i].thread; id != clockBit {
		return r.threads[id].op.Kind
	}
	return TimerFires
}

// sign is a hash of all that was done, of the candidates, and of what they are
// about to do.
//
//go:norace
func (r *Run) sign() uint64 {
	h := r.past
	for i, c := range r.cands {
		h = hash(h, uint64(c.thread)<<24^uint64(c.way)<<16^uint64(r.kind(i)))
		if c.thread != clockBit {
			h = r.threads[c.thread].op.hash(h)
		}
	}
	return h
}

// mix adds an operation of t, or of the clock, to all that was done.
//
//go:norace
func (r *Run) mix(t *Thread, way uint8) {
	if t == nil {
		r.past = hash(r.past, uint64(clockBit)<<24^uint64(way)<<16)
	} else {
		r.past = t.op.hash(hash(r.past, uint64(t.id)<<24^uint64(way)<<16^uint64(t.op.Kind)^t.op.mark()))
	}
	r.entry(t)
}

//go:norace
func (op *Op) hash(h uint64) uint64 {
	for i := range op.n {
		h = hash(h, uint64(op.at(i).id))
	}
	return h
}

//go:norace
func hash(h, x uint64) uint64 { return (h ^ x) * 0x9E3779B97F4A7C15 }
