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
//
// The scenario's body runs alone, and so does what it gave to End: there is nothing
// to choose until it has ended or waits ([Run.lonely]).
//
// # Where the rest is told
//
//	search.go          the order of the schedules, the bound, the reduction
//	decide.go          a decision: who can go on, and at what cost
//	fair.go, pass.go   so that a loop that spins comes to an end
//	clock.go           timers; why all may begin anew
//	again.go           the first schedule once more, when all have been run
//	who.go             who calls: a goroutine of the run, or another
//	outside.go         what a shim does where there is no run
//	hold.go            what somebody held whose schedule was cut short
//	goroutine.go       how a goroutine goes on to another schedule, or is unwound
//	race_on.go         what the race detector is told, and what is kept from it
//	explore.go         the controller, and who watches over it
//	replay.go          a schedule in one line
package sched

import (
	"fmt"
	"sync/atomic"
	"time"
)

// Options say what is run.
type Options struct {
	Bound     int // preemptions of a schedule; below 0: no bound
	Reduce    bool
	Schedules int // 0: all there are
	Steps     int
	Yields    int // of a goroutine, before it has to let others go first
	Random    bool
	Seed      uint64
	Replay    string        // a trace
	Patience  time.Duration // without a step until a schedule is given up; 0: 6 s
	Scenario  func(*Run)
}

// Result is what was run.
type Result struct {
	Schedules, Steps int
	Pruned           int // schedules that the reduction cut short
	Longest, Threads int // steps of the longest schedule, goroutines of the widest
	Exhausted        bool
	Fair             bool // fairness left schedules out: fair.go, pass.go
}

// Failure is the first schedule that failed.
type Failure struct {
	Kind, Message string
	Trace         string
	Schedule      int
	Steps         []Step
	Waiting       []Wait
}

// Run is an exploration. All but the atomics, and what is under the lock of outside,
// belongs to whoever has the baton.
type Run struct {
	options  Options
	control  chan struct{} // the controller's baton
	job      func()        // for the controller
	over     bool          // the goroutines of the pool end
	distrust bool          // there are goroutines of a run that was given up
	running  *Thread
	pool     []*Thread
	stop     atomic.Bool           // from outside: look at the next step what there is
	gone     atomic.Bool           // it was given up
	stranger atomic.Pointer[Place] // where a goroutine that is none of ours took part
	knocks   []knock               // under the lock of outside
	knocked  []knock
	timed    bool         // there was a timer: see Timed
	told     bool         // somebody was told the time,
	early    bool         // and before there was a timer
	anew     bool         // so all begins anew
	beat     atomic.Int64 // goes on with every step: read by the watchdog

	// Of the schedule that runs.
	epoch      uint64
	objects    int32
	addresses  addresses
	threads    []*Thread // of this schedule, a part of pool
	body       *Thread
	ends       []func()
	live       int       // threads that have not ended
	gathers    bool      // who is given the baton releases all to sync, and gives it back
	solo       bool      // only the scenario's body, or its End, runs
	alone      int       // operations of it
	unsettled  []*Thread // have to run to their next operation before anything is decided
	arrived    []*Thread // have come to where another may meet them
	touched    []access  // by the operation that is being done
	last       *Thread   // did the last operation
	free       bool      // to go on with another costs no preemption
	past       uint64    // a hash of all that was done
	foreign    Place     // where a channel's other side was a goroutine that is none of ours
	watched    []func() bool
	clock      clock
	fair       fairness
	cands      []cand
	steps      int
	cost       int // preemptions so far
	cut        bool
	pruned     bool
	capture    bool // keep places and steps
	record     []Step
	era        *era
	failure    *Failure
	where      Place
	sync       Obj // every end of a thread is released to it
	search     search
	rng        random
	result     Result
	priorities priorities
	log        log      // of the first schedule: again.go
	replay     []cand   // nil: not a replay
	until      int      // choices after which a replay stops; below 0: at its end
	reported   *Failure // the outcome
}

