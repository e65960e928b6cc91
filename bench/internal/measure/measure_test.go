package measure

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/bench/internal/suite"
)

// invented is a comparison of n implementations that do nothing and note the order they ran in.
func invented(names ...string) (c *suite.Comparison, order *[]string) {
	order = new([]string)
	c = &suite.Comparison{Name: "invented", Units: []string{"ns/op"}, Sample: time.Microsecond, Shapes: []suite.Shape{{Name: "s"}}}
	for _, name := range names {
		c.Impls = append(c.Impls, suite.Impl{Name: name, Bench: func(b *testing.B, _ suite.Shape) {
			*order = append(*order, name)
			for b.Loop() {
			}
		}})
	}
	return c, order
}

// Every round samples each implementation once, and not always in the same order.
func TestRunInterleavesInShuffledOrder(t *testing.T) {
	c, order := invented("a", "b", "c")
	p := NewPlan([]*suite.Comparison{c}, suite.Quick, []int{1})
	p.Rounds = 8
	rounds, err := p.Run(t.Context(), func(int, int, time.Duration, *Group) {})
	require.NoError(t, err)
	require.Equal(t, 8, rounds)
	require.Len(t, *order, 24)
	orders := map[string]bool{}
	for i := 0; i < 24; i += 3 {
		round := (*order)[i : i+3]
		require.ElementsMatch(t, []string{"a", "b", "c"}, round)
		orders[round[0]+round[1]+round[2]] = true
	}
	require.Greater(t, len(orders), 1)
	require.Len(t, p.Groups[0].Find("a").Values("ns/op"), 8)
}

// When the budget is spent only the rounds that are needed at least are made; an interrupt ends it at
// once and leaves what there is.
func TestRunEnds(t *testing.T) {
	c, _ := invented("a")
	p := NewPlan([]*suite.Comparison{c}, suite.Quick, []int{1})
	p.Rounds, p.MinRounds, p.Budget = 100, 3, time.Nanosecond
	rounds, err := p.Run(t.Context(), func(int, int, time.Duration, *Group) {})
	require.NoError(t, err)
	require.Equal(t, 3, rounds)

	ctx, cancel := context.WithCancel(t.Context())
	p.Groups[0] = p.Groups[0].Again()
	rounds, err = p.Run(ctx, func(int, int, time.Duration, *Group) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 1, rounds)
	require.Len(t, p.Groups[0].Series[0].Samples, 1)
}

// A benchmark that fails is an error that names it, not a figure.
func TestRunReportsAFailedBenchmark(t *testing.T) {
	c, _ := invented("a")
	c.Impls[0].Bench = func(b *testing.B, _ suite.Shape) { b.Fatal("no") }
	p := NewPlan([]*suite.Comparison{c}, suite.Quick, []int{2})
	p.Rounds = 1
	_, err := p.Run(t.Context(), func(int, int, time.Duration, *Group) {})
	require.ErrorContains(t, err, "invented: impl=a shape=s at 2")
}
