// Connpool lends sockets to workers that end without giving them back, and gets every one back.
//
// It is the worry of PyMongo's connection pool: a socket is bound to a thread, and the thread dies. See vigil.go;
// naive.go is a pool that trusts its workers. Both are tried by the same workers (request.go), in a child process
// that may have few descriptors (child.go, parent.go), against a server that counts (server.go, socket.go). Then the
// pool serves an HTTP server whose handlers panic and whose clients hang up (web.go, clients.go). What must hold is in
// claims.go.
//
//	go run ./examples/connpool
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// options are the flags.
type options struct {
	workers, max, requests, parallel int
	limit                            time.Duration
	json, child, addr                string
}

// parse reads the flags. Its errors are one line that says what is wrong and what would be right.
func parse(args []string) (o options, usage string, err error) {
	o = options{workers: 10_000, max: 50, requests: 3000, parallel: 200, limit: 15 * time.Second}
	var text strings.Builder
	fs := flag.NewFlagSet("connpool", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Func("workers", "that take a socket, all at once (default 10000)", from(&o.workers, 2*descriptors, 1_000_000))
	fs.Func("max", "how many sockets the pool may open (default 50)", from(&o.max, 2, 200))
	fs.Func("requests", "to the HTTP server, one by one, and then as many at once (default 3000)", from(&o.requests, 300, 1_000_000))
	fs.Func("parallel", "how many requests are made at once (default 200)", from(&o.parallel, 10, 1000))
	fs.DurationVar(&o.limit, "limit", o.limit, "how long all of it may take")
	fs.StringVar(&o.json, "json", "", "a `file` for all that was counted")
	fs.StringVar(&o.child, "child", "", "for the program itself: the `pool` with which to be a child")
	fs.StringVar(&o.addr, "addr", "", "for the program itself: the `address` of the server")
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
	case err == nil && o.child != "" && o.child != naive && o.child != ours:
		err = fmt.Errorf("-child %q: want one of %q, %q", o.child, naive, ours)
	}
	return o, "", err
}

func from(n *int, low, high int) func(string) error {
	return func(v string) (err error) {
		if *n, err = strconv.Atoi(v); err != nil || *n < low || *n > high {
			return fmt.Errorf("want a whole number from %d to %d", low, high)
		}
		return nil
	}
}

// run is the program: its exit code is 2 for bad flags, 1 for what failed or did not hold.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	o, usage, err := parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "connpool: %v\n", err)
		return 2
	}
	if usage != "" {
		fmt.Fprint(stdout, usage)
		return 0
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	ctx, cancel = context.WithTimeoutCause(ctx, o.limit, fmt.Errorf("not done within %v (-limit)", o.limit))
	defer cancel()
	if o.child != "" {
		err = child(ctx, o, stdin, stdout)
	} else {
		err = all(ctx, o, stdout)
	}
	if err == nil {
		return 0
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx) // says more
	}
	fmt.Fprintf(stderr, "connpool: %v\n", err)
	return 1
}

// results is all that was counted.
type results struct {
	Children []*played
	Web      *served
}

// all shows everything, and fails if something did not hold.
func all(ctx context.Context, o options, w io.Writer) error {
	if err := supported(); err != nil {
		return err
	}
	var r results
	for _, name := range []string{naive, ours} {
		p, err := play(ctx, o, name)
		if err != nil {
			return err
		}
		r.Children = append(r.Children, p)
	}
	v, err := serve(ctx, o)
	if err != nil {
		return err
	}
	r.Web = v
	if o.json != "" {
		text, err := json.MarshalIndent(r, "", "\t")
		if err == nil {
			err = os.WriteFile(o.json, append(text, '\n'), 0o666)
		}
		if err != nil {
			return err
		}
	}
	return show(w, o, r)
}

// show writes the tables, then every claim with its verdict.
func show(w io.Writer, o options, r results) error {
	fmt.Fprintf(w, "%d workers that do not give their socket back, in a process that may have %d descriptors\n\n", o.workers, descriptors)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "pool\ttalked\treturned\tpanicked\tgoexited\tsockets opened\tmost open\tlost\tleft open\texit code\t")
	for _, p := range r.Children {
		c, last := p.Moments[0].Child, p.Moments[len(p.Moments)-1]
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", p.Pool, c.Talked, c.Ended["returned"], c.Ended["panicked"], c.Ended["goexited"],
			c.Opened, c.Most, c.Lost, last.Server.Open, p.Exit)
	}
	t.Flush()
	v := r.Web
	fmt.Fprintf(w, "\nan HTTP server whose handlers do not either: %d requests one by one, and %d with %d at once\n\n", v.Requests, v.Requests, o.parallel)
	fmt.Fprintln(t, "answered\tpanicked\tcancelled\tsockets opened\tmost open\tdescriptors at the start\tthen\tand then\tat the end\t")
	fmt.Fprintf(t, "%d\t%d\t%d\t%d\t%d\t", v.Got["answered"], v.Got["panicked"], v.Got["cancelled"], v.Sockets.Opened, v.Sockets.Most)
	for _, n := range v.Descriptors {
		fmt.Fprintf(t, "%d\t", n)
	}
	fmt.Fprintln(t)
	t.Flush()
	failed := 0
	for _, s := range []struct {
		title  string
		claims []claim
	}{{naive, naiveClaims(r.Children[0])}, {ours, vigilClaims(r.Children[1])}, {"an HTTP server", webClaims(v)}} {
		fmt.Fprintf(w, "\n%s\n", s.title)
		for _, c := range s.claims {
			verdict := "ok    "
			if !c.OK {
				verdict = "FAILED"
				failed++
			}
			fmt.Fprintf(w, "  %s %s\n", verdict, c.Text)
		}
	}
	fmt.Fprintln(w)
	if failed > 0 {
		return fmt.Errorf("not everything held: %d claims failed", failed)
	}
	return nil
}
