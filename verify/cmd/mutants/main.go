// Command mutants shows what the tests are worth. Packages list faults in
// testdata/mutants.txt, guards taken out one at a time, each with the test that must
// notice; it builds each and runs that test:
//
//	go run ./verify/cmd/mutants                 all that are listed
//	go run ./verify/cmd/mutants ./rcu           those of a package
//	go run ./verify/cmd/mutants -run 'Guarded'  those whose line matches
//	go run ./verify/cmd/mutants -all            and those that are seldom run
//
// It runs at the root of the repository, and exits 1 if one survives, does not build
// or does not end, and before that if one of the tests fails on the code as it is.
// The source is not touched. Package mutant says how a list is written.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"time"

	"github.com/petiole-go/petiole/verify/internal/mutant"
)

func main() {
	match := flag.String("run", "", "only those whose package, fault or test matches `regexp`")
	verbose := flag.Bool("v", false, "say where each is listed")
	seldom := flag.Bool("all", false, "those, too, of which the list says that they are seldom run")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *match, *seldom, *verbose, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, match string, seldom, verbose bool, packages []string) error {
	began := time.Now()
	all, err := choose(match, seldom, packages)
	if err != nil {
		return err
	}
	r, err := mutant.NewRunner(ctx, ".")
	if err != nil {
		return err
	}
	defer r.Close()
	fmt.Fprintf(out, "%d faults; first their tests, on the code as it is\n", len(all))
	if err := r.Control(ctx, all); err != nil {
		return err
	}
	failed := 0
	r.All(ctx, all, func(o mutant.Outcome) {
		by := o.Test
		if by == "" {
			by = "equivalent"
		}
		fmt.Fprintf(out, "%-14s %5.1fs  %s  [%s]\n", o.List, o.Took.Seconds(), o.What, by)
		if verbose {
			fmt.Fprintf(out, "%23s%s: %s\n", "", o.Place, o.File)
		}
		if o.Err != nil {
			failed++
			fmt.Fprintf(out, "--- %s: %v\n", o.Place, o.Err)
		}
	})
	if failed > 0 {
		return fmt.Errorf("%d of %d faults did not die as they should", failed, len(all))
	}
	fmt.Fprintf(out, "all %d died as they should, or are equivalent: %v\n", len(all), time.Since(began).Round(time.Second))
	return nil
}

// choose reads the lists of the packages that are named as the go command names
// them, of all with none, and keeps what matches, and is not seldom run if not asked for.
func choose(match string, seldom bool, packages []string) (chosen []mutant.Mutant, err error) {
	re, err := regexp.Compile(match)
	if err != nil {
		return nil, err
	}
	all, err := mutant.Lists(".", packages...)
	if !seldom {
		all = mutant.Often(all)
	}
	for _, m := range all {
		if re.MatchString(strings.Join([]string{m.List, m.File, m.What, m.Test}, " ")) {
			chosen = append(chosen, m)
		}
	}
	if err == nil && len(chosen) == 0 {
		err = fmt.Errorf("no fault matches %q", match)
	}
	return chosen, err
}
