package explored_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/shim/lang"
	"github.com/petiole-go/petiole/explore/shim/sync"
	"github.com/petiole-go/petiole/explore/shim/sync/atomic"
	"github.com/petiole-go/petiole/explore/shim/time"
)

// broken are scenarios that fail in some schedules only, one of each kind.
var broken = map[string]struct {
	kind     string
	scenario func(s *explore.S)
}{
	"assertion": {explore.KindAssertion, counter},
	"deadlock":  {explore.KindDeadlock, abba},
	"panic": {explore.KindPanic, func(s *explore.S) {
		var m sync.Map
		m.Store("k", 1)
		s.Go("a", func() { m.Delete("k") })
		s.Go("b", func() { v, _ := m.Load("k"); _ = v.(int) })
	}},
	"livelock": {explore.KindLivelock, func(s *explore.S) {
		var a, b atomic.Bool
		s.Go("a", func() { a.Store(!b.Load()) })
		s.Go("b", func() { b.Store(!a.Load()) })
		s.Go("c", func() {
			for a.Load() && b.Load() {
				lang.Gosched()
			}
		})
	}},
	"address": {explore.KindAssertion, func(s *explore.S) { // which is another in each schedule
		x := new(int)
		var n atomic.Int64
		s.Go("a", func() { n.Store(1) })
		s.Go("b", func() { s.Assert(n.Load() == 0, "%p", x) })
	}},
	"everything": {explore.KindAssertion, func(s *explore.S) {
		ctx, cancel := s.Cancelable("ctx")
		c, d := make(chan int, 1), make(chan int)
		tick := time.NewTimer(time.Second)
		got := 0
		s.Go("a", func() { lang.Send(c)(1); lang.Select(true, lang.SendCase(d)(2), lang.RecvCase(ctx.Done())) })
		s.Go("b", func() {
			e := lang.RecvCase(d)
			switch lang.Select(true, lang.RecvCase(ctx.Done()), lang.RecvCase(tick.C), lang.RecvCase(c)) {
			case 2:
				lang.Select(false, e)
				got = e.Value()
			}
			cancel()
			lang.Select(false, lang.RecvCase(d))
		})
		s.Go("c", func() { lang.Select(true, lang.RecvCase(d), lang.RecvCase(ctx.Done())) })
		s.End(func() { s.Assert(got != 2, "got %d", got) })
	}},
	"end": {explore.KindPanic, func(s *explore.S) {
		var n atomic.Int64
		s.Go("a", func() { n.Store(1) })
		s.Go("b", func() { n.Store(2) })
		s.End(func() { _ = [2]int{}[n.Load()] })
	}},
	"nothing to choose": {explore.KindAssertion, func(s *explore.S) { s.Go("a", func() { s.Assert(false, "no") }) }},
}

// A trace runs the schedule of its failure: the same kind, message and steps. It is
// one word, and the only schedule; whatever search has found it.
func TestReplay(t *testing.T) {
	for name, b := range broken {
		for _, o := range []explore.Options{{}, {Preemptions: -1}, {Random: true, Seed: 7, Steps: 200}, {Steps: 300}} {
			t.Run(fmt.Sprintf("%s/%+v", name, o), func(t *testing.T) {
				f := failure(t, b.kind, o, b.scenario)
				require.Equal(t, f.Trace, strings.Join(strings.Fields(f.Trace), ""))
				require.NotEmpty(t, f.Trace)
				again := failure(t, b.kind, explore.Options{Replay: f.Trace, Steps: o.Steps}, b.scenario)
				require.Equal(t, 1, again.Result.Schedules)
				require.Equal(t, f.Trace, again.Trace)
				if name != "address" {
					require.Equal(t, f.Message, again.Message)
				}
				require.Equal(t, steps(f), steps(again))
			})
		}
	}
}

// steps are what a failure shows of its schedule.
func steps(f *explore.Failure) string {
	_, text, _ := strings.Cut(f.Error(), "\n\n")
	return text
}

// Of a trace that is no trace, and of one that does not fit the scenario, one is told.
func TestReplayOfAnother(t *testing.T) {
	f := failure(t, explore.KindAssertion, explore.Options{}, counter)
	for name, trace := range map[string]string{
		"who ends":    "1x9",
		"a way":       "1.3",
		"the clock":   "c",
		"nobody":      "40",
		"too early":   "1,0",
		"a long word": "1x1000000",
	} {
		t.Run(name, func(t *testing.T) {
			again := failure(t, explore.KindNondeterministic, explore.Options{Replay: trace}, counter)
			require.Contains(t, again.Message, "the trace does not fit this scenario")
		})
	}
	right := func(s *explore.S) {
		var n atomic.Int64
		s.Go("a", func() { n.Add(1) })
		s.Go("b", func() { n.Add(1) })
	}
	for _, trace := range []string{f.Trace, "1,2"} { // longer than any of this scenario
		again := failure(t, explore.KindNondeterministic, explore.Options{Replay: trace}, right)
		require.Contains(t, again.Message, "the trace does not fit this scenario")
	}
	for _, trace := range []string{"x", "1,", "1x", "1x0", "1x-1", "-1", "1.", "1.-1", "1.256", "64", "63", "1;2", "c.x", "1x1000001", ",", " "} {
		res, err := explore.Run(explore.Options{Replay: trace}, func(*explore.S) { t.Error("ran") })
		require.ErrorContains(t, err, "is no part of a trace", trace)
		require.Zero(t, res.Schedules)
	}
	// A trace of a scenario that has been mended is its one schedule.
	res, err := explore.Run(explore.Options{Replay: "1"}, right)
	require.NoError(t, err)
	require.Equal(t, 1, res.Schedules)
	require.False(t, res.Exhausted)
}
