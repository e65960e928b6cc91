package sched

import (
	"cmp"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// one run at a time: there is one scheduler, and who calls it is known by that.
var one sync.Mutex

// abandoned says that a run was given up in this process: its goroutines may come
// back at any time, in the middle of another run.
var abandoned atomic.Bool

// Explore runs schedules of the scenario until one fails or there are no more.
func Explore(o Options) (Result, *Failure, error) {
	var replay []cand
	if o.Replay != "" {
		var err error
		if replay, err = parse(o.Replay); err != nil {
			return Result{}, nil, err
		}
		o.Random, o.Reduce = false, false
	}
	one.Lock()
	defer one.Unlock()
	r := &Run{options: o, control: make(chan struct{}, 1), replay: replay}
	done := make(chan struct{})
	r.goroutines = runtime.NumGoroutine() + 1
	r.distrust = abandoned.Load()
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
	current.Store(r)
	defer current.CompareAndSwap(r, nil) // another may be in charge, if this one was given up
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
}

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
		if r.account() {
			return
		}
		switch {
		case o.Random || s.advance():
		case s.bound >= 0 && s.cut && s.bound < o.Bound:
			s.bound, s.cut = s.bound+1, false
		default:
			r.result.Exhausted = r.replay == nil
			return
		}
	}
}

// account looks at the schedule that has been run; true: it was the last.
//
//go:norace
func (r *Run) account() bool {
	if r.failure == nil && !r.pruned && r.search.depth < len(r.search.path) {
		r.fail("nondeterministic", "the scenario is not a function of the schedule: it has ended before a choice that it came to before")
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
	if f.Kind == "unsupported" {
		r.reported = f
		return
	}
	replay, _ := parse(f.Trace)
	path := r.search
	r.search = search{bound: -1}
	r.replay, r.capture = replay, true
	reduce, random := r.options.Reduce, r.options.Random
	r.options.Reduce, r.options.Random = false, false
	r.schedule()
	r.capture = false
	r.options.Reduce, r.options.Random = reduce, random
	r.search = path
	again := r.failure
	f.Steps = r.record
	switch {
	case again != nil && again.Kind == f.Kind && again.Message == f.Message:
		f.Waiting = again.Waiting
		where = r.where
	case f.Kind == "nondeterministic":
		if again != nil && again.Kind != f.Kind {
			f.Message += "; when run again there was a " + again.Kind + ": " + again.Message
		}
	default:
		f.Message = fmt.Sprintf("the scenario is not a function of the schedule: there was a %s (%s), and when run again %s", f.Kind, f.Message, ended2(again))
		f.Kind = "nondeterministic"
	}
	where = cmp.Or(where, lastPlace(f.Steps))
	if (f.Kind == "nondeterministic" || f.Kind == "panic") && where.File != "" && !strings.Contains(f.Message, where.String()) {
		f.Message += " (" + where.String() + ")"
	}
	r.reported = f
}

func ended2(f *Failure) string {
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

const patience = 6 * time.Second // without a step until a schedule is given up

// watch waits for the controller, and gives up when there was no step for a while:
// a goroutine then is where the scheduler cannot see it.
//
//go:norace
func (r *Run) watch(done chan struct{}) *Failure {
	tick := time.NewTicker(patience / 8)
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
		} else if time.Since(since) >= patience {
			return r.stuck()
		}
	}
}

// stuck finds the goroutine that does not come back. It is left where it is; if
// it comes back after all, it finds the schedule cut short, and all are unwound.
//
//go:norace
func (r *Run) stuck() *Failure {
	r.stop.Store(true)
	f := &Failure{Kind: "unsupported", Schedule: r.result.Schedules + 1, Message: "a goroutine does not come back to the scheduler"}
	for _, s := range stacks() {
		if !strings.Contains(s, home+"/internal/sched.(*Thread).call(") || strings.Contains(s, home+"/internal/sched.(*Thread).take(") {
			continue
		}
		what, where := blocked(s)
		f.Message = fmt.Sprintf("%s for %v where the scheduler cannot see it, at %s", what, patience, where)
		break
	}
	current.CompareAndSwap(r, nil)
	abandoned.Store(true)
	return f
}

// blocked reads in the text of a stack what a goroutine does, and the last line
// of the user's code: of the module under test, not of the standard library.
func blocked(stack string) (what string, where Place) {
	head, rest, _ := strings.Cut(stack, "\n")
	what = "a goroutine is blocked"
	if _, state, ok := strings.Cut(head, "["); ok {
		state, _, _ = strings.Cut(strings.TrimSuffix(state, "]:"), ",")
		what = "a goroutine is in [" + state + "]"
		if strings.HasPrefix(state, "runn") {
			what = "a goroutine runs without an operation"
		}
	}
	lines := strings.Split(rest, "\n")
	for i := 0; i+1 < len(lines); i += 2 {
		name := lines[i]
		if cut := strings.LastIndexByte(name, '('); cut > 0 {
			name = name[:cut]
		}
		at := strings.TrimSpace(lines[i+1])
		at, _, _ = strings.Cut(at, " +0x")
		file, line, _ := cutLast(at, ":")
		if ours(name, file) || standard(name, file) {
			continue
		}
		p := Place{Func: name, File: file}
		fmt.Sscanf(line, "%d", &p.Line)
		return what, p
	}
	return what, Place{}
}

// standard reports whether a function is of the standard library, by where its
// file is: io.(*pipe).read in .../src/io/pipe.go.
func standard(function, file string) bool {
	slash := strings.LastIndexByte(function, '/')
	dot := strings.IndexByte(function[slash+1:], '.')
	if dot < 0 {
		return true
	}
	pkg := function[:slash+1+dot]
	first, _, _ := strings.Cut(pkg, "/")
	return !strings.Contains(first, ".") && strings.Contains("/"+file, "/src/"+pkg+"/")
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
