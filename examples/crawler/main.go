// Crawler walks a web site of a thousand pages, and knows when it is done.
//
// It is the web spider that came with Toro: workers take pages from a queue and put what they find into it, and
// when everything in it is finished Join returns. See spider.go; naive.go has three that do worse, which walk a
// site of the same pages before it. The rest is the site (site.go, book.go), what all crawlers share (fetch.go),
// and the judgement (scene.go, claims.go).
//
//	go run ./examples/crawler
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

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// options are the flags.
type options struct {
	pages    int
	workers  int
	inflight int
	capacity int
	latency  time.Duration
	limit    time.Duration
	json     string
}

// perRequest is far more than a request takes of a processor, with the race detector too. In
// naive.go more must be in flight than may be, which one processor must be able to bring about.
const perRequest = 200 * time.Microsecond

// parse reads the flags. Its errors are one line that says what is wrong and what would be right.
func parse(args []string) (o options, usage string, err error) {
	o = options{pages: 1000, workers: 16, inflight: 8, capacity: 32, latency: 10 * time.Millisecond, limit: 15 * time.Second}
	var text strings.Builder
	fs := flag.NewFlagSet("crawler", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Func("pages", "of the site (default 1000)", within(&o.pages, 100, 10_000))
	fs.Func("workers", "of a crawler (default 16)", within(&o.workers, 2, 256))
	fs.Func("inflight", "how many requests may be in flight, at most as many as there are workers (default 8)", within(&o.inflight, 1, 256))
	fs.Func("capacity", "of the channel in the crawler that has one (default 32)", within(&o.capacity, 1, 320))
	fs.Func("latency", "how long the site takes for a page (default 10ms)", between(&o.latency, 5*time.Millisecond, time.Second))
	fs.Func("limit", "how long all of it may take (default 15s)", between(&o.limit, 5*time.Second, 10*time.Minute))
	fs.StringVar(&o.json, "json", "", "a `file` for all that was measured")
	err = fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fs.SetOutput(&text)
		fs.Usage()
		return o, text.String(), nil
	case err != nil && strings.HasPrefix(err.Error(), "flag provided but not defined"):
		err = fmt.Errorf("%w: -h lists those that are", err)
	case err != nil:
	case fs.NArg() > 0:
		err = fmt.Errorf("unexpected %q: there are only flags, -h lists them", fs.Arg(0))
	case o.inflight > o.workers:
		err = fmt.Errorf("-inflight %d is more than -workers %d can have: want at most as many", o.inflight, o.workers)
	case o.latency < time.Duration(o.inflight)*perRequest:
		err = fmt.Errorf("-inflight %d at a latency of %v: what a crawler may have in flight it must be able to ask for meanwhile, so want at least -latency %v",
			o.inflight, o.latency, time.Duration(o.inflight)*perRequest)
	default:
		// As many links as naive.go counts on, where it says why the harm must show.
		if links, want := (book{o.pages}).sections(0), 2*o.workers+o.capacity; links < want {
			err = fmt.Errorf("-pages %d makes contents pages of %d links: want twice the workers and the channel's capacity, so at least -pages %d",
				o.pages, links, chapters*(3*want+1))
		}
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
		fmt.Fprintf(stderr, "crawler: %v\n", err)
		return 2
	}
	if usage != "" {
		fmt.Fprint(stdout, usage)
		return 0
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	rs, err := playAll(ctx, o, stdout)
	if err == nil {
		err = write(o, rs)
	}
	if err == nil && show(stdout, o, rs) > 0 {
		err = errors.New("not everything held")
	}
	if err != nil {
		fmt.Fprintf(stderr, "crawler: %v\n", err)
		return 1
	}
	return 0
}

// playAll lets all crawlers walk, one after the other.
func playAll(ctx context.Context, o options, w io.Writer) (rs []*result, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, o.limit, fmt.Errorf("not done within %v (-limit)", o.limit))
	defer cancel()
	for _, d := range designs {
		r, err := play(ctx, o, d, func(addr string) { fmt.Fprintf(w, "%-18s walks %s\n", d.name, addr) })
		if err != nil {
			return nil, err
		}
		rs = append(rs, r)
	}
	return rs, nil
}

// show writes the table, then every claim with its verdict, and returns how many did not hold.
func show(w io.Writer, o options, rs []*result) (failed int) {
	fmt.Fprintf(w, "\n%d pages, %v for each and %v more for one, links to %d that are missing; %d workers, %d requests in flight\n\n",
		o.pages, o.latency, slowTime, rs[0].Missing, o.workers, o.inflight)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "crawler\tfetched\tmissed\ttwice\tnot found\tmost in flight\tworkers in send\tleft\tover after\t")
	for _, r := range rs {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%v\t\n", r.Crawler, r.Fetched, r.Missed, r.Again, r.NotFound, r.MostInFlight, r.Sending,
			r.Connections+r.Goroutines, r.Took.Round(time.Millisecond))
	}
	t.Flush()
	for _, r := range rs {
		fmt.Fprintf(w, "\n%s\n", r.Crawler)
		for _, c := range r.Claims {
			verdict := "ok    "
			if !c.OK {
				verdict = "FAILED"
				failed++
			}
			fmt.Fprintf(w, "  %s %s\n", verdict, c.Text)
		}
	}
	fmt.Fprintln(w)
	return failed
}

// write makes the file that was asked for.
func write(o options, rs []*result) error {
	if o.json == "" {
		return nil
	}
	text, err := json.MarshalIndent(rs, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(o.json, append(text, '\n'), 0o666)
}
