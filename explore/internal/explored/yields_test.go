package explored_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore/internal/sched"
)

// Fairness depends on the order of steps that the reduction takes for one and the
// same; together they lose no final state either, on programs full of yields.
func TestReductionKeepsFinalStatesOfYields(t *testing.T) {
	again(t)
	programs := 60
	if sched.Raced || testing.Short() {
		programs = 15
	}
	r := rand.New(rand.NewPCG(5, 0))
	compared := 0
	for range programs {
		var p program
		var text []string
		for range 2 + r.IntN(2) {
			var ops []op
			var names []string
			for range 2 + r.IntN(3) {
				o := kinds[r.IntN(4)](r)
				if r.IntN(2) == 0 {
					o = gosched(r)
				}
				ops, names = append(ops, o), append(names, o.name)
			}
			p.threads = append(p.threads, ops)
			text = append(text, strings.Join(names, "; "))
		}
		p.text = strings.Join(text, " | ")
		want, a := p.outcomes(false, 2000, 1)
		if a.Schedules < 2000 {
			got, _ := p.outcomes(true, 0, 1)
			require.Equal(t, want, got, p.text)
			compared++
		}
	}
	require.Greater(t, compared, programs/8)
}
