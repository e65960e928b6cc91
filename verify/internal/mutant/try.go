package mutant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// An Outcome is what became of a fault.
type Outcome struct {
	Mutant
	Err  error // nil: it died as the list says, or is equivalent and was built
	Took time.Duration
}

// run runs tests of a package of m, under what is for them.
func (r *Runner) run(ctx context.Context, m Mutant, overlay string, patience time.Duration, names ...string) Verdict {
	f := r.Tests
	if m.scenario() {
		f = r.Scenarios
	}
	return f(ctx, Job{[]string{"./" + m.Package}, names, overlay, m.Race, patience})
}

func (m Mutant) scenario() bool { return strings.HasPrefix(m.Test, "TestExplore") }

// Control runs the tests that are to notice all, on the code as it is, where they
// must pass.
func (r *Runner) Control(ctx context.Context, all []Mutant) (wrong error) {
	type group struct {
		dir            string
		scenario, race bool
	}
	groups := map[group][]Mutant{} // each test once
	for _, m := range all {
		g := group{m.Package, m.scenario(), m.Race}
		if m.Test != "" && !slices.ContainsFunc(groups[g], func(o Mutant) bool { return o.Test == m.Test }) {
			groups[g] = append(groups[g], m)
		}
	}
	for _, ms := range groups {
		var names []string
		for _, m := range ms {
			names = append(names, m.Test)
		}
		v := r.run(ctx, ms[0], "", r.patience, names...)
		wrong = errors.Join(wrong, r.passed(v, ms))
	}
	return wrong
}

func (r *Runner) passed(v Verdict, all []Mutant) (wrong error) {
	for _, m := range all {
		if got := v.Tests[Key{r.in(m.Package), m.Test}]; got == "" {
			wrong = errors.Join(wrong, fmt.Errorf("%s: %s was not run", m.Place, m.Test))
		} else if got != "pass" {
			wrong = errors.Join(wrong, fmt.Errorf("%s: %s does not pass on the code as it is: %s", m.Place, m.Test, got))
		}
	}
	if wrong == nil && !v.Passed {
		wrong = fmt.Errorf("%s does not pass", all[0].Package)
	}
	if wrong != nil {
		wrong = fmt.Errorf("%w\n%s", wrong, v.Output)
	}
	return wrong
}

// All tries the faults, two at a time, and hands the outcomes to tell in the order
// of all.
func (r *Runner) All(ctx context.Context, all []Mutant, tell func(Outcome)) {
	outcomes := make([]chan Outcome, len(all))
	turns := make(chan struct{}, 2)
	for i, m := range all {
		outcomes[i] = make(chan Outcome, 1)
		go func() {
			turns <- struct{}{}
			began := time.Now()
			err := r.Try(ctx, m)
			outcomes[i] <- Outcome{m, err, time.Since(began)}
			<-turns
		}()
	}
	for _, c := range outcomes {
		tell(<-c)
	}
}

// Try builds with the fault, and runs the test that is to notice. The error says
// what else happened.
func (r *Runner) Try(ctx context.Context, m Mutant) error {
	dir, err := os.MkdirTemp(r.dir, "")
	if err != nil {
		return err
	}
	overlay, faulty := filepath.Join(dir, "overlay.json"), filepath.Join(dir, path.Base(m.File))
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(r.root, filepath.FromSlash(m.File)): faulty}})
	if err = errors.Join(err, os.WriteFile(faulty, []byte(m.text), 0o600), os.WriteFile(overlay, text, 0o600)); err != nil {
		return err
	}
	if m.Test == "" {
		if out, err := r.Command(ctx, "go", "build", "-overlay="+overlay, "./"+m.Dir()); err != nil {
			return fmt.Errorf("does not build: %w\n%s", err, out)
		}
		return nil
	}
	patience := r.patience
	if m.Hangs {
		patience = r.hang
	}
	v := r.run(ctx, m, overlay, patience, m.Test)
	switch got := v.Tests[Key{r.in(m.Package), m.Test}]; {
	case ctx.Err() != nil:
		return ctx.Err()
	case v.Timeout && m.Hangs:
		return nil
	case v.Timeout:
		err = errors.New("the test does not end, and the list does not say so")
	case v.Unbuilt:
		err = errors.New("does not build")
	case got == "":
		err = fmt.Errorf("%s was not run", m.Test)
	case got == "skip" || got == lost:
		err = fmt.Errorf("the test has seen nothing: %s", got)
	case got == "pass" && v.Passed:
		err = errors.New("survived")
	case m.Hangs:
		err = errors.New("the test ends, and the list says that it does not")
	default: // it failed, or ended the process, or left a goroutine
		return nil
	}
	return fmt.Errorf("%w\n%s", err, v.Output)
}
