// Package sched runs goroutines one at a time and decides, before each
// operation that they could see of each other, who goes on.
//
// # How a schedule runs
//
// There is one baton. Whoever has it runs; everybody else waits for it. A
// goroutine that comes to an operation ([Thread.Step]) says what it is about to
// do and then decides, in its own goroutine, who is next: itself, and it just
// goes on, or another, whom it hands the baton. So a schedule costs a switch
// only where it has one, and all that is in this package belongs to whoever has
// the baton.
//
// What a goroutine does between two operations nobody else can see, if the
// program is free of data races. So it is run at once: before a decision is
// taken everybody stands before an operation, and what each of them is about to
// do is known ([Run.next] first gives the baton to those who do not: who has just
// been started, and whose operation was completed by the one that it met).
//
// A goroutine that cannot go on (a locked mutex, an empty channel) is not woken
// by anybody: its [Guard] is asked again before each decision. There are no
// queues of waiters here that could themselves be wrong, and no wake-ups that
// are steps.
//
// # What is decided
//
// A candidate is a goroutine that can go on and the way in which it does (which
// ready case of a select), or an event: a cancellation, the next timer. If there
// are several, that is a choice, and the list of choices is the schedule: it can
// be run again, and search.go goes through all lists that there are.
package sched

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"time"
)

// Options say what is run.
type Options struct {
	Bound     int // preemptions of a schedule; below 0: no bound
	Reduce    bool
	Schedules int // 0: all there are
	Steps     int
	Random    bool
	Seed      uint64
	Replay    string // a trace
	Scenario  func(*Run)
}

// Result is what was run.
type Result struct {
	Schedules, Steps int
	Pruned           int // schedules that the reduction cut short
	Longest, Threads int // steps of the longest schedule, goroutines of the widest
	Exhausted        bool
}

// Failure is the first schedule that failed.
type Failure struct {
	Kind, Message string
	Trace         string
	Schedule      int
	Steps         []Step
	Waiting       []Wait
}

// Run is an exploration. All but what is marked belongs to whoever has the baton.
type Run struct {
	options    Options
	control    chan struct{} // the controller's baton
	over       bool          // the goroutines of the pool end
	goroutines int           // how many there should be in the process
	running    *Thread
	pool       []*Thread
	stop       atomic.Bool           // from outside: fail at the next step
	stranger   atomic.Pointer[Place] // where a goroutine that is none of ours has called
	beat       atomic.Int64          // schedules begun: read by the watchdog

	// Of the schedule that runs.
	epoch      uint64
	objects    int32
	addresses  addresses
	threads    []*Thread // of this schedule, a part of pool
	body       *Thread
	ends       []func()
	live       int       // threads that have not ended
	solo       bool      // only the scenario's body, or its End, runs
	unsettled  []*Thread // have to run to their next operation before anything is decided
	arrived    []*Thread // have come to where another may meet them
	touched    []access  // by the operation that is being done
	last       *Thread   // did the last operation
	free       bool      // to go on with another costs no preemption
	clock      clock
	fair       fairness
	cands      []cand
	steps      int
	cost       int // preemptions so far
	cut        bool
	pruned     bool
	capture    bool // keep places and steps
	record     []Step
	failure    *Failure
	where      Place
	sync       Obj // every end of a thread is released to it
	search     search
	rng        *rand.Rand
	result     Result
	priorities priorities
	replay     []cand   // nil: not a replay
	reported   *Failure // the outcome
}

var epochs atomic.Uint64

// most is how many goroutines and events a schedule may have: they are bits of a
// word, of which the clock has the last.
const (
	most      = 62
	clockBit  = 63
	clockName = "clock"
)

