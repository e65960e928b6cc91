package explored_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	gosync "sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore/internal/sched"
)

// What goroutines do by themselves, on real channels, is among what the scheduler
// does with them. (Without timers: those of a schedule are on another clock.)
func TestRealRunsAreExplored(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 0))
	runs, programs := 0, 0
	many := 100
	if sched.Raced || testing.Short() {
		many = 20
	}
	for range many {
		p := newProgram(r)
		if strings.Contains(p.text, "timer") || strings.Contains(p.text, "sleep") {
			continue
		}
		all, res := p.outcomes(true, 5_000, 3)
		if !res.Exhausted {
			continue // may fail, or too many
		}
		programs++
		for range 50 {
			require.Contains(t, all, p.real(r), p.text)
			runs++
		}
	}
	t.Logf("%d programs, %d runs", programs, runs)
	require.NotZero(t, runs)
}

// real runs p without the scheduler and gives its final state.
func (p program) real(r *rand.Rand) string {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w := newWorld(ctx)
	defer w.timer.Stop()
	logs := make([][]any, len(p.threads))
	var all gosync.WaitGroup
	yields := func() (n int) {
		if r.IntN(2) == 0 {
			n = r.IntN(20)
		}
		return n
	}
	yield := func(n int) {
		for range n {
			runtime.Gosched()
		}
	}
	if r.IntN(2) == 0 {
		n := yields()
		all.Go(func() { yield(n); cancel() })
	}
	for i, ops := range p.threads {
		first := yields()
		all.Go(func() {
			yield(first)
			for _, o := range ops {
				o.do(w, func(v any) { logs[i] = append(logs[i], v) })
			}
		})
	}
	all.Wait()
	w.started.Wait()
	return fmt.Sprint(logs, w.n[0].Load(), w.n[1].Load())
}
