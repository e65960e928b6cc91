package sched

import (
	"fmt"
	"runtime"
)

// The states of a thread, in the order in which it goes through them: fresh
// until it is given the baton first, then local and pending in turns.
const (
	fresh   = iota // has not begun
	local          // runs code between two operations, or will as soon as it has the baton
	pending        // stands before an operation
	ended
	event // no goroutine: a cancellation that may happen
)

// A Thread is a goroutine of the scenario. It outlives the schedule: the
// goroutine under it waits to be another one's, unless it had to be unwound.
type Thread struct {
	run   *Run
	wake  chan struct{} // the baton
	alive bool          // there is a goroutine under it

	// Of this schedule.
	id       int
	name     string
	f        func()
	state    int
	returned bool // f did, or panicked
	op       Op
	way      int      // the choice that was made for it, of the Ways of op
	met      bool     // its operation was completed by the one that it met
	ways     int      // how many ways there were when it was last looked at
	mark     uint64   // and which they were: see Marker
	passed   []passed // what was ready and not taken: see pass.go
	errand   bool     // it does what an event has begun
	chosen   int      // at which choice its last operation was taken, from 1; 0: there was no other
	dying    bool     // the scheduler ends it
	spun     int      // operations while it was being unwound
	sync     Obj      // edges of its begin and end
	goid     string   // if there is distrust

	nameless string // its name if the scenario gives none
	place    []uintptr
}

// Run is the run of t.
func (t *Thread) Run() *Run { return t.run }

// Begin starts the description of t's next operation.
//
//go:norace
func (t *Thread) Begin(k Kind) {
	t.op = Op{Kind: k, more: t.op.more[:0]}
}

// On adds an object to the operation.
//
//go:norace
func (t *Thread) On(o *Obj, write bool) { t.op.add(o.number(t.run), write) }

// Number is that of o in this schedule.
//
//go:norace
func (t *Thread) Number(o *Obj) int32 { return o.number(t.run) }

// OnClock adds the virtual clock, OnWorld what is outside.
//
//go:norace
func (t *Thread) OnClock(write bool) { t.op.add(clockID, write) }

//go:norace
func (t *Thread) OnWorld(write bool) { t.op.add(worldID, write) }

// Meets says that another may complete the operation while it waits.
//
//go:norace
func (t *Thread) Meets() { t.op.meets = true }

// Address is the object of something that has no field for it. ref keeps it
// where it is.
//
//go:norace
func (t *Thread) Address(key uintptr, ref any) *Obj { return t.run.addresses.obj(t.run, key, ref) }

// Step waits until it is this operation's turn, and gives the way in which it
// goes on. Not ok: the schedule is being cut short; the caller must neither
// wait, nor panic, nor expect anything.
//
// What follows Step, until the next one, belongs to the operation: nobody else
// runs. That is also why this is where the others are let run, and not after.
//
//go:norace
func (t *Thread) Step(g Guard) (way int, ok bool) {
	r := t.run
	if r.cut {
		t.unwinding()
		return 0, false
	}
	t.op.guard = g
	r.look()
	if r.capture {
		t.remember()
	}
	if r.solo {
		if n := t.count(); n == 1 && !r.spins() && !r.stop.Load() {
			t.way = 0
			r.mix(t, 0)
			return 0, true
		} else if n == 0 {
			r.solo = false // the body waits for its goroutines: it is one of them from here on
		}
	}
	t.state, t.met = pending, false
	if t.op.meets {
		r.arrived = append(r.arrived, t)
	}
	if next := r.next(); next != t {
		r.give(next)
		t.take()
	}
	if r.cut {
		t.quit()
	}
	t.state = local
	return t.way, true
}

// spins counts an operation of the body, which runs alone: it may not go on for
// ever either.
//
//go:norace
func (r *Run) spins() bool {
	r.tick()
	if r.alone++; r.alone > r.options.Steps {
		r.fail("livelock", fmt.Sprintf("the %s has not ended after %d operations, and runs alone until then", r.body.name, r.options.Steps))
	}
	return r.cut
}

// Met reports whether the operation has been completed by the one that t met.
//
//go:norace
func (t *Thread) Met() bool { return t.met }

// Meet completes the operation of u, which waits for a partner: u goes on.
//
//go:norace
func (t *Thread) Meet(u *Thread, way int) {
	r := t.run
	for i := range u.op.n {
		r.touched = append(r.touched, u.op.at(i))
	}
	u.met, u.way, u.state, u.chosen = true, way, local, t.chosen
	r.unsettled = append(r.unsettled, u)
	r.free = true // whichever of them goes on has not interrupted the other
}

// count is in how many ways the operation of t can go on.
//
//go:norace
func (t *Thread) count() int {
	if t.op.guard == nil {
		return 1
	}
	return t.op.guard.Ways(t)
}

// mark is that of the ways which were counted last.
//
//go:norace
func (op *Op) mark() uint64 {
	if m, ok := op.guard.(Marker); ok {
		return m.Mark()
	}
	return 0
}

// ID is the number of t in its schedule.
//
//go:norace
func (t *Thread) ID() int { return t.id }

// Go starts another goroutine. It runs to its first operation at once, or after
// the scenario's body.
//
//go:norace
func (t *Thread) Go(name string, f func()) {
	if u := t.run.Spawn(name, f); u != nil {
		Release(&u.sync)
	} else if !t.dying {
		t.exit()
	}
}

// Spawn is Go without the edge from who calls: for what an event starts.
//
//go:norace
func (r *Run) Spawn(name string, f func()) *Thread {
	if r.cut {
		return nil
	}
	u := r.thread(name, fresh)
	if u != nil {
		u.f = f
		r.live++
		r.unsettled = append(r.unsettled, u)
	}
	return u
}

// Errand says that t does what an event has begun: it interrupts nobody.
//
//go:norace
func (t *Thread) Errand() { t.errand = true }

// remember keeps where t stands.
//
//go:norace
func (t *Thread) remember() {
	if t.place == nil {
		t.place = make([]uintptr, 32)
	}
	t.place = t.place[:cap(t.place)]
	t.place = t.place[:runtime.Callers(3, t.place)]
}

// Guard is what the operation of t waits for.
//
//go:norace
func (t *Thread) Guard() Guard { return t.op.guard }

// Thread is the i-th thread of the schedule, nil past the last one.
//
//go:norace
func (r *Run) Thread(i int) *Thread {
	if i < len(r.threads) {
		return r.threads[i]
	}
	return nil
}

// Waits reports whether t stands before an operation.
//
//go:norace
func (t *Thread) Waits() bool { return t.state == pending }