// reset makes r ready for another schedule.
//
//go:norace
func (r *Run) reset() {
	r.epoch = epochs.Add(1)
	r.objects = worldID
	r.addresses.forget()
	r.threads = r.threads[:0]
	r.ends = r.ends[:0]
	r.unsettled, r.arrived, r.touched = r.unsettled[:0], r.arrived[:0], r.touched[:0]
	r.last, r.free = nil, false
	r.clock.reset()
	r.fair = fairness{}
	r.steps, r.cost, r.live = 0, 0, 0
	r.cut, r.pruned = false, false
	r.record = nil
	r.failure, r.where = nil, Place{}
	r.search.begin()
}

// thread makes the next thread of the schedule.
//
//go:norace
func (r *Run) thread(name string, state int) *Thread {
	n := len(r.threads)
	if n == most {
		r.fail("unsupported", fmt.Sprintf("more than %d goroutines and cancellations in one schedule", most))
		return nil
	}
	if n == len(r.pool) {
		r.pool = append(r.pool, &Thread{run: r, wake: make(chan struct{}, 1), id: n, nameless: fmt.Sprintf("goroutine %d", n)})
	}
	t := r.pool[n]
	if name == "" {
		name = t.nameless
	}
	t.name, t.state, t.spun, t.ways, t.met = name, state, 0, 0, false
	t.place = t.place[:0]
	t.op.n, t.op.meets = 0, false
	r.threads = r.pool[:n+1]
	r.priorities.add(r, n)
	return t
}

// schedule runs one.
//
//go:norace
func (r *Run) schedule() {
	r.reset()
	r.beat.Add(1)
	r.alone("scenario", r.begin)
	r.result.Threads = max(r.result.Threads, len(r.threads)-1)
	if !r.cut && len(r.ends) > 0 {
		r.alone("end", r.end)
	}
	r.unwind()
	r.running = nil
}

// alone starts a goroutine that runs by itself until it has ended or waits, and
// takes the baton back when all have ended.
//
//go:norace
func (r *Run) alone(name string, f func()) {
	t := r.thread(name, fresh)
	if t == nil {
		return
	}
	t.f, r.body, r.solo = f, t, true
	r.live++
	Release(&t.sync)
	r.give(t)
	hide()
	<-r.control
	show()
}

//go:norace
func (r *Run) begin() {
	Acquire(&r.sync)
	r.options.Scenario(r)
}

//go:norace
func (r *Run) end() {
	Acquire(&r.sync)
	for _, f := range r.ends {
		f()
	}
}

// unwind ends the goroutines of a schedule that was cut short, one at a time:
// each is sent out of the operation before which it stands.
//
//go:norace
func (r *Run) unwind() {
	if !r.cut {
		return
	}
	for _, t := range r.threads {
		if t.state == pending || t.state == local {
			r.give(t)
			hide()
			<-r.control
			show()
		}
	}
}

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

// halt fails the schedule for what somebody outside has seen.
//
//go:norace
func (r *Run) halt() {
	if p := r.stranger.Load(); p != nil {
		r.fail("nondeterministic", "a goroutine that the scheduler does not see takes part, at "+p.String())
	} else {
		r.fail("unsupported", "given up")
	}
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
		if r.live == 0 {
			return nil
		}
		if r.steps >= r.options.Steps {
			r.fail("livelock", fmt.Sprintf("not finished after %d steps", r.steps))
			return nil
		}
		if !r.collect() {
			r.deadlock()
			return nil
		}
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
			r.note(clockName, nil, c)
			r.fair.step(clockBit, r.clock.fire(r, int(c.way)))
			if len(r.unsettled) > 0 {
				return r.next()
			}
			continue
		}
		t := r.threads[c.thread]
		t.way = int(c.way)
		r.note(t.name, t, c)
		for i := range t.op.n {
			r.touched = append(r.touched, t.op.at(i))
		}
		if t.state == event {
			t.state = ended
			t.f()
			if len(r.unsettled) > 0 {
				return r.next()
			}
			continue
		}
		r.last, r.free = t, t.op.Kind == Gosched
		r.fair.step(t.id, t.op.Kind == Gosched)
		return t
	}
}

