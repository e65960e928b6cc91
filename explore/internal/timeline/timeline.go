// Package timeline renders one failing schedule for a person: Text for a terminal
// and an error, HTML for a browser. Both show the same rows, so that a step's
// number means one thing in both.
package timeline

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/petiole-go/petiole/explore/internal/sched"
)

// A Schedule is what is rendered. Every text in it may come from the code under
// test, and none of it is trusted. The functions of this package only read it.
type Schedule struct {
	Title    string // the test's name; "": a scenario without a test
	Kind     string // "deadlock", "assertion", ...
	Message  string
	Trace    string // replays the schedule
	Schedule int    // its number in the search
	Steps    []sched.Step
	Waiting  []sched.Wait // goroutines that have not ended, and where they stand
}

// What is shown of a schedule that is longer than anyone reads. A livelock has
// 10,000 steps: how it began and how it turns is enough, and so is a page of
// those who wait. Preemptive switches between are kept as long as they are few,
// because one of them may be what broke it.
const (
	wholeSteps   = 100
	headSteps    = 20
	tailSteps    = 40
	keptSwitches = 10
	keptWaits    = 50
)

// row is one step that is shown. The last step of a schedule always is one, so
// steps that are left out always have a row behind them to be told at.
type row struct {
	sched.Step
	Number  int    // from 1
	Who     string // the goroutine, or the event
	Where   string
	Victim  string // who was interrupted, for a preemptive switch
	Skipped int    // steps left out just before this one
	Last    bool
}

// Preempts tells whether the row is the first behind a preemptive switch.
func (r row) Preempts() bool { return preempts(r.Step) }

// preempts tells the same of a step. An event interrupts nobody.
func preempts(step sched.Step) bool { return step.Switched && !step.Event }

// Note is the row's remark in words: colour and margin only repeat it.
func (r row) Note() string {
	switch {
	case r.Event:
		return "event"
	case r.Preempts():
		return strings.TrimSpace("preempts " + r.Victim)
	}
	return ""
}

// Gap says what was left out before the row.
func (r row) Gap() string {
	if r.Skipped == 1 {
		return fmt.Sprintf("1 step left out (%d)", r.Number-1)
	}
	return fmt.Sprintf("%d steps left out (%d to %d)", r.Skipped, r.Number-r.Skipped, r.Number-1)
}

// wait is one goroutine that has not ended.
type wait struct {
	sched.Wait
	Who, Where string
}

// title is what the schedule is of.
func (s Schedule) title() string {
	if s.Title == "" {
		return "scenario"
	}
	return s.Title
}

// preemptions counts the preemptive switches, those left out as well.
func (s Schedule) preemptions() int {
	n := 0
	for _, step := range s.Steps {
		if preempts(step) {
			n++
		}
	}
	return n
}

// rows picks the steps that are shown.
func (s Schedule) rows() []row {
	names, local, keep := s.names(), newPaths(), s.picks()
	var rows []row
	skipped, running := 0, -1 // running: the goroutine of the last step that was one's
	for i, step := range s.Steps {
		if keep(i) {
			r := row{Step: step, Number: i + 1, Where: local.place(step.Place), Skipped: skipped, Last: i == len(s.Steps)-1}
			if r.Who = names[step.Thread]; step.Event {
				r.Who = step.Name
			}
			if r.Preempts() && running >= 0 {
				r.Victim = names[running]
			}
			rows, skipped = append(rows, r), 0
		} else {
			skipped++
		}
		if !step.Event {
			running = step.Thread
		}
	}
	return rows
}

// picks tells which steps are shown, by index.
func (s Schedule) picks() func(i int) bool {
	n := len(s.Steps)
	if n <= wholeSteps {
		return func(int) bool { return true }
	}
	switched := map[int]bool{} // by a preemptive switch: the step before and the step after
	few := 0
	for i, step := range s.Steps[headSteps : n-tailSteps] {
		if preempts(step) {
			few++
			switched[headSteps+i-1], switched[headSteps+i] = true, true
		}
	}
	return func(i int) bool {
		return i < headSteps || i >= n-tailSteps || few <= keptSwitches && switched[i]
	}
}

// waits gives those that have not ended, and how many more there are.
func (s Schedule) waits() (shown []wait, more int) {
	names, local := s.names(), newPaths()
	for _, w := range s.Waiting[:min(len(s.Waiting), keptWaits)] {
		shown = append(shown, wait{w, names[w.Thread], local.place(w.Place)})
	}
	return shown, len(s.Waiting) - len(shown)
}

// names gives each goroutine a name of its own: scenarios start several of one name.
func (s Schedule) names() map[int]string {
	names := map[int]string{}
	for _, step := range s.Steps {
		if !step.Event {
			names[step.Thread] = step.Name
		}
	}
	for _, w := range s.Waiting {
		names[w.Thread] = w.Name
	}
	times := map[string]int{}
	for _, name := range names {
		times[name]++
	}
	for _, thread := range slices.Collect(maps.Keys(names)) {
		switch name := names[thread]; {
		case name == "":
			names[thread] = fmt.Sprintf("goroutine %d", thread)
		case times[name] > 1:
			names[thread] = fmt.Sprintf("%s/%d", name, thread)
		}
	}
	return names
}

// paths shortens file names. It asks for the current directory once.
type paths struct{ dir string }

func newPaths() paths {
	dir, _ := os.Getwd() // without one, every file gets the short form of a file elsewhere
	return paths{dir}
}

// place is a line as a person names it: relative to the current directory where
// it is below it, which editors and terminals open; else its base name with its
// folder, because a module cache's path says little and takes the whole line.
func (p paths) place(at sched.Place) string {
	if at.File == "" {
		return at.String()
	}
	file, err := filepath.Rel(p.dir, at.File)
	if err != nil || !filepath.IsLocal(file) {
		file = filepath.Join(filepath.Base(filepath.Dir(at.File)), filepath.Base(at.File))
	}
	return sched.Place{File: filepath.ToSlash(file), Line: at.Line}.String()
}

// subject joins an operation and its object.
func subject(op, object string) string { return strings.TrimSpace(op + " " + object) }

// count says how many, in words that agree.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
