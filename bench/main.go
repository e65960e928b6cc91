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
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/petiole-go/petiole/bench/compare"
	"github.com/petiole-go/petiole/bench/internal/measure"
	"github.com/petiole-go/petiole/bench/internal/report"
	"github.com/petiole-go/petiole/bench/internal/suite"
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
	// The first signal ends the measuring; a second one the program.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		fmt.Fprintln(stderr, "bench:", err)
		return exitUsage
	}
	if err := report.Prepare(o.out); err != nil {
		fmt.Fprintf(stderr, "bench: cannot write to -out %s: %v; name a directory that can be written\n", o.out, err)
		return exitFailed
	}
	log := stdout
	if o.json {
		log = stderr
	}
	s := newSession(o, args, log)
	s.measure(ctx)
	if s.err != nil {
		fmt.Fprintln(stderr, "bench:", s.err)
		return exitFailed
	}
	if err := s.write(stdout); err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return exitFailed
	}
	s.doc.Summary(log)
	fmt.Fprintf(log, "report   %s\nsamples  %s\n", filepath.Join(o.out, report.HTMLName), filepath.Join(o.out, report.BenchName))
	switch {
	case s.doc.Meta.Partial:
		return exitInterrupted
	case !s.doc.OK():
		return exitFailed
	}
	return exitOK
}

// session is one run of the program.
type session struct {
	o        options
	log      io.Writer
	doc      report.Doc
	plan     *measure.Plan
	controls []*measure.Group
	err      error // of the program, not of a check
}

func newSession(o options, args []string, log io.Writer) *session {
	measure.Init()
	s := &session{o: o, log: log}
	command := strings.Join(append([]string{"go", "run", "./bench"}, args...), " ")
	s.doc.Meta = report.NewMeta(o.procs, command)

	// The controls are measured with everything else, in every round: what they say holds for the
	// whole run.
	s.plan = measure.NewPlan(o.comparisons, o.level, o.procs)
	most := o.procs[len(o.procs)-1]
	for _, c := range compare.Controls() {
		procs := 1
		if c.Contended {
			procs = min(most, runtime.NumCPU())
		}
		s.controls = append(s.controls, measure.NewPlan([]*suite.Comparison{c}, o.level, []int{procs}).Groups...)
	}
	s.plan.Groups = append(s.plan.Groups, s.controls...)
	s.plan.Rounds, s.plan.MinRounds = o.rounds, min(o.rounds, 6)
	s.plan.Budget, s.plan.Scale, s.plan.Seed = o.budget, o.scale, s.doc.Meta.Seed
	return s
}

// measure runs the comparisons and the scenes, and fills the document.
func (s *session) measure(ctx context.Context) {
	start := time.Now()
	s.announce()
	p := newProgress(s.log)
	rounds, err := s.plan.Run(ctx, p.step)
	s.doc.Meta.Rounds = rounds
	if err != nil && ctx.Err() == nil {
		s.err = err
		return
	}
	p.say("compared %d groups, %d samples of each implementation, in %v", len(s.plan.Groups), rounds, time.Since(start).Round(time.Second/10))
	s.judge(ctx)
	for _, scene := range s.o.scenes {
		s.play(ctx, scene)
	}
	s.doc.Comparisons = report.Build(s.plan.Groups)
	if s.o.older != nil {
		s.doc.Older = s.o.older.Compare(s.o.oldTxt, s.plan.Groups)
	}
	s.doc.Meta.Partial = ctx.Err() != nil
	s.doc.Meta.Took = time.Since(start)
}

func (s *session) announce() {
	m := s.doc.Meta
	fmt.Fprintf(s.log, "petiole bench: %s, %s/%s, %s, %d CPUs\n", m.GoVersion, m.OS, m.Arch, m.CPU, m.NumCPU)
	length := "as long as it takes"
	if s.o.budget > 0 {
		length = fmt.Sprintf("at most about %v", s.o.budget+s.scenesTake())
	}
	fmt.Fprintf(s.log, "plan: %d comparisons, %d controls, %d scenes at GOMAXPROCS %s; %d interleaved samples each; %s\n",
		len(s.o.comparisons), len(s.controls), len(s.o.scenes), report.Ints(m.Procs), s.o.rounds, length)
}

func (s *session) scenesTake() (d time.Duration) {
	for _, scene := range s.o.scenes {
		d += scene.Takes
	}
	return d.Round(time.Second)
}

// judge looks at the controls. One that is wrong is measured once more, afresh and twice as often, and
// counts as wrong if it is so again: chance does not strike twice, a machine that cannot be trusted
// does. Both attempts are in the report.
func (s *session) judge(ctx context.Context) {
	for _, g := range s.controls {
		first := report.Judge(g, s.o.level, 1)
		s.doc.Controls = append(s.doc.Controls, first...)
		if report.AllOK(first) || ctx.Err() != nil {
			continue
		}
		fmt.Fprintf(s.log, "%s is not as it must be; measuring it once more\n", g.Comparison.Name)
		again := &measure.Plan{Groups: []*measure.Group{g.Again()}, Rounds: 2 * s.o.rounds, Scale: 1, Seed: s.plan.Seed + 1}
		if _, err := again.Run(ctx, func(int, int, time.Duration, *measure.Group) {}); err != nil && ctx.Err() == nil {
			s.err = err
			return
		}
		report.Supersede(s.doc.Controls[len(s.doc.Controls)-len(first):])
		s.doc.Controls = append(s.doc.Controls, report.Judge(again.Groups[0], s.o.level, 2)...)
	}
}

// play runs a scene; one that could not end before the interrupt is skipped.
func (s *session) play(ctx context.Context, scene *suite.Scene) {
	r := report.Scene{Name: scene.Name, Question: scene.Question}
	if ctx.Err() == nil {
		fmt.Fprintf(s.log, "scene %s ...", scene.Name)
		out, err := scene.Run(ctx)
		r.Outcome, r.OK = out, err == nil && out.OK()
		if err != nil {
			r.Err = err.Error()
		}
		fmt.Fprintln(s.log, " "+r.Word())
	}
	r.Skipped = ctx.Err() != nil
	s.doc.Scenes = append(s.doc.Scenes, r)
}

// write leaves report.html and bench.txt in the output directory, and JSON on stdout if asked for.
func (s *session) write(stdout io.Writer) error {
	if s.o.json {
		if err := s.doc.WriteJSON(stdout); err != nil {
			return err
		}
	}
	return s.doc.WriteFiles(s.o.out, s.plan.Groups)
}
