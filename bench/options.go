package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/petiole-go/petiole/bench/compare"
	"github.com/petiole-go/petiole/bench/internal/report"
	"github.com/petiole-go/petiole/bench/internal/stats"
	"github.com/petiole-go/petiole/bench/internal/suite"
)

// options are the flags, checked: what they name exists.
type options struct {
	level  suite.Level
	procs  []int
	rounds int
	budget time.Duration // of the comparisons; 0: none
	scale  float64       // of every benchtime
	out    string
	json   bool
	older  *report.Bench // nil: nothing to compare with
	oldTxt string

	comparisons []*suite.Comparison
	scenes      []*suite.Scene
}

const usage = `usage: go run ./bench [flags]

Measures petiole beside mutexes and its peers on this machine, checks what it
promises, and writes report.html and bench.txt.

  go run ./bench                        everything that matters, in under a minute
  go run ./bench -quick                 a first impression, in about 10 seconds
  go run ./bench -full                  all shapes and processor counts, in some minutes
  go run ./bench -run table -cpu 1,2,8  what matches, at these processor counts
  go run ./bench -compare old.txt       beside an older bench.txt

Flags:
`

const exits = `
Exit codes: 0 all checks passed; 1 a check failed, the figures are not to be
trusted on this machine now, or something could not be written; 2 bad flags;
130 interrupted: what was measured is in the report, which says so.
`

// parse reads the flags. Its errors say in one line what is wrong and what would be right.
func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	quick := fs.Bool("quick", false, "few shapes and short samples: about 10 s")
	full := fs.Bool("full", false, "all shapes, sizes and processor counts: some minutes")
	run := fs.String("run", "", "only comparisons and scenes whose name matches this `regexp`; the A/A control always runs")
	cpu := fs.String("cpu", "", "values of GOMAXPROCS, as `1,2,8`")
	count := fs.Int("count", 0, fmt.Sprintf("`n` samples of each implementation, at least %d; without it as many as fit the time", stats.MinSamples))
	fs.StringVar(&o.out, "out", "petiole-report", "the `directory` for report.html and bench.txt")
	fs.BoolVar(&o.json, "json", false, "print the results as JSON on stdout, and everything else on stderr")
	fs.StringVar(&o.oldTxt, "compare", "", "compare with this older bench.txt (`file`)")

	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stderr, usage)
		fs.SetOutput(stderr)
		fs.PrintDefaults()
		fmt.Fprint(stderr, exits)
		return o, err
	} else if err != nil {
		return o, fmt.Errorf("%w; the flags are listed by -h", err)
	}
	if fs.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q; the flags are listed by -h", fs.Arg(0))
	}
	if *quick && *full {
		return o, errors.New("-quick and -full exclude each other; use one")
	}
	o.setLevel(*quick, *full)
	if err := o.setCount(fs, *count); err != nil {
		return o, err
	}
	if o.out == "" {
		return o, errors.New(`-out "" names no directory; leave it out for petiole-report`)
	}
	if err := o.setProcs(*cpu); err != nil {
		return o, err
	}
	if err := o.choose(*run); err != nil {
		return o, err
	}
	if o.oldTxt != "" {
		var err error
		if o.older, err = report.ReadBench(o.oldTxt); err != nil {
			return o, fmt.Errorf("-compare wants a bench.txt of an earlier run: %w", err)
		}
	}
	return o, nil
}

func (o *options) setLevel(quick, full bool) {
	switch {
	case quick:
		o.level, o.rounds, o.scale, o.budget = suite.Quick, stats.MinSamples, 0.5, 8*time.Second
	case full:
		o.level, o.rounds, o.scale = suite.Full, 12, 1
	default:
		o.level, o.rounds, o.scale, o.budget = suite.Default, 12, 1, 40*time.Second
	}
}

// setCount asks for exactly n samples; then time is no bound.
func (o *options) setCount(fs *flag.FlagSet, n int) error {
	given := false
	fs.Visit(func(f *flag.Flag) { given = given || f.Name == "count" })
	if !given {
		return nil
	}
	if n < stats.MinSamples || n > 1000 {
		return fmt.Errorf("-count %d; want %d to 1000: with fewer than %d samples no difference can be told from chance", n, stats.MinSamples, stats.MinSamples)
	}
	o.rounds, o.budget = n, 0
	return nil
}

func (o *options) setProcs(list string) error {
	if list == "" {
		o.procs = []int{1, 2}
		if o.level == suite.Full {
			o.procs = append(o.procs, 4, 8)
		}
		if o.level > suite.Quick {
			o.procs = append(o.procs, runtime.NumCPU())
		}
	}
	for part := range strings.SplitSeq(list, ",") {
		if list == "" {
			break
		}
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 || n > 1024 {
			return fmt.Errorf("-cpu %q: %q is no processor count; want numbers from 1 to 1024, as 1,2,8", list, part)
		}
		o.procs = append(o.procs, n)
	}
	slices.Sort(o.procs)
	o.procs = slices.Compact(o.procs)
	return nil
}

// choose keeps what matches the pattern.
func (o *options) choose(pattern string) error {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return fmt.Errorf("-run %q is no regular expression: %w; want for example -run 'table|cold'", pattern, err)
	}
	var names []string
	for _, c := range compare.Comparisons() {
		names = append(names, c.Name)
		if re.MatchString(c.Name) {
			o.comparisons = append(o.comparisons, c)
		}
	}
	for _, s := range compare.Scenes() {
		names = append(names, s.Name)
		if re.MatchString(s.Name) {
			o.scenes = append(o.scenes, s)
		}
	}
	if len(o.comparisons)+len(o.scenes) == 0 {
		return fmt.Errorf("-run %q matches nothing; there are %s", pattern, strings.Join(names, ", "))
	}
	return nil
}
