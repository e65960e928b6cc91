// Command testing writes TESTING.md: what is shown of each package, by what, of what
// has just been run. It runs the tests of this module, its scenarios under the command
// explore, and its faults (see the command mutants):
//
//	go run ./verify/cmd/testing          writes it
//	go run ./verify/cmd/testing -check   writes nothing; fails if it would be another
//	... -check -tested                   the same, where all tests have just passed: runs no more than the rest
//
// It fails if anything of that fails, if a test does not say what it shows, and if an
// invariant is named by no test and no fault, nor in notproven.md. -check does not look
// at times, nor at the machine, the version of Go and the commit.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/petiole-go/petiole/verify/internal/mutant"
)

const document = "TESTING.md"

func main() {
	check := flag.Bool("check", false, "change nothing; fail if "+document+" is not what came of it")
	tested := flag.Bool("tested", false, "with -check: do not run the tests, which have just passed")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *check, *check && *tested); err != nil {
		fmt.Fprintln(os.Stderr, "testing:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, check, tested bool) error {
	r, err := mutant.NewRunner(ctx, ".")
	if err != nil {
		return err
	}
	defer r.Close()
	p, err := collect(ctx, r, tested)
	if err != nil {
		return err
	}
	if check {
		is, err := os.ReadFile(document)
		if d := difference(string(is), p.String(), tested); d != "" {
			return errors.Join(err, fmt.Errorf("%s is not what came of it (- is, + should be); run go run ./verify/cmd/testing\n%s", document, d))
		}
		return nil
	}
	return os.WriteFile(document, []byte(p.String()), 0o666)
}

// collect reads the source and runs everything, or the tests not.
func collect(ctx context.Context, r *mutant.Runner, tested bool) (*page, error) {
	list, err := r.Command(ctx, "go", "list", "-f", "{{.ImportPath}}", "./...")
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, list)
	}
	p := &page{module: r.Module, where: where(ctx, r), notProven: notProven}
	var explored []string
	for path := range strings.FieldsSeq(list) {
		dir := strings.TrimPrefix(strings.TrimPrefix(path, p.module), "/")
		if dir == "" {
			dir = "."
		}
		s, err := read(".", dir)
		if err != nil {
			return nil, err
		}
		p.sources = append(p.sources, s)
		if slices.ContainsFunc(s.tests, func(t test) bool { return scenario(t.name) }) {
			explored = append(explored, "./"+dir)
		}
	}
	faults, err := mutant.Lists(".")
	if err != nil {
		return nil, err
	}
	if err := p.invariants(faults); err != nil {
		return nil, err
	}
	if !tested {
		fmt.Println("testing: the tests")
		if p.tests = r.Tests(ctx, mutant.Job{Packages: []string{"./..."}, Patience: 15 * time.Minute}); !p.tests.Passed {
			return nil, fmt.Errorf("a test fails\n%s", p.tests.Output)
		}
	}
	fmt.Println("testing: the scenarios, of", strings.Join(explored, " "))
	if p.scenarios = r.Scenarios(ctx, mutant.Job{Packages: explored, Patience: 15 * time.Minute}); !p.scenarios.Passed {
		return nil, fmt.Errorf("a scenario fails\n%s", p.scenarios.Output)
	}
	// Subtests may come in any order.
	slices.SortStableFunc(p.scenarios.Records, func(a, b mutant.Record) int { return cmp.Compare(a.Test, b.Test) })
	faults = mutant.Often(faults)
	fmt.Printf("testing: %d faults\n", len(faults))
	r.All(ctx, faults, func(o mutant.Outcome) {
		p.mutants = append(p.mutants, o)
		if o.Err != nil {
			err = errors.Join(err, fmt.Errorf("%s: %s: %w", o.Place, o.What, o.Err))
		}
	})
	return p, err
}

// invariants sees to it that each is named by a test or a fault, or is told not to be.
func (p *page) invariants(faults []mutant.Mutant) error {
	var named []invariant
	for _, s := range p.sources {
		for _, t := range s.tests {
			named = append(named, t.ids...)
		}
		for _, m := range faults {
			if m.Dir() == s.dir {
				found, err := s.named(m.File, m.What)
				if err != nil {
					return fmt.Errorf("%s: %w", m.Place, err)
				}
				named = append(named, found...)
			}
		}
	}
	var wrong error
	for _, s := range p.sources {
		for _, i := range s.essay {
			told := strings.Contains(p.notProven, i.String())
			if shown := slices.Contains(named, i); !shown && !told {
				wrong = errors.Join(wrong, fmt.Errorf("%v is named by no test and no fault, nor in notproven.md", i))
			} else if shown && told {
				wrong = errors.Join(wrong, fmt.Errorf("%v is shown, and notproven.md says that it is not", i))
			}
		}
	}
	return wrong
}

func where(ctx context.Context, r *mutant.Runner) []string {
	commit, err := r.Command(ctx, "git", "describe", "--always", "--dirty")
	if err != nil {
		commit = "unknown"
	}
	return []string{
		"Go: " + runtime.Version(),
		fmt.Sprintf("Machine: %s/%s, %d processors, of which two are used", runtime.GOOS, runtime.GOARCH, runtime.NumCPU()),
		"Commit: " + strings.TrimSpace(commit),
	}
}
