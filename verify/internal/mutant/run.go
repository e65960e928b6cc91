package mutant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// A Runner runs tests and scenarios of a module.
type Runner struct {
	Module string // path of the module

	root     string        // of the module, absolute
	dir      string        // temporary
	explore  string        // the command
	patience time.Duration // for tests that are to end
	hang     time.Duration // for one that is not
}

// NewRunner builds the command explore. Close removes what the runner has written.
func NewRunner(ctx context.Context, root string) (*Runner, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	gomod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return nil, fmt.Errorf("not the root of a module: %w", err)
	}
	module := regexp.MustCompile(`(?m)^module (\S+)`).FindSubmatch(gomod)
	if module == nil {
		return nil, fmt.Errorf("%s: no module", root)
	}
	dir, err := os.MkdirTemp("", "petiole-verify-")
	if err != nil {
		return nil, err
	}
	r := &Runner{root: root, Module: string(module[1]), dir: dir, explore: filepath.Join(dir, "explore.exe"),
		patience: 2 * time.Minute, hang: 10 * time.Second}
	if out, err := r.Command(ctx, "go", "build", "-o", r.explore, "github.com/petiole-go/petiole/explore/cmd/explore"); err != nil {
		return nil, errors.Join(fmt.Errorf("building explore: %w\n%s", err, out), r.Close())
	}
	return r, nil
}

// Close removes what the runner has written.
func (r *Runner) Close() error { return os.RemoveAll(r.dir) }

// Command runs a command at the root and returns what it printed.
func (r *Runner) Command(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = r.root
	// How many schedules there are must not depend on the machine: rcu asks for processors.
	// And rapid must not keep, in the checkout, the cases that killed a fault.
	cmd.Env = append(os.Environ(), "GOMAXPROCS=2", "RAPID_NOFAILFILE=1", "PWD="+r.root)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // explore then ends its tests
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// A Key is a test of a package, by its import path.
type Key struct{ Package, Test string }

// A Record is what the command explore tells of a scenario.
type Record struct {
	Package, Test       string
	Threads, Steps      int
	Bound               string
	Schedules           int
	Explored, Exhausted bool
	Elapsed             time.Duration
	Kind                string // of the failure, "" for none
	Failed              bool
}

// A Verdict is what came of a run.
type Verdict struct {
	Passed  bool           // all of it
	Timeout bool           // a test did not end
	Unbuilt bool           // something does not build
	Tests   map[Key]string // pass, fail, skip; run: the process ended first; stress: see lost
	Records []Record
	Output  string // of what failed
}

// A Job is what to run.
type Job struct {
	Packages []string // as the go command takes them
	Names    []string // of tests; none: all
	Overlay  string   // with one a run is never a cached one
	Race     bool     // with the race detector
	Patience time.Duration
}

func (j Job) pattern() string {
	if len(j.Names) == 0 {
		return "."
	}
	return "^(" + strings.Join(j.Names, "|") + ")$"
}

// lost is a scenario of which explore could not say anything.
const lost = "lost"

// Tests runs tests under go test.
func (r *Runner) Tests(ctx context.Context, j Job) Verdict {
	args := []string{"test", "-json", "-vet=off", "-ldflags=-s -w", "-timeout=" + j.Patience.String(), "-run=" + j.pattern()}
	if j.Overlay != "" {
		args = append(args, "-count=1", "-overlay="+j.Overlay)
	}
	if j.Race {
		args = append(args, "-race")
	}
	out, err := r.Command(ctx, "go", append(args, j.Packages...)...)
	v := Verdict{Passed: err == nil, Tests: map[Key]string{}}
	said := map[Key]string{}
	var keys []Key // in the order of what was said
	for line := range strings.Lines(out) {
		var e struct{ Action, Package, Test, Output, FailedBuild string }
		if json.Unmarshal([]byte(line), &e) != nil {
			e.Output = line
		}
		k := Key{e.Package, e.Test}
		if _, known := said[k]; !known {
			keys = append(keys, k)
		}
		said[k] += e.Output
		v.Timeout = v.Timeout || strings.HasPrefix(e.Output, "panic: test timed out")
		v.Unbuilt = v.Unbuilt || e.FailedBuild != ""
		switch e.Action {
		case "run", "pass", "fail", "skip":
			v.Tests[k] = e.Action
		}
	}
	for _, k := range keys {
		if got := v.Tests[k]; got != "pass" && got != "skip" {
			v.Output += said[k]
		}
	}
	return v
}

// Scenarios runs scenarios under the command explore.
func (r *Runner) Scenarios(ctx context.Context, j Job) Verdict {
	v := Verdict{Tests: map[Key]string{}}
	dir, err := os.MkdirTemp(r.dir, "")
	if err != nil {
		v.Output = err.Error()
		return v
	}
	ctx, cancel := context.WithTimeout(ctx, j.Patience)
	defer cancel()
	records := filepath.Join(dir, "records.json")
	args := []string{"-json", records, "-html", dir, "-run", j.pattern()}
	if j.Overlay != "" {
		args = append(args, "-overlay", j.Overlay)
	}
	if j.Race {
		args = append(args, "-race")
	}
	v.Output, err = r.Command(ctx, r.explore, append(args, j.Packages...)...)
	v.Passed, v.Timeout = err == nil, ctx.Err() != nil
	text, err := os.ReadFile(records)
	if err == nil {
		err = json.Unmarshal(text, &v.Records)
	}
	v.Unbuilt = err != nil || strings.Contains(v.Output, "does not build under the scheduler")
	for _, s := range v.Records {
		top, _, _ := strings.Cut(s.Test, "/") // a failure of one is that of all
		k, now := Key{s.Package, top}, "pass"
		switch {
		case !s.Explored || s.Kind == "nondeterministic" || s.Kind == "unsupported":
			now = lost
		case s.Failed || s.Kind != "":
			now = "fail"
		}
		if v.Tests[k] == "" || v.Tests[k] == "pass" {
			v.Tests[k] = now
		}
	}
	return v
}

// in is the import path of a directory of the module.
func (r *Runner) in(dir string) string { return path.Join(r.Module, dir) }
