package explored_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/internal/sched"
	"github.com/petiole-go/petiole/explore/shim/context"
	"github.com/petiole-go/petiole/explore/shim/lang"
	"github.com/petiole-go/petiole/explore/shim/sync"
	"github.com/petiole-go/petiole/explore/shim/sync/atomic"
	"github.com/petiole-go/petiole/explore/shim/time"
)

// What can be seen is seen in some schedule, with the reduction and without.
func TestSeen(t *testing.T) {
	for name, scenario := range map[string]func(s *explore.S){
		"the clock goes on before a goroutine looks at it first": func(s *explore.S) {
			start := time.Now()
			s.Go("looks", func() { s.Assert(time.Since(start) < 5, "seen") })
			s.Go("sleeps", func() { time.Sleep(5) })
		},
		"a timeout is from a later time": func(s *explore.S) {
			start := time.Now()
			s.Go("times out", func() {
				ctx, cancel := context.WithTimeout(context.Background(), 10)
				defer cancel()
				d, _ := ctx.Deadline()
				s.Assert(d.Sub(start) < 15, "seen")
			})
			s.Go("sleeps", func() { time.Sleep(5) })
		},
		"a context ends while something is about to be below it": func(s *explore.S) {
			var x atomic.Int32
			ctx, cancel := context.WithCancel(context.Background())
			s.Go("ends it", func() { cancel() })
			s.Go("is late", func() {
				x.Store(1)
				stop := context.AfterFunc(ctx, func() {})
				s.Assert(ctx.Err() == nil || !stop(), "seen")
			})
		},
		"children end in the other order": func(s *explore.S) {
			ctx, cancel := context.WithCancel(context.Background())
			first, _ := context.WithCancel(ctx)
			second, _ := context.WithCancel(ctx)
			s.Go("ends them", func() { cancel() })
			s.Go("looks", func() {
				lang.Recv(second.Done())
				s.Assert(first.Err() != nil, "seen")
			})
		},
		"a WaitGroup is used again": func(s *explore.S) {
			var x atomic.Int32
			var wg sync.WaitGroup
			wg.Add(1)
			s.Go("again", func() { wg.Done(); wg.Add(1); wg.Done() })
			s.Go("waits", func() {
				x.Store(1)
				defer func() { s.Assert(recover() == nil, "seen") }()
				wg.Wait()
			})
		},
		"a Pool gives what was put first": func(s *explore.S) {
			s.Go("a", func() {
				var p sync.Pool
				p.Put(1)
				p.Put(2)
				s.Assert(p.Get() != 1, "seen")
			})
		},
		"Range passes one by and sees a later one": func(s *explore.S) {
			var m sync.Map
			s.Go("stores", func() { m.Store("b", 1); m.Store("c", 1) })
			s.Go("ranges", func() {
				saw := map[any]bool{}
				m.Range(func(k, _ any) bool { saw[k] = true; return true })
				s.Assert(!saw["c"] || saw["b"], "seen")
			})
		},
	} {
		if sched.Raced && name == "a WaitGroup is used again" {
			continue // is a race
		}
		for _, p := range []int{10, -1} {
			_, err := explore.Run(explore.Options{Preemptions: p}, scenario)
			require.ErrorContains(t, err, "seen", "%s, Preemptions %d", name, p)
			_, again := explore.Run(explore.Options{Replay: err.(*explore.Failure).Trace}, scenario)
			require.ErrorContains(t, again, "seen", "%s, replayed", name)
		}
	}
}

// The channel of a timer seems to have no buffer.
func TestTimerChannel(t *testing.T) {
	_, err := explore.Run(explore.Options{}, func(s *explore.S) {
		s.Go("a", func() {
			timer := time.NewTimer(5)
			time.Sleep(10)
			s.Assert(lang.LenRecv(timer.C) == 0 && lang.CapRecv(timer.C) == 0, "it has")
			lang.Recv(timer.C)
		})
	})
	require.NoError(t, err)
}

// A loop over a select ends, though one of its cases is ready again and again: the
// other is taken at last.
func TestSelectIsFair(t *testing.T) {
	again(t)
	o := explore.Options{}
	if sched.Raced || testing.Short() {
		o.Preemptions = 1
	}
	res, err := explore.Run(o, func(s *explore.S) {
		done := make(chan struct{})
		s.Go("works", func() {
			tick := time.NewTicker(time.Second)
			defer tick.Stop()
			for lang.Select(true, lang.RecvCase(tick.C), lang.RecvCase(done)) == 0 {
			}
		})
		s.Go("stops it", func() { lang.Close(done) })
	})
	require.NoError(t, err)
	require.True(t, res.Exhausted)
	t.Log(res)
}

// Who cancels a context a second time, or asks for its cause, comes back when all
// below it have ended too.
func TestCancelReturnsAfterTheChildren(t *testing.T) {
	for _, o := range searches {
		passes(t, o, func(s *explore.S) {
			ctx, cancel := context.WithCancel(context.Background())
			child, _ := context.WithCancel(ctx)
			s.Go("first", func() { cancel() })
			s.Go("second", func() {
				cancel()
				s.Assert(child.Err() != nil, "it is not over")
			})
			s.Go("asks", func() {
				s.Assert(context.Cause(ctx) == nil || child.Err() != nil, "it is not over")
			})
		})
	}
}