var epochs atomic.Uint64

// most is how many goroutines and events a schedule may have beside the scenario's
// body: they are bits of a word, of which the clock has the last.
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
	r.steps, r.cost, r.live, r.alone = 0, 0, 0, 0
	r.past, r.watched, r.foreign = 0, nil, Place{}
	r.log.ended, r.log.begun, r.log.at = r.log.begun, true, 0
	r.cut, r.pruned = false, false
	r.record, r.era = nil, nil
	r.failure, r.where = nil, Place{}
	r.search.begin()
}

// thread makes the next thread of the schedule.
//
//go:norace
func (r *Run) thread(name string, state int) *Thread {
	n := len(r.threads)
	if n > most {
		r.fail("unsupported", fmt.Sprintf("more than %d goroutines and cancellations in one schedule", most))
		return nil
	}
	if n == len(r.pool) {
		r.pool = append(r.pool, &Thread{run: r, wake: make(chan struct{}, 1), id: n, nameless: fmt.Sprintf("goroutine %d", n)})
	}
	r.threads = r.pool[:n+1]
	t := r.pool[n]
	if name == "" {
		name = t.nameless
	}
	t.renew(name, state)
	r.priorities.add(r, n)
	return t
}

//go:norace
func (t *Thread) renew(name string, state int) {
	t.name, t.state, t.spun, t.ways, t.met, t.dying, t.errand = name, state, 0, 0, false, false, false
	t.place, t.passed, t.chosen = t.place[:0], t.passed[:0], 0
	t.op.n, t.op.meets = 0, false
}

// schedule runs one, from the scenario's body to what was given to End.
//
//go:norace
func (r *Run) schedule() {
	r.reset()
	r.tick()
	r.lonely("scenario", r.begin)
	r.result.Threads = max(r.result.Threads, len(r.threads)-1)
	if !r.cut && len(r.ends) > 0 {
		r.lonely("end", r.end)
	}
	r.unwind()
	r.running = nil
}

// lonely starts thread 0, which runs by itself until it has ended or waits, and
// takes the baton back when all have ended.
//
//go:norace
func (r *Run) lonely(name string, f func()) {
	if len(r.threads) == 0 {
		r.thread(name, fresh)
	}
	t := r.threads[0]
	t.renew(name, fresh)
	t.f, r.body, r.solo = f, t, true
	r.live++
	Release(&t.sync)
	r.give(t)
	r.await()
}

// await waits until the controller has the baton back.
//
//go:norace
func (r *Run) await() {
	for {
		hide()
		<-r.control
		show()
		f := r.job
		if f == nil {
			return
		}
		r.job = nil
		f()
		hide()
		r.running.wake <- struct{}{}
		show()
	}
}

// errand does what an event does. Nobody does that: lest the race detector takes it
// for an edge from whoever has decided on it, it is the controller who is sent.
//
//go:norace
func (r *Run) errand(f func()) {
	if !Raced {
		f()
		return
	}
	r.job = f
	hide()
	r.control <- struct{}{}
	<-r.running.wake
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
	for i := 0; i < len(r.ends); i++ { // there may come more
		r.ends[i]()
	}
}

// visit gives the baton to each goroutine that has not ended.
//
//go:norace
func (r *Run) visit() {
	for _, t := range r.threads {
		if t.state == pending || t.state == local {
			r.give(t)
			r.await()
		}
	}
}

// unwind ends the goroutines of a schedule that was cut short, one at a time:
// each is sent out of the operation before which it stands. What they have deferred
// does not wait for anybody, so all that was done before happens before it, lest
// the race detector sees races there: they are gathered first.
//
//go:norace
func (r *Run) unwind() {
	if !r.cut {
		return
	}
	if r.gathers = Raced; r.gathers {
		r.visit()
		r.gathers = false
	}
	r.visit()
	if r.era != nil {
		r.era.cut = true
	}
}
