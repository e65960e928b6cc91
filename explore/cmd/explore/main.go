// Command explore runs every interleaving of the scenarios of Go packages: of
// their tests named TestExplore, which call [explore.Check]. In the module of the
// packages:
//
//	go run github.com/petiole-go/petiole/explore/cmd/explore ./...
//
// The code under test is as it always is. The command writes copies of it to a
// temporary directory in which the scheduler is behind every operation that
// synchronises, has go test build these and run them on one processor (-cpu 1), as one
// goroutine runs at a time, and prints a table of what was explored.
// For a scenario that failed it prints the schedule, step by step, and the command
// that runs it again. -h lists the flags and the exit codes.
//
// [explore.Check]: https://pkg.go.dev/github.com/petiole-go/petiole/explore#Check
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/petiole-go/petiole/explore/internal/report"
	"github.com/petiole-go/petiole/explore/internal/rewrite"
)

// Exit codes; -h tells them.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		fmt.Fprintln(stderr, "explore:", err)
		return exitUsage
	}
	s := &session{options: o, out: stdout}
	code, err := s.explore(ctx)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "explore: interrupted")
		return exitInterrupted
	case err != nil:
		fmt.Fprintln(stderr, "explore:", err)
	}
	return code
}

// session is one run of the command.
type session struct {
	options
	out     io.Writer
	dir     string // temporary: copies, and records
	built   *rewrite.Result
	chosen  []key    // the scenarios to run
	tests   []string // their names
	records []report.Record
}

// explore does everything, and returns the exit code.
func (s *session) explore(ctx context.Context) (code int, err error) {
	fmt.Fprintf(s.out, "explore: reading and rewriting %s\n", strings.Join(s.patterns, " "))
	if s.dir, err = os.MkdirTemp("", "petiole-explore-"); err != nil {
		return exitFailed, err
	}
	defer func() {
		if e := os.RemoveAll(s.dir); e != nil && err == nil {
			code, err = exitFailed, e
		}
	}()
	for _, dir := range []string{s.path("copies"), s.path("records"), s.html} {
		if dir != "" {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return exitFailed, err
			}
		}
	}
	s.built, err = rewrite.Write(ctx, rewrite.Options{Patterns: s.patterns, Also: s.also, Race: s.race, Overlay: s.overlay, Out: s.path("copies")})
	if wrong, ok := errors.AsType[rewrite.Errors](err); ok {
		return exitFailed, fmt.Errorf("cannot rewrite this:\n%w", wrong)
	} else if err != nil {
		return exitFailed, err
	}
	if left := strings.Join(s.built.Left, ","); left != "" {
		fmt.Fprintf(s.out, "explore: imported and left as it is, locks and all: %s (-also %s rewrites it)\n", left, left)
	}
	packages, err := s.choose()
	if err != nil {
		return exitUsage, err
	}
	fmt.Fprintf(s.out, "explore: %s of %s rewritten; building and running %s\n",
		count(s.built.Files, "file"), count(len(s.built.Rewritten), "package"), count(len(s.tests), "scenario"))
	t, err := s.test(ctx, packages)
	if err != nil || ctx.Err() != nil {
		return exitFailed, err
	}
	if s.records, err = report.Read(s.path("records")); err != nil {
		return exitFailed, err
	}
	if err := s.write(t); err != nil {
		return exitFailed, err
	}
	return s.tell(t), nil
}

func (s *session) path(name string) string { return filepath.Join(s.dir, name) }

// choose fills tests, and returns the packages that have any of them. It says which
// packages have no scenario at all.
func (s *session) choose() (packages []string, err error) {
	name, _, _ := strings.Cut(s.run, "/")
	match, err := regexp.Compile(name)
	if err != nil {
		return nil, fmt.Errorf("-run %q: the part before the first / is no regular expression: %w", s.run, err)
	}
	var all, chosen []string // names; with the package
	for _, p := range s.built.Packages {
		if len(p.Scenarios) == 0 {
			fmt.Fprintf(s.out, "explore: no TestExplore test in %s\n", p.Path)
		}
		for _, name := range p.Scenarios {
			all = append(all, name)
			if !match.MatchString(name) {
				continue
			}
			chosen = append(chosen, p.Path+"."+name)
			s.chosen = append(s.chosen, key{p.Path, name})
			if !slices.Contains(packages, p.Path) {
				packages = append(packages, p.Path)
			}
			if !slices.Contains(s.tests, name) {
				s.tests = append(s.tests, name)
			}
		}
	}
	switch {
	case len(all) == 0:
		return nil, errors.New("no scenario was found: a scenario is a test whose name begins with TestExplore, and calls explore.Check")
	case len(chosen) == 0:
		return nil, fmt.Errorf("-run %q matches no scenario; there are %s", s.run, strings.Join(all, ", "))
	case s.replay != "" && len(chosen) > 1:
		return nil, fmt.Errorf("-replay is for one scenario, and this is %d: %s; name one with -run", len(chosen), strings.Join(chosen, ", "))
	}
	return packages, nil
}

// count says n things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
