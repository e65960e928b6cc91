package report

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/bench/compare"
	"github.com/petiole-go/petiole/bench/internal/measure"
	"github.com/petiole-go/petiole/bench/internal/suite"
)

// The controls fail when they should: a difference between A and itself, 5% that is not found, and 5%
// more that comes out as less. Interrupted ones do not count.
func TestJudge(t *testing.T) {
	for _, tc := range []struct {
		name        string
		again, more float64 // times what A costs
		n           int
		ok          bool
	}{
		{"as it must be", 1, 1.05, 24, true},
		{"A differs from itself", 1.05, 1.05, 24, false},
		{"5% is not found", 1, 1, 24, false},
		{"5% more comes out as less", 1, 0.95, 24, false},
		{"interrupted", 1.05, 1, 3, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := compare.Controls()[0]
			g := measure.NewPlan([]*suite.Comparison{c}, suite.Default, []int{1}).Groups[0]
			for i, factor := range []float64{1, tc.again, tc.more} {
				for k := range tc.n {
					v := 100 * factor * (1 + float64(k%7)/1000)
					g.Series[i].Samples = append(g.Series[i].Samples, measure.Sample{Values: map[string]float64{c.Units[0]: v}})
				}
			}
			d := Doc{Controls: Judge(g, suite.Default, 1)}
			require.Len(t, d.Controls, 2)
			require.Equal(t, tc.ok, d.Trusted())
			require.Len(t, Judge(g, suite.Quick, 1), 1, "the 5% is looked for from the default run on")
		})
	}
}

// One failed check of a scene fails the run, and so does a scene that checked nothing; an interrupted
// one does not.
func TestDocOK(t *testing.T) {
	bad := suite.Outcome{Checks: []suite.Check{{OK: true}, {OK: false}}}
	require.False(t, bad.OK())
	require.False(t, suite.Outcome{}.OK())
	require.False(t, (&Doc{Scenes: []Scene{{OK: bad.OK()}}}).OK())
	require.True(t, (&Doc{Scenes: []Scene{{Skipped: true}}}).OK())
}
