package explored_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/shim/sync/atomic"
)

// A straight is a program without waiting: each goroutine does its operations, one
// letter each. A capital writes, a small letter reads; the letter is the variable.
type straight []string

func (p straight) scenario(done func(order string)) func(s *explore.S) {
	return func(s *explore.S) {
		var vars [26]atomic.Int64
		order := make(order, 0, 100)
		for i, ops := range p {
			s.Go(fmt.Sprint(i), func() {
				for _, op := range []byte(ops) {
					if op < 'a' {
						vars[op-'A'].Add(1)
					} else {
						vars[op-'a'].Load()
					}
					order.add(i)
				}
			})
		}
		s.End(func() { done(string(order)) })
	}
}

// An order is a shared list that no two write at once, whatever the race detector
// would say of it.
type order []byte

//go:norace
func (o *order) add(i int) { *o = append(*o, byte('0'+i)) }

// orders are all orders in which the goroutines can take their steps, with at most
// bound switches away from one that could have gone on.
func (p straight) orders(bound int) (all []string) {
	var walk func(order string, last, switches int)
	walk = func(order string, last, switches int) {
		if switches > bound {
			return
		}
		over := true
		for i := range p {
			if strings.Count(order, fmt.Sprint(i)) == len(p[i]) {
				continue
			}
			over = false
			cost := 0
			if i != last && last >= 0 && strings.Count(order, fmt.Sprint(last)) < len(p[last]) {
				cost = 1
			}
			walk(order+fmt.Sprint(i), i, switches+cost)
		}
		if over {
			all = append(all, order)
		}
	}
	walk("", -1, 0)
	return all
}

// class tells orders apart that differ in more than the order of operations which
// do not concern each other.
func (p straight) class(order string) string {
	var pairs []string
	at := make([]int, len(p))
	var done []string // thread, its op's number, the op
	for _, c := range order {
		i := int(c - '0')
		op := fmt.Sprintf("%d.%d%c", i, at[i], p[i][at[i]])
		at[i]++
		for _, before := range done {
			a, b := before[len(before)-1], op[len(op)-1]
			if before[0] != op[0] && a|32 == b|32 && (a < 'a' || b < 'a') {
				pairs = append(pairs, before+"<"+op)
			}
		}
		done = append(done, op)
	}
	slices.Sort(pairs)
	return strings.Join(pairs, " ")
}

var straights = []straight{
	{"A", "A"}, {"AAA", "AAA"}, {"AAAA", "AA"}, {"aaa", "aaa"}, {"AAA", "BBB"},
	{"aA", "aA"}, {"AaB", "bA"}, {"AA", "AA", "A"}, {"aB", "bC", "cA"}, {"A", "a", "a", "a"}, {"AB", "BA", "ab"},
}

// Each schedule within the bound is run, and counts, once: there are as many as
// orders, and all of them are seen.
func TestSchedulesCountOnce(t *testing.T) {
	for _, p := range straights {
		for _, bound := range []int{1, 2, 3, 100} {
			var seen []string
			res := passes(t, explore.Options{Preemptions: bound}, p.scenario(func(order string) { seen = append(seen, order) }))
			want := p.orders(bound)
			require.Equal(t, len(want), res.Schedules, "%v, at most %d", p, bound)
			require.Equal(t, len(want)*len(strings.Join(p, "")), res.Steps, "begin and end are no steps")
			slices.Sort(seen)
			slices.Sort(want)
			require.Equal(t, want, slices.Compact(seen), "%v, at most %d", p, bound)
		}
	}
}

// With the reduction one schedule is run of all that differ only in the order of
// operations that do not concern each other.
func TestReducedSchedulesCountClasses(t *testing.T) {
	for _, p := range straights {
		classes := map[string]bool{}
		for _, order := range p.orders(100) {
			classes[p.class(order)] = true
		}
		seen := map[string]bool{}
		res := passes(t, explore.Options{Preemptions: -1}, p.scenario(func(order string) { seen[p.class(order)] = true }))
		require.Equal(t, classes, seen, "%v", p)
		require.Equal(t, len(classes), res.Schedules, "%v", p)
	}
	require.Equal(t, 1, passes(t, explore.Options{Preemptions: -1}, straight{"AAA", "BBB", "ccc"}.scenario(func(string) {})).Schedules)
}

// The first failure has as few preemptions as any: whichever one order is the bug, it
// is found with those that it needs, and not within a smaller bound.
func TestFirstFailureHasFewestPreemptions(t *testing.T) {
	p := straight{"AAA", "AAA"}
	for _, bug := range p.orders(100) {
		needs := 0
		for !slices.Contains(p.orders(needs), bug) {
			needs++
		}
		scenario := func(s *explore.S) {
			p.scenario(func(order string) { s.Assert(order != bug, "order %s", order) })(s)
		}
		f := failure(t, explore.KindAssertion, explore.Options{Preemptions: 100}, scenario)
		require.Equal(t, needs, strings.Count(f.Error(), "\n> "), "%s\n%s", bug, f.Error())
		require.Equal(t, f.Schedule, f.Result.Schedules)
		if needs > 1 { // 0 means two
			passes(t, explore.Options{Preemptions: needs - 1}, scenario)
		}
	}
}

// Exhausted is false where the search was stopped, and where there was none.
func TestNotExhausted(t *testing.T) {
	for _, o := range []explore.Options{
		{Schedules: 5, Preemptions: 100}, {Schedules: 5, Preemptions: -1}, {Schedules: 5},
		{Random: true, Schedules: 5},
	} {
		res, err := explore.Run(o, straight{"AAA", "AAA"}.scenario(func(string) {}))
		require.NoError(t, err)
		require.Equal(t, 5, res.Schedules)
		require.False(t, res.Exhausted, "%+v", o)
		require.True(t, res.Explored)
	}
}
