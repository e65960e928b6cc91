package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/petiole-go/petiole/bench/internal/measure"
	"github.com/petiole-go/petiole/bench/internal/stats"
	"github.com/petiole-go/petiole/bench/internal/suite"
)

// Bar is a promise and how it came out. A missed bar is a fact about speed, not a failed check.
type Bar struct {
	Text  string  `json:"text"`
	Shape string  `json:"shape"`
	Procs int     `json:"gomaxprocs"`
	Ratio float64 `json:"ratio"` // subject over rival
	Max   float64 `json:"max"`
	Met   bool    `json:"met"`
}

// buildBars judges what is promised of each shape.
func buildBars(g *measure.Group) (out []Bar) {
	for _, b := range g.Comparison.Bars {
		if !b.Mean && promised(b, g) {
			out = append(out, judge(b, g.Shape.Name, g.Procs, g.Find(b.Rival).Values(b.Unit), g.Find(b.Subject).Values(b.Unit)))
		}
	}
	return out
}

// buildMeans judges what is promised of the geometric mean over shapes, at each processor count by itself.
func buildMeans(comparison string, groups []*measure.Group) (out []Bar) {
	var procs []int
	byProcs := map[int][]*measure.Group{}
	for _, g := range groups {
		if g.Comparison.Name == comparison && sampled(g) {
			if byProcs[g.Procs] == nil {
				procs = append(procs, g.Procs)
			}
			byProcs[g.Procs] = append(byProcs[g.Procs], g)
		}
	}
	for _, n := range procs {
		for _, b := range byProcs[n][0].Comparison.Bars {
			on := slices.DeleteFunc(slices.Clone(byProcs[n]), func(g *measure.Group) bool { return !promised(b, g) })
			if b.Mean && len(on) > 0 {
				name := fmt.Sprintf("geometric mean of %d shapes", len(on))
				if len(on) == 1 {
					name = on[0].Shape.Name
				}
				out = append(out, judge(b, name, n, means(on, b.Rival, b.Unit), means(on, b.Subject, b.Unit)))
			}
		}
	}
	return out
}

// promised reports whether a bar is about this group.
func promised(b suite.Bar, g *measure.Group) bool {
	return (len(b.Procs) == 0 || slices.Contains(b.Procs, g.Procs)) && g.Procs >= b.FromProcs &&
		(b.On == nil || b.On(g.Shape)) && g.Find(b.Rival) != nil && g.Find(b.Subject) != nil
}

// means are the geometric means of an implementation's samples over the groups, one for each round: what
// was measured at about the same time. So they can be judged as the samples of one shape are. A round
// that an interrupt left without some of the groups has none.
func means(groups []*measure.Group, impl, unit string) (out []float64) {
	for round := 0; ; round++ {
		var logs float64
		for _, g := range groups {
			xs := g.Find(impl).Values(unit)
			if round == len(xs) {
				return out
			}
			logs += math.Log(xs[round])
		}
		out = append(out, math.Exp(logs/float64(len(groups))))
	}
}

func judge(b suite.Bar, shape string, procs int, rival, subject []float64) Bar {
	v := stats.Compare(rival, subject)
	// "No slower" is met by what cannot be told apart.
	met := v.Ratio <= b.Max || b.Max == 1 && !v.Difference
	return Bar{Text: b.Text, Shape: shape, Procs: procs, Ratio: v.Ratio, Max: b.Max, Met: met}
}

// Describe says what a bar asked and got.
func (b Bar) Describe() string {
	verdict := "met"
	if !b.Met {
		verdict = "missed by " + stats.Times(max(b.Ratio/b.Max, 1.01)) // not "by 0%"
	}
	if b.Max < 1 {
		return fmt.Sprintf("%s: %s (%.1fx, bar %.3gx)", b.where(), verdict, 1/b.Ratio, 1/b.Max)
	}
	return fmt.Sprintf("%s: %s (%.2fx, bar %.2fx)", b.where(), verdict, b.Ratio, b.Max)
}

func (b Bar) where() string {
	return fmt.Sprintf("%s, %s at GOMAXPROCS=%d", b.Text, b.Shape, b.Procs)
}