// settle is what is left to do for the operation that has been done: who has
// arrived where he can be met is an access of it, and who could have gone before
// it with a different outcome does not sleep any more.
//
//go:norace
func (r *Run) settle() {
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
				r.cands[i].cost = interrupts
			}
		}
	}
	can := len(r.cands) > 0
	// A cancellation that could free somebody may also never come: it saves
	// nobody from a deadlock.
	if n := r.clock.due(); n > 0 {
		can = true
		for i := range n {
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
	r.fair.filter(r)
	return true
}

//go:norace
func (r *Run) propose(t *Thread) {
	n := min(t.count(), math.MaxUint8)
	t.ways = n
	for i := range n {
		r.cands = append(r.cands, cand{thread: uint8(t.id), way: uint8(i)})
	}
}

// fail ends the schedule, and the search.
//
//go:norace
func (r *Run) fail(kind, message string) {
	if r.cut {
		return
	}
	r.cut = true
	r.failure = &Failure{Kind: kind, Message: message}
}

//go:norace
func (r *Run) deadlock() {
	waiting := 0
	for _, t := range r.threads {
		if t.state == pending {
			waiting++
		}
	}
	r.fail("deadlock", fmt.Sprintf("nobody can go on: %d goroutines wait", waiting))
	if waiting == 1 {
		r.failure.Message = "nobody can go on: a goroutine waits"
	}
	for _, t := range r.threads {
		if t.state == pending {
			r.failure.Waiting = append(r.failure.Waiting, Wait{
				Thread: t.id, Name: t.name, Op: t.op.Kind.String(), Object: t.op.object(), Place: place(t.place),
			})
		}
	}
}

// note keeps the step for the trace that a person reads.
//
//go:norace
func (r *Run) note(name string, t *Thread, c cand) {
	if !r.capture || r.solo {
		return
	}
	s := Step{Thread: int(c.thread), Name: name, Switched: c.cost > 0, Op: TimerFires.String(), Event: true}
	if t != nil {
		s.Op, s.Object, s.Event = t.op.Kind.String(), t.op.object(), t.state == event
		if !s.Event {
			s.Place = place(t.place)
		}
		if d, ok := t.op.guard.(Describer); ok {
			s.Choice = d.Describe(t, int(c.way))
		}
	}
	r.record = append(r.record, s)
}

// A Describer tells its ways in words.
type Describer interface {
	Describe(t *Thread, way int) string
}

//go:norace
func (op *Op) object() string {
	for i := range op.n {
		if id := op.at(i).id; id > worldID {
			return fmt.Sprintf("#%d", id-worldID)
		}
	}
	return ""
}

// Name is the name of t.
func (t *Thread) Name() string { return t.name }

// End has f run when all goroutines have ended.
//
//go:norace
func (r *Run) End(f func()) { r.ends = append(r.ends, f) }

// Cut reports whether the schedule is being cut short.
//
//go:norace
func (r *Run) Cut() bool { return r.cut }

// Fail fails the schedule and ends the goroutine that calls.
//
//go:norace
func (r *Run) Fail(kind, message string) {
	if t := r.running; t != nil && !r.cut {
		t.remember()
		r.fail(kind, message)
		r.where = place(t.place)
	}
	runtime.Goexit()
}

// Event adds what may happen at any moment from now on, once, or never.
//
//go:norace
func (r *Run) Event(name string, k Kind, o *Obj, f func()) {
	if r.cut {
		return
	}
	t := r.thread(name, event)
	if t == nil {
		return
	}
	t.f = f
	t.Begin(k)
	t.On(o, true)
	t.OnWorld(true)
	t.op.guard = nil
}

// Withdraw takes the event of o back, when it has happened otherwise.
//
//go:norace
func (r *Run) Withdraw(o *Obj) {
	for _, t := range r.threads {
		if t.state == event && t.op.at(0).id == o.number(r) {
			t.state = ended
		}
	}
}

const patience = 8 * time.Second // until a schedule that makes no progress is given up
