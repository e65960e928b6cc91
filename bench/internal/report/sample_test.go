package report

import (
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/compare"
	"github.com/petiole-go/petiole/bench/internal/measure"
	"github.com/petiole-go/petiole/bench/internal/suite"
)

// synthetic is a run that was never measured: every comparison there is, with invented samples whose
// figures span from a fraction of a nanosecond to seconds.
func synthetic(t *testing.T) (*Doc, []*measure.Group) {
	t.Helper()
	groups := measure.NewPlan(compare.Comparisons(), suite.Full, []int{1, 2, 8}).Groups
	for _, g := range groups {
		for i, s := range g.Series {
			for k := range 8 {
				values := map[string]float64{"allocs/op": float64(i)}
				for j, u := range g.Comparison.Units {
					values[u] = 0.7 * pow(7, i+j*i) * (1 + float64(k)/20)
				}
				s.Samples = append(s.Samples, measure.Sample{Iters: 1000, Values: values})
			}
		}
	}
	line := func(base float64) (vs []float64) {
		for i := range 60 {
			vs = append(vs, base*float64(1+i%3))
		}
		return vs
	}
	d := &Doc{Meta: NewMeta([]int{1, 2, 8}, "go run ./bench -full"), Comparisons: Build(groups)}
	d.Meta.Rounds, d.Meta.Partial = 8, true
	d.Controls = []Control{{Name: "control at GOMAXPROCS=1", A: "A", B: "A-again", N: 8}}
	d.Scenes = []Scene{{Name: "scene", Question: "What is seen?", OK: true, Outcome: suite.Outcome{
		Header: []string{"implementation", "reads"}, Rows: [][]string{{"Refresher", "12345"}},
		Checks: []suite.Check{{What: "goes on", OK: true, Got: "100%"}, {What: "stands still", Got: "0%"}},
		Chart: &suite.Timeline{YLabel: "reads per ms", Step: 10 * time.Millisecond, Shaded: "refresh",
			Lines: []suite.Line{{Name: "Refresher", Ours: true, Values: line(50_000)}, {Name: "RWMutex", Values: line(300)}},
			From:  150 * time.Millisecond, To: 450 * time.Millisecond},
	}}}
	return d, groups
}

func pow(x float64, n int) float64 {
	r := 1.0
	for range n {
		r *= x
	}
	return r
}
