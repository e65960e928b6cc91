package sched

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// one run at a time: the mark by which a thread is known does not say of which run
// (who.go), and the state of the shims is that of one schedule.
var one sync.Mutex

// abandoned is how many runs were given up in this process and have not ended: their
// goroutines may come back at any time, in the middle of another run.
var abandoned atomic.Int64

// Explore runs schedules of the scenario until one fails or there are no more.
func Explore(o Options) (Result, *Failure, error) {
	var replay []cand
	if o.Replay != "" {
		var err error
		if replay, err = parse(o.Replay); err != nil {
			return Result{}, nil, fmt.Errorf("explore: %w", err)
		}
		o.Random, o.Reduce = false, false
	}
	o.Patience = cmp.Or(o.Patience, 6*time.Second)
	if Current() != nil {
		return Result{}, nil, errors.New("explore: a scenario inside of a scenario")
	}
	one.Lock()
	defer one.Unlock()
	r := &Run{options: o, control: make(chan struct{}, 1), replay: replay}
	r.timed = strings.HasPrefix(strings.TrimSpace(o.Replay), ticking)
	done := make(chan struct{})
	r.distrust = abandoned.Load() > 0
	go func() {
		defer close(done)
		r.explore()
	}()
	f := r.watch(done)
	Acquire(&r.sync)
	return r.result, f, nil
}

// explore is the controller: a goroutine that has the baton between schedules.
//
//go:norace
func (r *Run) explore() {
	outside.Lock()
	current.Store(r)
	outside.Unlock()
	defer r.leave()
	r.loop()
	r.over = true
	for _, t := range r.pool {
		if t.alive {
			hide()
			t.wake <- struct{}{}
			<-r.control
			show()
		}
	}
	if r.gone.Load() {
		abandoned.Add(-1)
	}
}

// leave takes the charge from r, unless it was given up and another has it. Those
// who wait aside go on.
func (r *Run) leave() {
	if current.CompareAndSwap(r, nil) {
		outside.Lock()
		outside.changed.Broadcast()
		outside.Unlock()
	}
}

// loop runs one schedule after the other: until one fails, or the search has come to
// its end in the last of its rounds. The rounds are the bounds from 0 up. If the clock
// turns out to matter all begins anew ([Run.Timed]), as if nothing had been run.
//
//go:norace
func (r *Run) loop() {
	o := &r.options
	s := &r.search
	s.bound = -1
	if o.Bound >= 0 && !o.Random && r.replay == nil {
		s.bound = 0
	}
	for {
		if o.Random {
			r.rng = seeded(o.Seed, r.result.Schedules)
			r.priorities.begin(r)
			s.path, s.arena = s.path[:0], s.arena[:0]
		}
		r.schedule()
		if r.anew {
			r.anew = false
			s.path, s.arena, s.cut = s.path[:0], s.arena[:0], false
			s.bound = min(s.bound, 0)
			r.result, r.log = Result{}, log{}
			continue
		}
		if r.account() {
			return
		}
		switch {
		case o.Random || s.advance():
		case s.bound >= 0 && s.cut && s.bound < o.Bound:
			s.bound, s.cut = s.bound+1, false
		default:
			if r.replay != nil {
				return
			}
			if r.result.Exhausted = r.again(); !r.result.Exhausted {
				r.explain()
			}
			return
		}
	}
}

// account looks at the schedule that has been run; true: it was the last.
//
//go:norace
func (r *Run) account() bool {
	if r.gone.Load() {
		return true // who came back has nothing more to say
	}
	if r.failure == nil && r.search.depth < len(r.search.path) {
		r.cut = false
		r.fail("nondeterministic", "the scenario is not a function of the schedule: it has ended before a choice that it came to before")
	}
	if r.failure == nil && r.search.depth < len(r.replay) {
		r.unfit("it has ended before")
	}
	res := &r.result
	if r.pruned && r.failure == nil {
		res.Pruned++
		return false
	}
	if r.failure == nil && r.search.bound > r.cost {
		return false // has been counted in a round before
	}
	res.Schedules++
	res.Steps += r.steps
	res.Longest = max(res.Longest, r.steps)
	if r.failure != nil {
		r.explain()
		return true
	}
	return r.replay != nil || r.options.Schedules > 0 && res.Schedules == r.options.Schedules
}

