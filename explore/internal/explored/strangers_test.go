package explored_test

import (
	"context"
	"strconv"
	gosync "sync"
	goatomic "sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/shim/lang"
	"github.com/petiole-go/petiole/explore/shim/sync"
	"github.com/petiole-go/petiole/explore/shim/sync/atomic"
	"github.com/petiole-go/petiole/internal/testkit"
)

// A goroutine that was started by a go statement which is not rewritten and comes to
// a shim is told, with the place; whether it was there before the run, which then
// must have to do with it, or was started in it; whatever it does there.
func TestStrangers(t *testing.T) {
	var n atomic.Int64
	var word int64
	var mu sync.Mutex
	ch := make(chan int, 1)
	for what, do := range map[string]func(ctx context.Context){
		"atomic":  func(context.Context) { n.Load() },
		"word":    func(context.Context) { atomic.AddInt64(&word, 1) },
		"mutex":   func(context.Context) { mu.Lock() },
		"channel": func(context.Context) { lang.LenRecv(ch) },
		"select":  func(context.Context) { lang.Select(false, lang.RecvCase(ch)) },
		"context": func(ctx context.Context) { ctx.Err() },
	} {
		scenario := func(ctx context.Context) func() {
			return func() {
				n.Add(1)
				atomic.LoadInt64(&word)
				mu.Lock()
				n.Add(1)
				mu.Unlock()
				lang.Select(false, lang.RecvCase(ch))
				ctx.Err()
			}
		}
		t.Run("before/"+what, func(t *testing.T) {
			began, ended := make(chan context.Context), make(chan bool)
			go func() { defer close(ended); do(<-began) }()
			f := failure(t, explore.KindNondeterministic, explore.Options{}, func(s *explore.S) {
				ctx, _ := s.Cancelable("ctx")
				s.Go("a", func() {
					scenario(ctx)()
					select { // the first time only
					case began <- ctx:
					default:
					}
					for range 100 {
						scenario(ctx)()
					}
				})
			})
			require.Contains(t, f.Message, "strangers_test.go:")
			<-ended
			mu = sync.Mutex{}
		})
		t.Run("during/"+what, func(t *testing.T) {
			f := failure(t, explore.KindNondeterministic, explore.Options{}, func(s *explore.S) {
				ctx, _ := s.Cancelable("ctx")
				s.Go("a", func() {
					var all gosync.WaitGroup // errgroup's, say
					all.Go(func() { do(ctx) })
					all.Wait()
					scenario(ctx)()
				})
			})
			require.Contains(t, f.Message, "strangers_test.go:")
		})
	}
}

// If nobody can go on, but there is a goroutine that the scheduler does not see and
// that a thread has started, that is no deadlock yet.
func TestStrangerMayFree(t *testing.T) {
	end := make(chan bool)
	f := failure(t, explore.KindNondeterministic, explore.Options{}, func(s *explore.S) {
		ch := make(chan int)
		s.Go("a", func() {
			go func() {
				<-end
				select {
				case ch <- 1:
				default:
				}
			}()
			lang.Recv(ch)
		})
	})
	require.Contains(t, f.Message, "strangers_test.go:")
	close(end)
}

// Who has nothing to do with the scenario does not disturb it: it waits until the
// run is over, and goes on then.
func TestOthersWait(t *testing.T) {
	var mu sync.Mutex
	var n atomic.Int64
	var moved goatomic.Int64
	ch := make(chan int, 100)
	start := make(chan bool)
	var all gosync.WaitGroup
	for range 4 {
		all.Go(func() {
			<-start
			for i := range 10 {
				mu.Lock()
				moved.Add(1)
				n.Add(1)
				mu.Unlock()
				lang.Send(ch)(i)
				lang.Recv(ch)
			}
		})
	}
	schedules := 0
	res := passes(t, explore.Options{Preemptions: 1000}, func(s *explore.S) {
		if schedules++; schedules == 1 {
			close(start)
		}
		three(s)
		s.End(func() { s.Assert(moved.Load() == 0, "moved") })
	})
	require.Equal(t, 20, res.Schedules)
	all.Wait()
	require.EqualValues(t, 40, n.Load())
}

// Checks that run in parallel take turns.
func TestParallelRuns(t *testing.T) {
	for i := range 8 {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			for range 5 {
				var n atomic.Int64 // what a test does before its runs
				n.Add(1)
				failure(t, explore.KindDeadlock, explore.Options{}, abba)
				require.Equal(t, 20, passes(t, explore.Options{Preemptions: 1000}, three).Schedules)
			}
		})
	}
}

// A scenario inside of a scenario is told.
func TestRunInsideRun(t *testing.T) {
	passes(t, explore.Options{}, func(s *explore.S) {
		_, err := explore.Run(explore.Options{}, three)
		s.Assert(err != nil, "it ran")
		s.Go("a", func() {
			_, err := explore.Run(explore.Options{}, three)
			s.Assert(err != nil, "it ran")
		})
	})
}

// An S is good for the goroutines of its schedule. After it, or in another, it
// panics; by a stranger it fails the run.
func TestSOutsideOfItsRun(t *testing.T) {
	var old *explore.S
	passes(t, explore.Options{}, func(s *explore.S) { old = s })
	for name, use := range map[string]func(s *explore.S){
		"Go":         func(s *explore.S) { s.Go("a", func() {}) },
		"End":        func(s *explore.S) { s.End(func() {}) },
		"Assert":     func(s *explore.S) { s.Assert(false, "no") },
		"Cancelable": func(s *explore.S) { s.Cancelable("ctx") },
	} {
		t.Run(name, func(t *testing.T) {
			require.PanicsWithValue(t, "explore: an S is used outside of its run", func() { use(old) })
			f := failure(t, explore.KindPanic, explore.Options{}, func(*explore.S) { use(old) })
			require.Contains(t, f.Message, "used outside of its run")
			f = failure(t, explore.KindNondeterministic, explore.Options{}, func(s *explore.S) {
				testkit.Run(func() { use(s) })
				var n atomic.Int64
				n.Load()
			})
			require.Contains(t, f.Message, "strangers_test.go:")
		})
	}
}
