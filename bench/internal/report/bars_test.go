package report

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/bench/internal/measure"
	"github.com/petiole-go/petiole/bench/internal/suite"
)

// costs invents a comparison with one bar over the shapes named, with what the subject and the rival cost on each.
func costs(bar suite.Bar, rounds int, shapes []suite.Shape, subject, rival []float64) []*measure.Group {
	bar.Subject, bar.Rival, bar.Unit = "ours", "theirs", "ns/op"
	c := &suite.Comparison{Name: "invented", Units: []string{"ns/op"}, Sample: time.Millisecond, Shapes: shapes, Bars: []suite.Bar{bar},
		Impls: []suite.Impl{{Name: "ours", Ours: true}, {Name: "theirs", Skips: func(s suite.Shape) bool { return s.Name == "lonely" }}}}
	groups := measure.NewPlan([]*suite.Comparison{c}, suite.Full, []int{2}).Groups
	for i, g := range groups {
		for _, s := range g.Series {
			v := subject[i]
			if s.Impl.Name == "theirs" {
				v = rival[i]
			}
			for k := range rounds {
				s.Samples = append(s.Samples, measure.Sample{Values: map[string]float64{"ns/op": v * (1 + float64(k)/1000)}})
			}
		}
	}
	return groups
}

// A bar on a mean is judged once, by the geometric mean of all shapes that it is promised on and that the
// rival can do: neither a slow shape outweighs the others nor one that it leaves out counts.
func TestMeanBar(t *testing.T) {
	shapes := []suite.Shape{{Name: "slow"}, {Name: "quick"}, {Name: "left-out"}, {Name: "lonely"}}
	bar := suite.Bar{Text: "b", Max: 1 / 2.5, Mean: true, On: func(s suite.Shape) bool { return s.Name != "left-out" }}
	for _, tc := range []struct {
		name           string
		subject, rival []float64
		ratio          float64
		met            bool
	}{
		{"met", []float64{1000, 1, 900, 5}, []float64{2000, 8, 1, 0}, math.Sqrt(1.0 / 16), true},
		{"missed, though the sum is well below", []float64{1000, 4, 1, 5}, []float64{4000, 4, 900, 0}, 0.5, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bars := Build(costs(bar, 6, shapes, tc.subject, tc.rival))[0].Bars
			require.Len(t, bars, 1)
			require.InDelta(t, tc.ratio, bars[0].Ratio, 1e-9)
			require.Equal(t, tc.met, bars[0].Met)
			require.Contains(t, bars[0].Describe(), "b, geometric mean of 2 shapes at GOMAXPROCS=2")
			require.Contains(t, bars[0].Describe(), "bar 2.5x")
		})
	}
}

// "Not slower" in the mean is what cannot be told apart, and a mean that is slower by more is missed. A round
// that was interrupted does not count.
func TestMeanBarNotSlower(t *testing.T) {
	bar := suite.Bar{Text: "b", Max: 1, Mean: true}
	shapes := []suite.Shape{{Name: "a"}, {Name: "b"}}
	for _, tc := range []struct {
		factor float64
		met    bool
	}{{1.001, true}, {1.1, false}} {
		groups := costs(bar, 8, shapes, []float64{100 * tc.factor, 7 * tc.factor}, []float64{100, 7})
		extra := groups[0].Find("ours")
		extra.Samples = append(extra.Samples, measure.Sample{Values: map[string]float64{"ns/op": 1}})
		require.Equal(t, tc.met, Build(groups)[0].Bars[0].Met, "%v", tc.factor)
		require.Len(t, means(groups, "ours", "ns/op"), 8)
	}
}

// A bar on each shape is judged on those that it is promised on, and from as many processors on.
func TestBarOn(t *testing.T) {
	bar := suite.Bar{Text: "b", Max: 1, FromProcs: 2, On: func(s suite.Shape) bool { return s.Name == "a" }}
	build := func() []Bar {
		return Build(costs(bar, 6, []suite.Shape{{Name: "a"}, {Name: "b"}}, []float64{1, 9}, []float64{2, 1}))[0].Bars
	}
	bars := build()
	require.Len(t, bars, 1)
	require.Equal(t, "a", bars[0].Shape)
	require.True(t, bars[0].Met)
	bar.FromProcs = 3
	require.Empty(t, build())
}
