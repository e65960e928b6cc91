package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/petiole-go/petiole/explore/internal/report"
)

// event is a line that go test -json prints.
type event struct {
	Action      string
	Package     string
	ImportPath  string // of what did not build
	FailedBuild string
	Test        string
	Output      string
}

// key is a test of a package, or with Test "" the package.
type key struct{ Package, Test string }

// outcome is what go test said.
type outcome struct {
	failed []key // in the order in which they ended
	output map[key]*strings.Builder
	builds map[string]*strings.Builder // what the compiler said, by package
	broken map[string]string           // packages that were not run, by what did not build
	other  strings.Builder             // of go test itself
}

// test has go test build the copies and run the scenarios of packages.
func (s *session) test(ctx context.Context, packages []string) (*outcome, error) {
	settings, err := json.Marshal(report.Settings{Dir: s.path("records"), Replay: s.replay, Schedules: s.schedules, Preemptions: s.preempt, HTML: s.html})
	if err != nil {
		return nil, err
	}
	// Flags here win over those in GOFLAGS.
	// One goroutine runs at a time, and the next one starts sooner on the same processor.
	args := []string{"test", "-json", "-mod=readonly", "-overlay=" + s.built.Overlay, "-vet=off", "-cover=false",
		"-count=1", "-cpu=1", "-timeout=0", "-run=" + s.pattern()}
	if s.race {
		args = append(args, "-race")
	}
	cmd := exec.CommandContext(ctx, "go", append(args, packages...)...)
	cmd.Env = append(os.Environ(), report.Env+"="+string(settings), "GODEBUG="+debug())
	group(cmd)
	cmd.WaitDelay = 5 * time.Second
	t := &outcome{output: map[key]*strings.Builder{}, builds: map[string]*strings.Builder{}, broken: map[string]string{}}
	lines := &splitter{line: func(line []byte) { t.read(line, s.verbose, s.out) }}
	cmd.Stdout, cmd.Stderr = lines, &t.other
	err = cmd.Run()
	lines.end()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited && ctx.Err() == nil {
		return nil, err
	}
	if err != nil && len(t.failed) == 0 && ctx.Err() == nil {
		return nil, fmt.Errorf("go test: %w\n%s", err, strings.TrimSpace(t.other.String()))
	}
	return t, nil
}

// debug is GODEBUG with the index of the module cache off, which knows nothing of overlays.
func debug() string {
	return strings.TrimPrefix(os.Getenv("GODEBUG")+",goindex=0", ",")
}

// pattern is what -run of go test gets: the names, and what the user's says of subtests.
func (s *session) pattern() string {
	quoted := make([]string, len(s.tests))
	for i, name := range s.tests {
		quoted[i] = regexp.QuoteMeta(name)
	}
	p := "^(" + strings.Join(quoted, "|") + ")$"
	if _, sub, ok := strings.Cut(s.run, "/"); ok {
		p += "/" + sub
	}
	return p
}

// read takes a line of go test's output.
func (t *outcome) read(line []byte, verbose bool, out io.Writer) {
	var e event
	if err := json.Unmarshal(line, &e); err != nil {
		fmt.Fprintf(&t.other, "%s\n", line)
		return
	}
	k := key{e.Package, e.Test}
	switch e.Action {
	case "output":
		if verbose {
			fmt.Fprint(out, e.Output)
		}
		if t.output[k] == nil {
			t.output[k] = &strings.Builder{}
		}
		t.output[k].WriteString(e.Output)
	case "build-output":
		if t.builds[e.ImportPath] == nil {
			t.builds[e.ImportPath] = &strings.Builder{}
		}
		t.builds[e.ImportPath].WriteString(e.Output)
	case "fail":
		t.failed = append(t.failed, k)
		if e.FailedBuild != "" {
			t.broken[e.Package] = e.FailedBuild
		}
	}
}

// splitter calls line for each line that is written to it.
type splitter struct {
	line func([]byte)
	rest []byte
}

func (s *splitter) Write(p []byte) (int, error) {
	s.rest = append(s.rest, p...)
	for {
		line, rest, ok := bytes.Cut(s.rest, []byte{'\n'})
		if !ok {
			return len(p), nil
		}
		s.line(line)
		s.rest = rest
	}
}

func (s *splitter) end() {
	if len(s.rest) > 0 {
		s.line(s.rest)
	}
}
