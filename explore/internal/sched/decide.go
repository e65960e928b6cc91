package sched

import (
	"fmt"
	"math"
)

// next decides who has the baton next; nil: the controller.
//
//go:norace
func (r *Run) next() *Thread {
	if r.stop.Load() {
		r.halt()
	}
	if r.cut {
		return nil
	}
	if len(r.unsettled) > 0 && !r.solo {
		return r.pop()
	}
	return r.decide()
}

// pop takes the first of the unsettled. It moves the others one by one: what the
// runtime moves it tells the race detector, which then sees goroutines of a
// schedule meet here.
//
//go:norace
func (r *Run) pop() *Thread {
	t := r.unsettled[0]
	for i := 1; i < len(r.unsettled); i++ {
		r.unsettled[i-1] = r.unsettled[i]
	}
	r.unsettled = r.unsettled[:len(r.unsettled)-1]
	return t
}

// A cand is a candidate: a thread, or an event, that can go on.
type cand struct {
	thread uint8
	way    uint8
	cost   uint8 // preemptions
}

// decide takes the next step.
//
//go:norace
func (r *Run) decide() *Thread {
	for {
		r.settle()
		if r.cut || r.live == 0 {
			return nil
		}
		if len(r.unsettled) > 0 && !r.solo { // somebody was started by who watches
			return r.pop()
		}
		r.tick()
		if r.steps >= r.options.Steps {
			r.fail("livelock", fmt.Sprintf("not finished after %d steps", r.steps))
			return nil
		}
		if !r.collect() {
			r.deadlock()
			return nil
		}
		if r.cut {
			return nil // there are too many
		}
		depth := r.search.depth
		i, ok := r.choose()
		if !ok {
			return nil
		}
		c := r.cands[i]
		r.cost += int(c.cost)
		if !r.solo {
			r.steps++
		}
		if c.thread == clockBit {
			// It conflicts with what would have been the last operation of all.
			r.search.sleep &^= r.search.final
			r.mix(nil, c.way)
			r.note(clockName, nil, c)
			r.fair.step(clockBit, r.clock.fire(r, int(c.way)), 1)
			if len(r.unsettled) > 0 {
				return r.next()
			}
			continue
		}
		t := r.threads[c.thread]
		t.way = int(c.way)
		r.mix(t, c.way)
		r.note(t.name, t, c)
		for i := range t.op.n {
			r.touched = append(r.touched, t.op.at(i))
		}
		if t.state == event { // as the clock
			r.search.sleep &^= r.search.final
			t.state = ended
			r.errand(t.f)
			if len(r.unsettled) > 0 {
				return r.next()
			}
			continue
		}
		t.pass()
		if t.chosen = 0; r.search.depth > depth {
			t.chosen = r.search.depth
		}
		if !t.errand {
			r.last, r.free = t, t.op.Kind == Gosched
		}
		r.fair.step(t.id, t.op.Kind == Gosched, r.options.Yields)
		return t
	}
}

// settle is what is left to do for the operation that has been done: who has
// arrived where it can be met is an access of it, and who could have gone before it
// with a different outcome does not sleep any more.
//
//go:norace
func (r *Run) settle() {
	r.look()
	for _, t := range r.arrived {
		for i := range t.op.n {
			a := t.op.at(i)
			a.write = true
			r.touched = append(r.touched, a)
		}
	}
	r.arrived = r.arrived[:0]
	r.search.rouse(r)
	r.touched = r.touched[:0]
}

// look calls those who watch.
//
//go:norace
func (r *Run) look() {
	for i := 0; i < len(r.watched); {
		if !r.watched[i]() {
			i++
			continue
		}
		r.touched = append(r.touched, access{worldID, true})
		r.watched[i] = r.watched[len(r.watched)-1]
		r.watched = r.watched[:len(r.watched)-1]
	}
}

// collect lists the candidates, the one that did the last step first; false if
// nobody can go on.
//
//go:norace
func (r *Run) collect() bool {
	r.cands = r.cands[:0]
	if r.solo {
		r.propose(r.body)
		return len(r.cands) > 0
	}
	last := r.last
	if last != nil && last.state == pending {
		r.propose(last)
	}
	interrupts := uint8(0)
	if len(r.cands) > 0 && !r.free {
		interrupts = 1
	}
	for _, t := range r.threads {
		if t != last && t.state == pending {
			from := len(r.cands)
			r.propose(t)
			for i := from; i < len(r.cands); i++ {
				if r.cands[i].cost = interrupts; t.errand {
					r.cands[i].cost = 0
				}
			}
		}
	}
	can := len(r.cands) > 0
	// A cancellation that could free somebody may also never come: it saves
	// nobody from a deadlock.
	if n := r.clock.due(); n > 0 {
		can = can || r.clock.matters()
		if n > ways {
			r.tooMany("timers", n)
		}
		for i := range min(n, ways) {
			r.cands = append(r.cands, cand{thread: clockBit, way: uint8(i)})
		}
	}
	if !can {
		return false
	}
	for _, t := range r.threads {
		if t.state == event {
			r.cands = append(r.cands, cand{thread: uint8(t.id)})
		}
	}
	if r.fair.filter(r); last != nil && r.cands[0].thread != uint8(last.id) {
		for i := range r.cands {
			r.cands[i].cost = 0 // nobody interrupts it: it has to let others go first
		}
	}
	return true
}

// ways is in how many ways a step can be taken at most: a candidate has a byte for it.
const ways = math.MaxUint8 + 1

//go:norace
func (r *Run) tooMany(what string, n int) {
	r.fail("unsupported", fmt.Sprintf("there are %d %s to choose from, and %d are the most that a choice may have", n, what, ways))
}

//go:norace
func (r *Run) propose(t *Thread) {
	n := t.count()
	if n > ways {
		r.tooMany("ways in which "+t.name+" could go on", n)
		n = ways
	}
	t.ways, t.mark = n, t.op.mark()
	must := n > 1 && t.must(n)
	for i := range n {
		if !must || t.overdue(i) {
			r.cands = append(r.cands, cand{thread: uint8(t.id), way: uint8(i)})
		}
	}
}
