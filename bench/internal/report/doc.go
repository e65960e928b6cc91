// Package report turns measured groups into one document, and the document into report.html,
// bench.txt, JSON and the summary in the terminal. All of them show the same [Doc], so none can say
// what another does not.
package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/petiole-go/petiole/bench/internal/measure"
	"github.com/petiole-go/petiole/bench/internal/stats"
	"github.com/petiole-go/petiole/bench/internal/suite"
)

// Doc is everything a run found.
type Doc struct {
	Meta        Meta         `json:"meta"`
	Controls    []Control    `json:"controls"`
	Comparisons []Comparison `json:"comparisons"`
	Scenes      []Scene      `json:"scenes"`
	Older       *Older       `json:"compare,omitempty"`
}

// Meta is where and how it was measured.
type Meta struct {
	Date      time.Time     `json:"date"`
	Took      time.Duration `json:"took_ns"`
	GoVersion string        `json:"go"`
	OS        string        `json:"goos"`
	Arch      string        `json:"goarch"`
	CPU       string        `json:"cpu"`
	NumCPU    int           `json:"num_cpu"`
	Procs     []int         `json:"gomaxprocs"`
	Command   string        `json:"command"`
	Rounds    int           `json:"rounds"`
	Seed      uint64        `json:"seed"`
	Partial   bool          `json:"partial"` // interrupted: fewer samples than planned
}

// Control is what the program found about itself.
type Control struct {
	Name    string        `json:"name"`
	A       string        `json:"a"`
	B       string        `json:"b"`
	Want    bool          `json:"want_difference"`
	Verdict stats.Verdict `json:"verdict"`
	N       int           `json:"n"`
	Attempt int           `json:"attempt"` // 2: the first one failed and was measured afresh
	OK      bool          `json:"ok"`
	Skipped bool          `json:"skipped,omitempty"` // does not count: interrupted too early, or measured once more
}

// Comparison is a question with its tables.
type Comparison struct {
	Name     string   `json:"name"`
	Question string   `json:"question"`
	Units    []string `json:"units"`
	Tails    bool     `json:"tails"`
	Notes    []string `json:"notes,omitempty"`
	Tables   []Table  `json:"tables"`
	Bars     []Bar    `json:"bars,omitempty"`
}

// Table is one shape at one processor count.
type Table struct {
	Shape string `json:"shape"`
	Procs int    `json:"gomaxprocs"`
	Rows  []Row  `json:"rows"`
	full  bool   // only a full run has it
}

// Row is one implementation. Versus holds a verdict for each of ours, in their order.
type Row struct {
	Impl    string                `json:"impl"`
	Ours    bool                  `json:"ours"`
	Differs string                `json:"differs,omitempty"`
	Stats   map[string]stats.Stat `json:"stats"`
	Versus  []Versus              `json:"versus,omitempty"`
}

// Versus compares one of ours (a) with the row's implementation (b) in the first unit.
type Versus struct {
	Ours string `json:"ours"`
	stats.Verdict
}

// Scene is a story and its checks.
type Scene struct {
	Name     string        `json:"name"`
	Question string        `json:"question"`
	Outcome  suite.Outcome `json:"outcome"`
	Err      string        `json:"error,omitempty"`
	OK       bool          `json:"ok"`
	Skipped  bool          `json:"skipped,omitempty"` // interrupted
}

// Trusted reports whether the program found about itself what it should.
func (d *Doc) Trusted() bool {
	return AllOK(d.Controls)
}

// OK reports whether all checks passed.
func (d *Doc) OK() bool {
	return d.Trusted() && !slices.ContainsFunc(d.Scenes, func(s Scene) bool { return !s.OK && !s.Skipped })
}

// Build summarises the groups of the comparisons, in their order.
func Build(groups []*measure.Group) []Comparison {
	var out []Comparison
	for _, g := range groups {
		if len(g.Comparison.Expect) > 0 || !sampled(g) {
			continue
		}
		if n := len(out); n == 0 || out[n-1].Name != g.Comparison.Name {
			c := g.Comparison
			out = append(out, Comparison{Name: c.Name, Question: c.Question, Units: c.Units, Tails: c.Tails, Notes: c.Notes})
		}
		c := &out[len(out)-1]
		c.Tables = append(c.Tables, buildTable(g))
		c.Bars = append(c.Bars, buildBars(g)...)
	}
	for i := range out {
		out[i].Bars = append(out[i].Bars, buildMeans(out[i].Name, groups)...)
	}
	return out
}

// sampled reports whether there is something of every implementation to show.
func sampled(g *measure.Group) bool {
	return !slices.ContainsFunc(g.Series, func(s *measure.Series) bool { return len(s.Samples) == 0 })
}

func buildTable(g *measure.Group) Table {
	t := Table{Shape: g.Shape.Name, Procs: g.Procs, full: g.Shape.From >= suite.Full}
	unit := g.Comparison.Units[0]
	for _, s := range g.Series {
		row := Row{Impl: s.Impl.Name, Ours: s.Impl.Ours, Differs: s.Impl.Differs, Stats: map[string]stats.Stat{}}
		for _, u := range append(slices.Clone(g.Comparison.Units), "allocs/op") {
			if xs := s.Values(u); len(xs) > 0 {
				row.Stats[u] = stats.Summarize(xs)
			}
		}
		for _, ours := range g.Series {
			if ours.Impl.Ours && !s.Impl.Ours {
				row.Versus = append(row.Versus, Versus{ours.Impl.Name, stats.Compare(ours.Values(unit), s.Values(unit))})
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// Judge checks what a control group must have found.
func Judge(g *measure.Group, l suite.Level, attempt int) []Control {
	var out []Control
	for _, e := range g.Comparison.Expect {
		if l < e.From {
			continue
		}
		unit := g.Comparison.Units[0]
		a, b := g.Find(e.A).Values(unit), g.Find(e.B).Values(unit)
		c := Control{Name: fmt.Sprintf("%s at GOMAXPROCS=%d", g.Comparison.Name, g.Procs),
			A: e.A, B: e.B, Want: e.Difference, N: min(len(a), len(b)), Attempt: attempt}
		if c.N < stats.MinSamples {
			c.Skipped = true
		} else {
			c.Verdict = stats.Compare(a, b)
			// The one that does more must also come out as the slower one.
			c.OK = c.Verdict.Difference == e.Difference && (!e.Difference || c.Verdict.Ratio > 1)
		}
		out = append(out, c)
	}
	return out
}

// Word says how a control came out.
func (c Control) Word() string {
	switch {
	case c.N < stats.MinSamples:
		return "not enough samples"
	case c.Skipped && !c.OK:
		return "wrong, measured once more"
	case c.OK:
		return "as it must be"
	default:
		return "WRONG"
	}
}

// AllOK reports whether every control that counts came out as it must.
func AllOK(cs []Control) bool {
	return !slices.ContainsFunc(cs, func(c Control) bool { return !c.OK && !c.Skipped })
}

// Supersede marks controls that are measured once more.
func Supersede(cs []Control) {
	for i := range cs {
		cs[i].Skipped = true
	}
}

// Word says how a scene came out.
func (s Scene) Word() string {
	switch {
	case s.Skipped:
		return "interrupted"
	case s.OK:
		return "ok"
	default:
		return "FAILED"
	}
}