// explain runs the schedule that failed once more, and keeps what it does.
//
//go:norace
func (r *Run) explain() {
	f, where := r.failure, r.where
	f.Schedule = r.result.Schedules
	f.Trace = r.trace()
	r.reported = f
	r.replay, _ = parse(f.Trace)
	r.search = search{bound: -1}
	r.capture, r.until = true, -1
	if f.Kind == "nondeterministic" {
		r.until = len(r.replay) // what comes after has nothing to do with it
	}
	r.options.Reduce, r.options.Random = false, false
	r.stranger.Store(nil)
	r.schedule()
	if r.gone.Load() {
		return
	}
	again := r.failure
	if where == (Place{}) && r.log.differ {
		where = r.where
	}
	f.Steps = r.record
	switch {
	case f.Kind == "nondeterministic":
		where = cmp.Or(where, r.where)
		if again != nil {
			f.Waiting = again.Waiting
		}
		if again != nil && again.Kind != f.Kind {
			f.Message += "; when run again there was a " + again.Kind + ": " + again.Message
		}
	case again != nil && again.Kind == f.Kind && r.trace() == f.Trace && (where == r.where || where == Place{}):
		// The message is the first one's: it may tell an address, which is another now.
		f.Waiting, where = again.Waiting, r.where
	default:
		f.Message = fmt.Sprintf("the scenario is not a function of the schedule: there was a %s (%s), and when run again %s", f.Kind, f.Message, happened(again))
		f.Kind = "nondeterministic"
	}
	where = cmp.Or(where, lastPlace(f.Steps))
	if (f.Kind == "nondeterministic" || f.Kind == "panic") && where.File != "" && !strings.Contains(f.Message, where.String()) {
		f.Message += " (" + where.String() + ")"
	}
}

// happened tells what came of a schedule.
func happened(f *Failure) string {
	if f == nil {
		return "none"
	}
	return "a " + f.Kind + " (" + f.Message + ")"
}

// lastPlace is where the last step was that has one.
func lastPlace(steps []Step) Place {
	for i := len(steps) - 1; i >= 0; i-- {
		if steps[i].Place.File != "" {
			return steps[i].Place
		}
	}
	return Place{}
}

// watch waits for the controller, and gives up when there was no step for a while:
// a goroutine then is where the scheduler cannot see it.
//
//go:norace
func (r *Run) watch(done chan struct{}) *Failure {
	tick := time.NewTicker(r.options.Patience / 8)
	defer tick.Stop()
	beat, since := r.beat.Load(), time.Now()
	for {
		select {
		case <-done:
			return r.reported
		case <-tick.C:
		}
		if now := r.beat.Load(); now != beat {
			beat, since = now, time.Now()
		} else if time.Since(since) >= r.options.Patience {
			return r.stuck()
		}
	}
}

// tick tells the watchdog of a step. Each goroutine comes here: were it not hidden, the
// race detector would take it for an edge from every step to the next.
//
//go:norace
func (r *Run) tick() {
	hide()
	r.beat.Add(1)
	show()
}

// stuck finds the goroutine that does not come back. It is left where it is; if
// it comes back after all, it finds the schedule cut short, and all are unwound.
//
//go:norace
func (r *Run) stuck() *Failure {
	f := &Failure{Kind: "unsupported", Schedule: r.result.Schedules + 1, Message: "a goroutine does not come back to the scheduler"}
	if p := r.stranger.Load(); p != nil {
		f.Kind, f.Message = "nondeterministic", "a goroutine that the scheduler does not see takes part, at "+p.String()
	} else if s := r.away(); s != "" {
		what, where := blocked(s)
		f.Message = fmt.Sprintf("%s for %v where the scheduler cannot see it, at %s", what, r.options.Patience, where)
	}
	if r.failure != nil { // it does not let itself be unwound
		f.Kind, f.Message = r.failure.Kind, r.failure.Message+"; and then "+f.Message
	}
	outside.Lock()
	for _, k := range r.knocks {
		f.Message += "; meanwhile a goroutine that it does not see waits for the run to end, at " + k.place.String()
		break
	}
	outside.Unlock()
	abandoned.Add(1)
	r.gone.Store(true)
	r.stop.Store(true)
	r.leave()
	return f
}

// away is the stack of the thread that has the baton and does not come back, or of
// its coroutine.
func (r *Run) away() string {
	for _, s := range stacks() {
		if head, _, _ := strings.Cut(s, "\n"); strings.Contains(head, " [coroutine") {
			continue // it waits for another, which is here, too
		}
		thread := ofThread(s) && (!r.distrust || r.has(goroutine(s)))
		if (thread || coroutine(s) && parent(s) != "") && !strings.Contains(s, "\n"+home+"/internal/sched.(*Thread).take(") {
			return s
		}
	}
	return ""
}
