package report

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/perf/benchunit"

	"github.com/petiole-go/petiole/bench/internal/measure"
	"github.com/petiole-go/petiole/bench/internal/suite"
)

// Build summarises a kept bench.txt as it was summarised when it was measured: what the file has of
// the comparisons that there are today.
func (b *Bench) Build(cs []*suite.Comparison) ([]Comparison, error) {
	var groups []*measure.Group
	for procs := range strings.SplitSeq(b.Config["gomaxprocs"], ",") {
		n, err := strconv.Atoi(procs)
		if err != nil {
			return nil, fmt.Errorf("the line gomaxprocs: %q names no processor counts", b.Config["gomaxprocs"])
		}
		groups = append(groups, measure.NewPlan(cs, suite.Full, []int{n}).Groups...)
	}
	var kept []*measure.Group
	for _, c := range cs { // by comparison first, as a report is ordered
		for _, g := range groups {
			if g.Comparison == c {
				b.fill(g)
				kept = append(kept, g)
			}
		}
	}
	return Build(kept), nil
}

// fill puts the file's samples into a group, in the units they were measured in.
func (b *Bench) fill(g *measure.Group) {
	for _, s := range g.Series {
		kept := b.Samples[benchName(g, s)]
		for _, unit := range append([]string{"allocs/op"}, g.Comparison.Units...) {
			factor, tidied := benchunit.Tidy(1, unit)
			for i, v := range kept[tidied] {
				if i == len(s.Samples) {
					s.Samples = append(s.Samples, measure.Sample{Values: map[string]float64{}})
				}
				s.Samples[i].Values[unit] = v / factor
			}
		}
	}
}

// Markdown is a table of what was found: for each comparison one shape, on one processor and on as many
// as the machine has.
func Markdown(cs []Comparison, cpus int) string {
	var b strings.Builder
	b.WriteString("| comparison | GOMAXPROCS | petiole | beside it |\n|---|---|---|---|\n")
	for _, c := range cs {
		for _, t := range c.Tables {
			if !c.stands(t, cpus) {
				continue
			}
			var ours, rivals []string
			for _, r := range t.Rows {
				text := r.Impl + " " + Value(r.Stats[c.Units[0]].Median, c.Units[0])
				if r.Ours {
					ours = append(ours, text)
				} else {
					rivals = append(rivals, fmt.Sprintf("%s (%s)", text, r.Versus[0].Short()))
				}
			}
			fmt.Fprintf(&b, "| %s, %s, %s | %d | %s | %s |\n", c.Name, t.Shape, UnitName(c.Units[0]), t.Procs,
				strings.Join(ours, "<br>"), strings.Join(rivals, "<br>"))
		}
	}
	return b.String()
}

// stands reports whether a table stands for its comparison, at 1 processor and at all: the last shape,
// and of tails the first, which leaves the readers a processor of their own.
func (c *Comparison) stands(t Table, cpus int) bool {
	shape := ""
	for _, other := range c.Tables {
		if other.Procs == t.Procs && (shape == "" || !c.Tails) {
			shape = other.Shape
		}
	}
	return t.Shape == shape && (t.Procs == 1 || t.Procs == cpus)
}

// Figure finds the table to draw: the shape that stands for a comparison, at all processors.
func Figure(cs []Comparison, name string, cpus int) (Comparison, Table, error) {
	for _, c := range cs {
		for _, t := range c.Tables {
			if c.Name == name && t.Procs == cpus && c.stands(t, cpus) {
				return c, t, nil
			}
		}
	}
	return Comparison{}, Table{}, fmt.Errorf("no %s at GOMAXPROCS=%d", name, cpus)
}
