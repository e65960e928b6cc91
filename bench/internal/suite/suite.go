// Package suite is the vocabulary of the comparisons: what is compared, on which shapes, at how many
// processors, and which bar it should clear. It measures nothing. A comparison is a value of type
// [Comparison] in one file of package compare; the runner and `go test -bench` run the same functions.
package suite

import (
	"context"
	"testing"
	"time"
)

// Level says how much is measured.
type Level int

const (
	Quick   Level = iota // about 10 s: the shapes that tell most
	Default              // under a minute
	Full                 // every shape and processor count
	Never                // no run: From of a shape that more processors do not change
)

// Shape is one way to load the implementations: how many readers, writers or goroutines.
type Shape struct {
	Name    string // benchstat's value of shape=; must not end in -digits, which benchstat takes for GOMAXPROCS
	N       int    // the number that the name tells
	From    Level  // measured from this level on at more than one processor
	FromOne Level  // and from this one at GOMAXPROCS=1
	With    any    // what the implementations want to know beside N
}

// At reports whether the shape is measured at this level and this processor count.
func (s Shape) At(l Level, procs int) bool {
	if procs == 1 {
		return l >= s.FromOne
	}
	return l >= s.From
}

// Impl is one contestant.
type Impl struct {
	Name    string
	Ours    bool   // petiole's; the verdicts compare these with the others
	Differs string // what it promises more or less than the rest; empty: nothing
	Bench   func(b *testing.B, s Shape)
	Skips   func(s Shape) bool // the shapes that it cannot do; nil: none
}

// Runs reports whether the implementation is measured on the shape.
func (i Impl) Runs(s Shape) bool { return i.Skips == nil || !i.Skips(s) }

// Func is what both the program and `go test -bench` run.
func (i Impl) Func(s Shape) func(b *testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		i.Bench(b, s)
	}
}

// Bar is a promise about speed: Subject is at most Max times Rival, in Unit.
type Bar struct {
	Text           string
	Subject, Rival string
	Unit           string
	Max            float64
	Procs          []int              // where it is promised; nil: everywhere
	FromProcs      int                // and from how many processors on
	On             func(s Shape) bool // the shapes it is promised on; nil: all
	Mean           bool               // of the geometric mean over those shapes, and not of each
}

// Expect is what a control must find: comparing A with B gives a difference, or none.
type Expect struct {
	A, B       string
	Difference bool
	From       Level // checked from this level on
}

// Comparison is a question, the implementations that answer it, and the shapes it is asked on.
type Comparison struct {
	Name     string
	Question string
	Units    []string // the first is judged and drawn, the others stand in the table
	Tails    bool     // the units are quantiles of one latency distribution and are drawn on one line
	Notes    []string // what a reader must know to read the figures
	Sample   time.Duration
	Repeat   int // samples of each implementation per round; 0: 1
	Impls    []Impl
	Shapes   []Shape
	Bars     []Bar

	// Of controls only.
	Expect    []Expect
	Contended bool // measured on all processors, else on one
}

// Bench runs every implementation on every shape as sub-benchmarks that benchstat can split.
func (c *Comparison) Bench(b *testing.B) {
	for _, s := range c.Shapes {
		for _, impl := range c.Impls {
			if !impl.Runs(s) {
				continue
			}
			b.Run("impl="+impl.Name+"/shape="+s.Name, impl.Func(s))
		}
	}
}

// Scene is a story with a check: it shows what the toolkit is for, and fails if that does not happen.
type Scene struct {
	Name     string
	Question string
	Takes    time.Duration // about; for the plan and the time left
	Run      func(ctx context.Context) (Outcome, error)
}

// Outcome is what a scene saw. A scene passes if all its checks do.
type Outcome struct {
	Checks []Check    `json:"checks"`
	Header []string   `json:"header"`
	Rows   [][]string `json:"rows"`
	Notes  []string   `json:"notes,omitempty"`
	Chart  *Timeline  `json:"chart,omitempty"`
}

// Check is one thing that must be so, and what was found.
type Check struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Got  string `json:"got"`
}

// OK reports whether every check passed; a scene without a check proves nothing and fails.
func (o Outcome) OK() bool {
	for _, c := range o.Checks {
		if !c.OK {
			return false
		}
	}
	return len(o.Checks) > 0
}

// Timeline is a chart over time: one value per step for each line, and a span that is shaded.
type Timeline struct {
	YLabel string        `json:"y_label"`
	Step   time.Duration `json:"step_ns"`
	Lines  []Line        `json:"lines"`
	From   time.Duration `json:"shaded_from_ns"`
	To     time.Duration `json:"shaded_to_ns"`
	Shaded string        `json:"shaded"`
}

// Line is one series of a [Timeline].
type Line struct {
	Name   string    `json:"name"`
	Ours   bool      `json:"ours"`
	Values []float64 `json:"values"`
}
