package explore

import (
	"io"
	"strings"

	"github.com/petiole-go/petiole/explore/internal/sched"
	"github.com/petiole-go/petiole/explore/internal/timeline"
)

// The kinds of a Failure.
const (
	KindAssertion        = "assertion"
	KindDeadlock         = "deadlock"
	KindLivelock         = "livelock"
	KindPanic            = "panic"
	KindNondeterministic = "nondeterministic"
	KindUnsupported      = "unsupported"
)

// A Failure is the first schedule that failed. Its Error is several lines: what
// failed, and the schedule step by step.
type Failure struct {
	// Kind is "assertion", "deadlock" (nobody can go on), "livelock" (more than
	// Options.Steps), "panic", "nondeterministic" (the scenario is not a function of
	// the schedule), or "unsupported" (it does what the scheduler cannot see).
	Kind    string
	Message string // of Assert, of the panic, ...
	// Trace is the schedule in one line, for Options.Replay. Empty under stress, and
	// where there was no schedule to tell.
	Trace    string
	Schedule int // which one it was, from 1
	Result   Result

	title   string
	steps   []sched.Step
	waiting []sched.Wait
}

func newFailure(f *sched.Failure, res Result) *Failure {
	return &Failure{
		Kind: f.Kind, Message: f.Message, Trace: f.Trace, Schedule: f.Schedule, Result: res,
		steps: f.Steps, waiting: f.Waiting,
	}
}

func (f *Failure) schedule() timeline.Schedule {
	return timeline.Schedule{
		Title: f.title, Kind: f.Kind, Message: f.Message, Trace: f.Trace,
		Schedule: f.Schedule, Steps: f.steps, Waiting: f.waiting,
	}
}

func (f *Failure) Error() string {
	if len(f.steps) == 0 && f.Trace == "" {
		return "explore: " + f.Kind + ": " + f.Message
	}
	var text strings.Builder
	_ = timeline.Text(&text, f.schedule()) // a Builder does not fail
	return strings.TrimRight(text.String(), "\n")
}

// HTML writes the schedule as a picture: one file, a lane per goroutine, for a
// browser without a network.
func (f *Failure) HTML(w io.Writer) error { return timeline.HTML(w, f.schedule()) }
