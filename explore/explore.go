package explore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/petiole-go/petiole/explore/internal/sched"
	"github.com/petiole-go/petiole/explore/internal/virtual"
)

// Options say how far a search goes. The zero value searches all schedules with
// at most two preemptions.
type Options struct {
	// Preemptions bounds the switches away from a goroutine that could have gone on,
	// per schedule. Most bugs need one or two. 0: two; -1: no bound, and the
	// reduction, which runs one schedule of all that differ only in the order of
	// operations that do not concern each other.
	Preemptions int

	// Schedules stops the search after so many. 0: none, run all there are; with
	// Random, and as stress, 1,000.
	Schedules int

	// Steps is what a schedule may take. One that takes more is a livelock. 0: 10,000.
	Steps int

	// Yields is how often a goroutine may yield (runtime.Gosched) before it has to let
	// those go first who could have gone meanwhile. It decides how long a spinning
	// loop is followed: each one more multiplies the schedules. A loop over a select
	// may pass over a case that stays ready three times as often. 0: once.
	Yields int

	// Random runs random schedules in place of the search, from Seed on: each
	// goroutine has a random priority, which Preemptions times in a schedule falls
	// below all others (PCT); without a bound, whoever can may go on at each step.
	// For scenarios that are too large to be searched.
	Random bool
	Seed   uint64

	// Replay is the Trace of a Failure: its schedule is run, and nothing else.
	Replay string
}

// Result says what was run.
type Result struct {
	Schedules int           // complete schedules, each counted once; under stress the runs
	Steps     int           // of all of them together
	Explored  bool          // the scheduler was in charge; false: this was stress
	Exhausted bool          // all schedules within the bounds (Preemptions, Yields) were run, and none failed
	Elapsed   time.Duration // wall clock
}

// S is one run of a scenario. It belongs to the goroutines of that run: used by
// others, or later, it panics, or fails the run.
type S struct {
	run    *sched.Run // nil: stress
	epoch  uint64     // the schedule
	stress *stress
}

// thread is the one that calls.
func (s *S) thread() *sched.Thread {
	t := sched.Current()
	if t == nil {
		s.run.Intrude()
	}
	if t == nil || t.Run() != s.run || s.run.Epoch() != s.epoch {
		panic("explore: an S is used outside of its run")
	}
	return t
}

// Go starts a goroutine of the scenario. The name is for whoever reads a trace.
func (s *S) Go(name string, f func()) {
	if f == nil {
		panic("explore: Go of a nil function")
	}
	if s.run == nil {
		s.stress.start(name, f)
		return
	}
	s.thread().Go(name, f)
}

// Cancelable is a context that is cancelled at some moment, or never: under the
// scheduler at every moment there is, and there is a schedule without. Calling
// the function cancels it as well.
func (s *S) Cancelable(name string) (context.Context, context.CancelFunc) {
	if s.run == nil {
		return s.stress.cancelable()
	}
	return virtual.Cancelable(s.thread(), name)
}

// Assert fails the schedule unless ok, and ends the goroutine that calls.
func (s *S) Assert(ok bool, format string, args ...any) {
	if ok {
		return
	}
	message := fmt.Sprintf(format, args...)
	if s.run == nil {
		s.stress.fail("assertion", message)
	}
	s.thread().Run().Fail("assertion", message)
}

// End has f run when all goroutines have ended: it is the place for what must
// hold then. Several run in the order in which they were given. Timers and
// cancellations that have not happened by then do not happen.
func (s *S) End(f func()) {
	if f == nil {
		panic("explore: End of a nil function")
	}
	if s.run == nil {
		s.stress.end(f)
		return
	}
	s.thread().Run().End(f)
}

// Run runs the scenario under each schedule, until one fails. The error is a
// [*Failure], or says that the options make no sense.
//
// Without the command explore there is nothing to schedule, and it runs the
// scenario as stress: see the package.
func Run(o Options, scenario func(s *S)) (Result, error) {
	res, _, err := run(o, scenario)
	return res, err
}

func run(o Options, scenario func(s *S)) (Result, sched.Result, error) {
	if err := o.check(scenario); err != nil {
		return Result{}, sched.Result{}, err
	}
	began := time.Now()
	if !sched.Linked() {
		n, err := stressed(o, scenario)
		res := Result{Schedules: n, Elapsed: time.Since(began)}
		if f, ok := errors.AsType[*Failure](err); ok {
			f.Result = res
		}
		return res, sched.Result{}, err
	}
	so := sched.Options{
		Bound: o.Preemptions, Reduce: o.Preemptions < 0 && !o.Random,
		Schedules: o.Schedules, Steps: o.Steps, Yields: max(o.Yields, 1), Random: o.Random, Seed: o.Seed, Replay: o.Replay,
		Scenario: func(r *sched.Run) { scenario(&S{run: r, epoch: r.Epoch()}) },
	}
	if o.Preemptions == 0 {
		so.Bound = 2
	}
	if o.Steps == 0 {
		so.Steps = 10_000
	}
	if o.Random && o.Schedules == 0 {
		so.Schedules = 1000
	}
	r, f, err := sched.Explore(so)
	res := Result{Schedules: r.Schedules, Steps: r.Steps, Explored: true, Exhausted: r.Exhausted, Elapsed: time.Since(began)}
	if f != nil {
		return res, r, newFailure(f, res)
	}
	return res, r, err
}

func (o Options) check(scenario func(s *S)) error {
	switch {
	case scenario == nil:
		return errors.New("explore: a nil scenario")
	case o.Preemptions < -1:
		return fmt.Errorf("explore: Preemptions is %d: -1 means no bound, 0 two", o.Preemptions)
	case o.Schedules < 0:
		return fmt.Errorf("explore: Schedules is %d: 0 means all", o.Schedules)
	case o.Steps < 0:
		return fmt.Errorf("explore: Steps is %d: 0 means 10,000", o.Steps)
	case o.Yields < 0:
		return fmt.Errorf("explore: Yields is %d: 0 means once", o.Yields)
	case o.Random && o.Replay != "":
		return errors.New("explore: Random and Replay together: a trace is one schedule")
	case o.Seed != 0 && !o.Random:
		return errors.New("explore: Seed without Random: the search has nothing random")
	}
	return nil
}
