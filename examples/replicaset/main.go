// Replicaset is a client of a small replica set that survives its primary, beside three that do worse.
//
// It starts the members as processes of its own, lets a thousand goroutines send inserts to the primary,
// and kills that with SIGKILL; a secondary joins, another dies. Four clients go through this in turn, each
// with a fresh set: see naive.go, mutex.go and nest.go, in this order. The rest is the set (member.go,
// election.go, process.go, wire.go), the play (scene.go, load.go) and the judgement (claims.go).
//
//	go run ./examples/replicaset
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

func main() {
	if env := os.Getenv(memberEnv); env != "" {
		os.Exit(memberMain(env))
	}
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// options are the flags.
type options struct {
	members  []int
	senders  int
	port     int
	interval time.Duration
	election time.Duration
	limit    time.Duration
	html     string
	json     string
}

func (o options) readers() int { return max(20, o.senders/20) }

// parse reads the flags. Its errors are one line that says what is wrong and what would be right.
func parse(args []string) (o options, usage string, err error) {
	o = options{members: []int{3}, senders: 1000, interval: 400 * time.Millisecond, election: 400 * time.Millisecond, limit: 15 * time.Second}
	var text strings.Builder
	fs := flag.NewFlagSet("replicaset", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Func("members", "how many members the set begins with; several, as 1,2,3,5: one run each (default 3)", func(v string) error {
		o.members = nil
		for field := range strings.SplitSeq(v, ",") {
			var n int
			if err := within(&n, 1, maxMembers)(field); err != nil {
				return fmt.Errorf("%w, or several with commas between", err)
			}
			o.members = append(o.members, n)
		}
		return nil
	})
	fs.Func("senders", "goroutines that send (default 1000)", within(&o.senders, 100, 10_000))
	fs.Func("port", "the first member's port, the others take the next ones (default: any that is free)", within(&o.port, 1, 65535-maxRanks))
	fs.Func("interval", "between two refreshes that nobody asked for (default 400ms)", between(&o.interval, 100*time.Millisecond, 2*time.Second))
	fs.Func("election", "how long the set is without a primary (default 400ms)", between(&o.election, 200*time.Millisecond, 3*time.Second))
	fs.Func("limit", "how long one run may take (default 15s)", between(&o.limit, 5*time.Second, 10*time.Minute))
	fs.StringVar(&o.html, "html", "", "a `file` for the timeline")
	fs.StringVar(&o.json, "json", "", "a `file` for all that was measured")
	err = fs.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fs.SetOutput(&text)
		fs.Usage()
		return o, text.String(), nil
	}
	if err == nil && fs.NArg() > 0 {
		err = fmt.Errorf("unexpected %q: there are only flags, -h lists them", fs.Arg(0))
	} else if err != nil && strings.HasPrefix(err.Error(), "flag provided but not defined") {
		err = fmt.Errorf("%w: -h lists those that are", err)
	}
	return o, "", err
}

func within(n *int, low, high int) func(string) error {
	return func(v string) (err error) {
		if *n, err = strconv.Atoi(v); err != nil || *n < low || *n > high {
			return fmt.Errorf("want a whole number from %d to %d", low, high)
		}
		return nil
	}
}

func between(d *time.Duration, low, high time.Duration) func(string) error {
	return func(v string) (err error) {
		if *d, err = time.ParseDuration(v); err != nil || *d < low || *d > high {
			return fmt.Errorf("want a duration from %v to %v", low, high)
		}
		return nil
	}
}

// run is the program: its exit code is 2 for bad flags, 1 for what failed or did not hold.
func run(args []string, stdout, stderr io.Writer) int {
	o, usage, err := parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "replicaset: %v\n", err)
		return 2
	}
	if usage != "" {
		fmt.Fprint(stdout, usage)
		return 0
	}
	if err := supported(); err != nil {
		fmt.Fprintf(stderr, "replicaset: %v\n", err)
		return 1
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	shows := make([]*show, 0, len(o.members))
	for _, n := range o.members {
		s, err := playAll(ctx, o, n, stdout)
		if err != nil {
			fmt.Fprintf(stderr, "replicaset: %v\n", err)
			return 1
		}
		shows = append(shows, s)
	}
	if err := write(o, shows); err != nil {
		fmt.Fprintf(stderr, "replicaset: %v\n", err)
		return 1
	}
	for _, s := range shows {
		if s.failed > 0 {
			fmt.Fprintln(stderr, "replicaset: not everything held")
			return 1
		}
	}
	return 0
}

// show is all designs on sets of one size.
type show struct {
	members    int
	results    []*result
	recordings []*recording
	between    []claim
	failed     int
}

func playAll(ctx context.Context, o options, n int, w io.Writer) (*show, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, o.limit, fmt.Errorf("not done within %v (-limit)", o.limit))
	defer cancel()
	s := &show{members: n}
	for _, d := range designs {
		r, rec, err := play(ctx, o, d, n, func(addrs []string) {
			fmt.Fprintf(w, "%-17s a set of %d: %s\n", d.name, n, strings.Join(addrs, " "))
		})
		if err != nil {
			return nil, err
		}
		s.results = append(s.results, r)
		s.recordings = append(s.recordings, rec)
	}
	s.between = comparisons(s.results)
	s.print(w)
	return s, nil
}

// print writes the table, then every claim with its verdict.
func (s *show) print(w io.Writer) {
	fmt.Fprintf(w, "\n%d senders, a set of %d; the primary is killed with SIGKILL\n\n", s.results[0].Senders, s.members)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "client\tlookup failures\terrors\tlongest line\tof readers\tp99 of a send\trefreshes\tconnections\trecovered after\t")
	for _, r := range s.results {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%v\t%d\t%d\t%v\t\n", r.Client, r.LookupFailures, r.Errors, r.LineOfSenders, r.LineOfReaders,
			r.P99.Round(100*time.Microsecond), r.FailoverRefreshes, r.Connections, r.Recovered.Round(time.Millisecond))
	}
	t.Flush()
	for _, r := range s.results {
		s.judge(w, r.Client, r.Claims)
	}
	s.judge(w, "all", s.between)
	fmt.Fprintln(w)
}

func (s *show) judge(w io.Writer, who string, claims []claim) {
	fmt.Fprintf(w, "\n%s\n", who)
	for _, c := range claims {
		verdict := "ok    "
		if !c.OK {
			verdict = "FAILED"
			s.failed++
		}
		fmt.Fprintf(w, "  %s %s\n", verdict, c.Text)
	}
}

// write makes the files that were asked for.
func write(o options, shows []*show) error {
	if o.html != "" {
		if err := writeTimeline(o.html, shows); err != nil {
			return err
		}
	}
	if o.json == "" {
		return nil
	}
	var all []*result
	for _, s := range shows {
		all = append(all, s.results...)
	}
	text, err := json.MarshalIndent(all, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(o.json, append(text, '\n'), 0o666)
}
