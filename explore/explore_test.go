package explore_test

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// Without the command a scenario is stress: it runs 1,000 times, or Schedules, and
// Explored is false. A right one passes.
func TestStress(t *testing.T) {
	for schedules, want := range map[int]int{0: 1000, 7: 7} {
		var runs, ends atomic.Int64
		res := explore.Check(t, explore.Options{Schedules: schedules}, func(s *explore.S) {
			runs.Add(1)
			var n atomic.Int64
			ctx, cancel := s.Cancelable("ctx")
			s.Go("waits", func() { <-ctx.Done(); n.Add(1) })
			s.Go("cancels", func() { cancel(); n.Add(1) })
			s.End(func() { ends.Add(1); s.Assert(n.Load() == 2, "ended before its goroutines") })
		})
		require.False(t, res.Explored)
		require.False(t, res.Exhausted)
		require.Equal(t, want, res.Schedules)
		require.EqualValues(t, want, runs.Load())
		require.EqualValues(t, want, ends.Load())
	}
}

// What fails under stress is told, without a trace, and the process goes on.
func TestStressFails(t *testing.T) {
	for kind, scenario := range map[string]func(s *explore.S){
		explore.KindAssertion: func(s *explore.S) { s.Go("a", func() { s.Assert(false, "%d things", 2) }) },
		explore.KindPanic:     func(s *explore.S) { s.Go("a", func() { panic("2 things") }) },
	} {
		res, err := explore.Run(explore.Options{}, scenario)
		f, ok := errors.AsType[*explore.Failure](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, kind, f.Kind)
		require.Contains(t, f.Message, "2 things")
		require.Equal(t, 1, res.Schedules)
		require.Empty(t, f.Trace)
	}
}

// Options that make no sense are an error, before anything runs.
func TestOptionsChecked(t *testing.T) {
	for _, o := range []explore.Options{
		{Preemptions: -2}, {Schedules: -1}, {Steps: -1}, {Yields: -1}, {Seed: 1}, {Random: true, Replay: "1"},
	} {
		_, err := explore.Run(o, func(*explore.S) { t.Error("ran") })
		require.Error(t, err, "%+v", o)
	}
	_, err := explore.Run(explore.Options{}, nil)
	require.Error(t, err)
}
