package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/petiole-go/petiole/explore/internal/sched"
)

// options are the flags, checked.
type options struct {
	run       string // regexp of tests; "": all
	replay    string
	schedules int
	preempt   int
	html      string // absolute, or ""
	overlay   string
	json      string
	also      []string
	verbose   bool
	race      bool
	patterns  []string
}

const usage = `usage: go run github.com/petiole-go/petiole/explore/cmd/explore [flags] packages...

Runs the scenarios of packages, their tests that are named TestExplore..., under
a scheduler that goes through every interleaving of each. The packages are as
the go command takes them; they, their tests and the packages of petiole that
they import are rewritten into a temporary directory for it.

  explore ./...                       every scenario of this module
  explore -run Ring ./queue           those whose name matches
  explore -also golang.org/x/sync/... ./pool
                                      and rewrite what ./pool imports from there
  explore -race ./pool                with the race detector over every schedule
  explore -run '^TestExplorePut$' -replay 'TRACE' ./queue
                                      one schedule again, as the failure says

Flags:
`

const exits = `
Exit codes: 0 every scenario passed; 1 one failed, or a package did not build or
could not be rewritten; 2 bad flags, or no scenario to run; 130 interrupted.
(go run exits 1 for all of them but 0, and prints which it was.)
`

// parse reads the flags. Its errors say in one line what is wrong.
func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("explore", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&o.run, "run", "", "only the TestExplore tests that match `regexp`, as go test takes it")
	fs.StringVar(&o.replay, "replay", "", "run the one schedule of this `trace`")
	fs.IntVar(&o.schedules, "schedules", 0, "stop a scenario after `n` schedules; 0: as the scenario says")
	fs.IntVar(&o.preempt, "preemptions", 0, "search with at most `n` preemptions, -1 for no bound; 0: as the scenario says")
	fs.StringVar(&o.html, "html", "", "write a timeline of each failure to this `directory`")
	fs.StringVar(&o.overlay, "overlay", "", "read the code through this `file`, which is as for the go command")
	fs.StringVar(&o.json, "json", "", "write the table and the failures to this `file`, too")
	also := fs.String("also", "", "more `packages` to rewrite, separated by commas, from other modules too")
	fs.BoolVar(&o.verbose, "v", false, "print what the tests print")
	fs.BoolVar(&o.race, "race", false, "build with the race detector")
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stderr, usage)
		fs.SetOutput(stderr)
		fs.PrintDefaults()
		fmt.Fprint(stderr, exits)
		return o, err
	} else if err != nil {
		return o, fmt.Errorf("%w; the flags are listed by -h", err)
	}
	o.patterns = fs.Args()
	for p := range strings.SplitSeq(*also, ",") {
		if p = strings.TrimSpace(p); p != "" {
			o.also = append(o.also, p)
		}
	}
	return o, o.check()
}

func (o *options) check() error {
	if len(o.patterns) == 0 {
		return errors.New("no packages; ./... is all of this module, and -h tells more")
	}
	for _, p := range o.patterns {
		if strings.HasPrefix(p, "-") {
			return fmt.Errorf("%s comes after a package; flags go first", p)
		}
	}
	if o.schedules < 0 {
		return fmt.Errorf("-schedules %d; want 1 or more, or 0 for what the scenario says", o.schedules)
	}
	if o.preempt < -1 {
		return fmt.Errorf("-preemptions %d; want 1 or more, -1 for no bound, or 0 for what the scenario says", o.preempt)
	}
	if _, err := regexp.Compile(o.run); err != nil {
		return fmt.Errorf("-run %q is no regular expression: %w", o.run, err)
	}
	if o.replay != "" {
		if err := sched.Legible(o.replay); err != nil {
			return fmt.Errorf("-replay: %w", err)
		}
	}
	if o.html != "" {
		dir, err := filepath.Abs(o.html)
		if err != nil {
			return fmt.Errorf("-html %s: %w", o.html, err)
		}
		o.html = dir
	}
	return nil
}
