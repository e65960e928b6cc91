// Toro shows the primitives of Toro 0.5, which A. Jesse Jiryu Davis made for the coroutines of Tornado, beside
// their forms in Go, and runs those.
//
// Each lesson (lesson.go) is a function of Python, a function of Go, and what must hold when that has run. The
// functions are in queues.go, permits.go and facts.go, and in lessons.py; show.go cuts them out of there. In
// names.go is every public name of Toro, with what there is in its place or why there is nothing.
//
//	go run ./examples/toro
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() { os.Exit(run(os.Args[1:], lessons, os.Stdout, os.Stderr)) }

// options are the flags.
type options struct {
	only    string
	workers int
	items   int
}

// limit is how long all of it may take. It takes well under a second.
const limit = 10 * time.Second

// parse reads the flags. Its errors are one line that says what is wrong and what would be right.
func parse(args []string, lessons []lesson) (o options, usage string, err error) {
	o = options{workers: 8, items: 100}
	var text strings.Builder
	fs := flag.NewFlagSet("toro", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Func("only", "one `primitive`, by the name that it has in Toro", func(v string) error {
		o.only = v
		return known(v, lessons)
	})
	fs.Func("workers", "how many goroutines meet at a primitive (default 8)", within(&o.workers, 2, 10_000))
	fs.Func("items", "how many items go through a queue (default 100)", within(&o.items, 1, 100_000))
	err = fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fs.SetOutput(&text)
		fs.Usage()
		return o, text.String(), nil
	case err != nil && strings.HasPrefix(err.Error(), "flag provided but not defined"):
		err = fmt.Errorf("%w: -h lists those that are", err)
	case err == nil && fs.NArg() > 0:
		err = fmt.Errorf("unexpected %q: there are only flags, -h lists them", fs.Arg(0))
	}
	return o, "", err
}

func known(name string, lessons []lesson) error {
	var all []string
	for _, l := range lessons {
		if l.name == name {
			return nil
		}
		all = append(all, l.name)
	}
	return fmt.Errorf("want one of %s", strings.Join(all, ", "))
}

func within(n *int, low, high int) func(string) error {
	return func(v string) (err error) {
		if *n, err = strconv.Atoi(v); err != nil || *n < low || *n > high {
			return fmt.Errorf("want a whole number from %d to %d", low, high)
		}
		return nil
	}
}

// run is the program: its exit code is 2 for bad flags, 1 for what failed or did not hold.
func run(args []string, lessons []lesson, stdout, stderr io.Writer) int {
	o, usage, err := parse(args, lessons)
	if err != nil {
		fmt.Fprintf(stderr, "toro: %v\n", err)
		return 2
	}
	if usage != "" {
		fmt.Fprint(stdout, usage)
		return 0
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("not done within %v", limit))
	defer cancel()
	if err := teach(ctx, o, lessons, stdout); err != nil {
		fmt.Fprintf(stderr, "toro: %v\n", err)
		return 1
	}
	return 0
}

// teach shows the lessons and runs them, and then has the table.
func teach(ctx context.Context, o options, lessons []lesson, w io.Writer) error {
	fmt.Fprintf(w, "Toro 0.5, and Go: each(n, f) runs f on n goroutines and waits for them; in together(n, f) they also\nwait for each other. %d workers, %d items.\n\n", o.workers, o.items)
	failed := 0
	for _, l := range lessons {
		if o.only != "" && o.only != l.name {
			continue
		}
		if err := show(w, l); err != nil {
			return err
		}
		failed += tell(w, l.check(ctx, o))
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w", l.name, context.Cause(ctx))
		}
	}
	table(w, o.only)
	if failed > 0 {
		return fmt.Errorf("not everything held: %d claims failed", failed)
	}
	return nil
}
