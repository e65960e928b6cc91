package explored_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	goatomic "sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/internal/sched"
	"github.com/petiole-go/petiole/explore/shim/sync"
	"github.com/petiole-go/petiole/explore/shim/sync/atomic"
	"github.com/petiole-go/petiole/internal/testkit"
)

// A schedule may have 62 goroutines and cancellations, beside the body and what is
// given to End. More are told, with the schedule, which can be run again.
func TestSixtyTwo(t *testing.T) {
	for _, what := range []string{"goroutines", "cancellations", "nested", "at the end"} {
		t.Run(what, func(t *testing.T) {
			after, nested := false, 0
			if what == "nested" {
				nested = 1
			}
			scenario := func(n int) func(s *explore.S) {
				return func(s *explore.S) {
					after = false
					all := func() {
						for range n - nested {
							if what == "cancellations" {
								s.Cancelable("ctx")
							} else {
								s.Go("", func() {})
							}
						}
						after = true
					}
					switch what {
					case "nested":
						s.Go("all", all)
					case "at the end":
						s.End(all)
					default:
						all()
						s.End(func() {})
					}
				}
			}
			_, err := explore.Run(explore.Options{Schedules: 1}, scenario(62))
			require.NoError(t, err)
			require.True(t, after)
			f := failure(t, explore.KindUnsupported, explore.Options{}, scenario(63))
			require.Contains(t, f.Message, "more than 62 goroutines and cancellations")
			require.False(t, after, "it goes on in a schedule that is over")
			again := failure(t, explore.KindUnsupported, explore.Options{Replay: f.Trace}, scenario(63))
			require.Equal(t, f.Message, again.Message)
		})
	}
}

// A choice may have 256 ways: more are told, and not left out in silence.
func TestTooManyWays(t *testing.T) {
	scenario := func(n int) func(s *explore.S) {
		return func(s *explore.S) {
			var p sync.Pool
			for i := range n {
				p.Put(i)
			}
			s.Go("a", func() { p.Get() })
		}
	}
	require.Equal(t, 256, passes(t, explore.Options{}, scenario(255)).Schedules, "each of them, or none")
	f := failure(t, explore.KindUnsupported, explore.Options{}, scenario(256))
	require.Contains(t, f.Message, "there are 257 ways in which a could go on")
}

// loops is how many runs have not ended.
func loops() int {
	buf := make([]byte, 1<<20)
	return bytes.Count(buf[:runtime.Stack(buf, true)], []byte("sched.(*Run).loop("))
}

// A goroutine that blocks where the scheduler cannot see it is told, with the line
// of the user's code, within ten seconds. If it comes back in the middle of another
// run that one does not notice: it still is in charge.
func TestBlockedOutside(t *testing.T) {
	once(t)
	r, w := io.Pipe()
	var back atomic.Int64
	began := time.Now()
	f := failure(t, explore.KindUnsupported, explore.Options{}, func(s *explore.S) {
		s.Go("reader", func() {
			r.Read(make([]byte, 1)) // it blocks
			back.Add(1)
			back.Add(1)
		})
	})
	require.Less(t, time.Since(began), 10*time.Second)
	require.Contains(t, f.Message, line(t, "unsupported_test.go", "it blocks"))
	failure(t, explore.KindDeadlock, explore.Options{}, func(s *explore.S) {
		abba(s)
		w.Close()
		testkit.Poll(t, "the run that was given up ends", func() bool { return loops() == 1 })
	})
	require.Zero(t, back.Load(), "went on in the run of another")
	require.Equal(t, 20, passes(t, explore.Options{Preemptions: 1000}, three).Schedules)
}

// The same in a coroutine, in a loop without an operation, in what a goroutine has
// deferred, or in the body; and if it comes back when nobody is in charge.
func TestGivenUp(t *testing.T) {
	for name, c := range map[string]struct {
		want string
		in   func(block func())
	}{
		"goroutine": {"in [chan receive]", func(block func()) { sched.Current().Go("", block) }},
		"body":      {"in [chan receive]", func(block func()) { block() }},
		"coroutine": {"in [chan receive]", func(block func()) { pulled(func() { pulled(block) }) }},
		"loop": {"runs without an operation", func(block func()) {
			var stop goatomic.Bool
			go func() { block(); stop.Store(true) }()
			for !stop.Load() { // it goes round
			}
		}},
		"deferred": {"no; and then", func(block func()) {
			sched.Current().Go("", func() {
				defer block()
				sched.Current().Run().Fail("assertion", "no")
			})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			free, after := make(chan bool), make(chan bool)
			_, f, err := sched.Explore(sched.Options{Steps: 100, Yields: 1, Patience: 100 * time.Millisecond, Scenario: func(*sched.Run) {
				c.in(func() {
					<-free
					if name != "loop" {
						var n atomic.Int64
						n.Load()
						n.Load()
						close(after)
					}
				})
			}})
			require.NoError(t, err)
			require.Contains(t, f.Message, c.want)
			if name == "deferred" {
				require.Equal(t, "assertion", f.Kind)
			} else {
				require.Equal(t, "unsupported", f.Kind)
				require.Contains(t, f.Message, "unsupported_test.go:")
			}
			close(free)
			testkit.Poll(t, "it ends", func() bool { return loops() == 0 })
			select {
			case <-after:
				t.Error(fmt.Errorf("it went on"))
			default:
			}
		})
	}
}
