package sched

import (
	"fmt"
	"runtime"
)

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
	message := fmt.Sprintf("nobody can go on: %d goroutines wait", waiting)
	if waiting == 1 {
		message = "nobody can go on: a goroutine waits"
	}
	if r.foreign.File != "" {
		r.fail("nondeterministic", message+", maybe for a goroutine that the scheduler does not see: one took or gave what was sent or received at "+r.foreign.String())
	} else if lost := r.strays(); len(lost) > 0 {
		_, at := blocked(lost[0])
		r.fail("nondeterministic", message+", maybe for one that the scheduler does not see, at "+at.String())
	} else {
		r.fail("deadlock", message)
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

// Fail fails the schedule and ends the goroutine that calls.
//
//go:norace
func (r *Run) Fail(kind, message string) {
	t := r.running
	if !r.cut {
		t.remember()
		r.fail(kind, message)
		r.where = place(t.place)
	}
	if t.dying {
		runtime.Goexit()
	}
	t.exit()
}
