package explored_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/shim/lang"
	"github.com/petiole-go/petiole/explore/shim/sync"
	"github.com/petiole-go/petiole/explore/shim/sync/atomic"
	"github.com/petiole-go/petiole/internal/testkit"
)

func counter(s *explore.S) {
	var n atomic.Int64
	for _, name := range []string{"a", "b"} {
		s.Go(name, func() { n.Store(n.Load() + 1) })
	}
	s.End(func() { s.Assert(n.Load() == 2, "n is %d", n.Load()) })
}

// A goroutine that blocks where the scheduler cannot see it is told, with the line
// of the user's code. If it comes back in the middle of another run that one does
// not notice: it still is in charge.
func TestBlockedOutside(t *testing.T) {
	if testing.Short() {
		t.Skip("waits until it is given up")
	}
	r, w := io.Pipe()
	var back, early atomic.Int64
	_, err := explore.Run(explore.Options{}, func(s *explore.S) {
		s.Go("reader", func() {
			r.Read(make([]byte, 1))
			back.Add(1)
			early.Add(1)
		})
	})
	f, ok := errors.AsType[*explore.Failure](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, "unsupported", f.Kind)
	require.Contains(t, f.Message, "smoke_test.go")

	_, err = explore.Run(explore.Options{}, func(s *explore.S) {
		abba(s)
		w.Close()
		testkit.Poll(t, "the run that was given up ends", func() bool {
			buf := make([]byte, 1<<20)
			return bytes.Count(buf[:runtime.Stack(buf, true)], []byte("sched.(*Run).loop(")) == 1
		})
	})
	f, ok = errors.AsType[*explore.Failure](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, "deadlock", f.Kind)
	require.Zero(t, back.Load()+early.Load(), "went on in the run of another")
}

func abba(s *explore.S) {
	var a, b sync.Mutex
	n := 0
	s.Go("ab", func() { a.Lock(); b.Lock(); n++; b.Unlock(); a.Unlock() })
	s.Go("ba", func() { b.Lock(); a.Lock(); n++; a.Unlock(); b.Unlock() })
}

// An update that is lost and a deadlock are found, with a schedule that shows them
// again.
func TestFound(t *testing.T) {
	for kind, scenario := range map[string]func(*explore.S){"assertion": counter, "deadlock": abba} {
		_, err := explore.Run(explore.Options{}, scenario)
		f, ok := errors.AsType[*explore.Failure](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, kind, f.Kind)
		_, err = explore.Run(explore.Options{Replay: f.Trace}, scenario)
		again, ok := errors.AsType[*explore.Failure](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, [2]string{f.Message, f.Trace}, [2]string{again.Message, again.Trace})
	}
}

// Two that do three operations each have 20 schedules, of which two preemptions allow
// 14; if they do not concern each other the reduction runs one.
func TestCount(t *testing.T) {
	for preemptions, want := range map[int]int{100: 20, -1: 1, 2: 14} {
		var x, y atomic.Int64
		res, err := explore.Run(explore.Options{Preemptions: preemptions}, func(s *explore.S) {
			s.Go("a", func() { x.Add(1); x.Add(1); x.Add(1) })
			s.Go("b", func() { y.Add(1); y.Add(1); y.Add(1) })
		})
		require.NoError(t, err)
		require.True(t, res.Exhausted)
		require.Equal(t, want, res.Schedules)
	}
}

// A channel and a cancellation that come together leave nobody waiting, with any
// bound.
func TestChan(t *testing.T) {
	for _, p := range []int{100, -1, 2} {
		res, err := explore.Run(explore.Options{Preemptions: p}, func(s *explore.S) {
			c := make(chan int)
			ctx, _ := s.Cancelable("ctx")
			s.Go("p", func() { lang.Send(c)(1); lang.Close(c) })
			s.Go("c", func() {
				switch a, b := lang.RecvCase(c), lang.RecvCase(ctx.Done()); lang.Select(true, a, b) {
				case 0:
					v, ok := a.Value2()
					s.Assert(ok && v == 1, "got %d", v)
					for range lang.Range(c) {
					}
				case 1:
					for range lang.Range(c) {
					}
				}
			})
		})
		require.NoError(t, err)
		require.True(t, res.Exhausted)
	}
}

func three(s *explore.S) {
	var x atomic.Int64
	f := func() { x.Add(1); x.Add(1); x.Add(1) }
	s.Go("a", f)
	s.Go("b", f)
}

func BenchmarkSchedules(b *testing.B) {
	for name, p := range map[string]int{"full": 100, "reduced": -1} {
		b.Run(name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				res, err := explore.Run(explore.Options{Preemptions: p}, three)
				if err != nil {
					b.Fatal(err)
				}
				n += res.Schedules
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "schedules/s")
		})
	}
}
