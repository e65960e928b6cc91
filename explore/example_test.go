package explore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/petiole-go/petiole/explore"
)

// A scenario makes what is shared, starts goroutines, and says what must hold when
// they have ended. In a test it is Check that runs it, under the command explore in
// every order, and in a plain go test, as here, as stress.
func ExampleRun() {
	res, err := explore.Run(explore.Options{}, func(s *explore.S) {
		var mu sync.Mutex
		n := 0
		for _, name := range []string{"a", "b"} {
			s.Go(name, func() {
				mu.Lock()
				defer mu.Unlock()
				n++
			})
		}
		s.End(func() { s.Assert(n == 2, "2 increments, and n is %d", n) })
	})
	fmt.Println(res.Schedules, "runs, explored:", res.Explored, "- error:", err)
	// Output: 1000 runs, explored: false - error: <nil>
}

func ExampleCheck() {
	// In a file of tests:
	_ = func(t *testing.T) { // func TestExploreOnce(t *testing.T)
		explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
			var once sync.Once
			var calls atomic.Int32
			s.Go("a", func() { once.Do(func() { calls.Add(1) }) })
			s.Go("b", func() { once.Do(func() { calls.Add(1) }) })
			s.End(func() { s.Assert(calls.Load() == 1, "called %d times", calls.Load()) })
		})
	}
}

// Cancelled at every moment there is, or never: whoever waits must come to an end
// either way.
func ExampleS_Cancelable() {
	_, err := explore.Run(explore.Options{Schedules: 100}, func(s *explore.S) {
		ctx, _ := s.Cancelable("ctx")
		results := make(chan int, 1) // with no room for it, who sends would wait for ever
		s.Go("works", func() { results <- 1 })
		s.Go("waits", func() {
			select {
			case n := <-results:
				s.Assert(n == 1, "got %d", n)
			case <-ctx.Done():
				s.Assert(errors.Is(ctx.Err(), context.Canceled), "ended with %v", ctx.Err())
			}
		})
	})
	fmt.Println(err)
	// Output: <nil>
}

// What has failed is a *Failure. Under the command it has the schedule too: Trace,
// the steps in Error, and a picture by HTML.
func ExampleFailure() {
	_, err := explore.Run(explore.Options{}, func(s *explore.S) {
		s.Go("a", func() { s.Assert(2+2 == 5, "%d things, not 5", 2+2) })
	})
	if f, ok := errors.AsType[*explore.Failure](err); ok {
		fmt.Println(f.Kind, "-", f.Message)
	}
	// Output: assertion - 4 things, not 5
}
