package sched

import (
	"fmt"
	"strconv"
	"strings"
)

// trace tells the choices of the last schedule in one line: the number of the
// goroutine or event that went on, with a dot the way in which it did, with an x
// how often in a row: 1x3,2.1,c. A t before them says that to look at the clock is a
// step ([Run.Timed]).
//
//go:norace
func (r *Run) trace() string {
	var words []string
	times := 0
	flush := func() {
		if times > 1 {
			words[len(words)-1] += "x" + strconv.Itoa(times)
		}
		times = 0
	}
	for _, c := range r.search.path[:r.search.depth] {
		a := r.search.arena[c.from+c.at]
		word := strconv.Itoa(int(a.thread))
		if a.thread == clockBit {
			word = "c"
		}
		if a.way > 0 {
			word += "." + strconv.Itoa(int(a.way))
		}
		if len(words) == 0 || words[len(words)-1] != word {
			flush()
			words = append(words, word)
		}
		times++
	}
	flush()
	if len(words) == 0 {
		words = append(words, nothing)
	}
	text := strings.Join(words, ",")
	if r.timed && r.told {
		text = ticking + text
	}
	return text
}

const (
	nothing = "-"  // the trace of a schedule in which there was nothing to choose
	ticking = "t," // before one in which to look at the clock is a step
)

// Legible tells what is wrong with a trace that no schedule can have.
func Legible(trace string) error {
	_, err := parse(trace)
	return err
}

// parse reads a trace.
func parse(trace string) ([]cand, error) {
	cands := []cand{}
	trace = strings.TrimPrefix(strings.TrimSpace(trace), ticking)
	if trace == nothing {
		return cands, nil
	}
	for word := range strings.SplitSeq(trace, ",") {
		rest, times, repeated := strings.Cut(strings.TrimSpace(word), "x")
		thread, way, chosen := strings.Cut(rest, ".")
		n, w, k := 1, 0, clockBit
		var err error
		if repeated {
			n, err = strconv.Atoi(times)
		}
		if chosen && err == nil {
			w, err = strconv.Atoi(way)
		}
		if thread != "c" && err == nil {
			k, err = strconv.Atoi(thread)
			if k > most {
				k = -1
			}
		}
		if err != nil || n < 1 || n > 1_000_000 || w < 0 || w > 255 || k < 0 {
			return nil, fmt.Errorf("%q is no part of a trace", word)
		}
		for range n {
			cands = append(cands, cand{thread: uint8(k), way: uint8(w)})
		}
	}
	return cands, nil
}

//go:norace
func (r *Run) replaying() bool { return r.replay != nil }

// replayed is the candidate that the trace names. A trace that has ended leaves
// the rest to the default: the schedule failed there.
//
//go:norace
func (r *Run) replayed() (int, bool) {
	d := r.search.depth
	if d >= len(r.replay) {
		return 0, true
	}
	want := r.replay[d]
	for i, c := range r.cands {
		if c.thread == want.thread && c.way == want.way {
			return i, true
		}
	}
	r.unfit("nobody goes on like that")
	return 0, false
}

//go:norace
func (r *Run) unfit(why string) {
	r.fail("nondeterministic", fmt.Sprintf("the trace does not fit this scenario: at choice %d of %d %s", r.search.depth+1, len(r.replay), why))
}

// diverged tells that the schedule is at a choice that was another one when it
// was here before.
//
//go:norace
func (r *Run) diverged(c *choice) {
	r.fail("nondeterministic", "the scenario is not a function of the schedule")
	if c.op == r.kind(0) {
		r.failure.Message += ": it came to the same point by other operations than before, or by the same on others' objects"
	} else {
		r.failure.Message += ": at the same point it stood before " + c.op.String() + " before, and now before " + r.kind(0).String()
	}
	if id := r.cands[0].thread; id != clockBit {
		r.failure.Message += " in " + r.threads[id].name
	}
}
