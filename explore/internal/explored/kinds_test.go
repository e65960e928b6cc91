package explored_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/shim/lang"
	"github.com/petiole-go/petiole/explore/shim/sync"
	"github.com/petiole-go/petiole/explore/shim/sync/atomic"
	"github.com/petiole-go/petiole/explore/shim/time"
)

// line is where mark stands as a comment in this file, as a failure tells it.
func line(t *testing.T, file, mark string) string {
	t.Helper()
	return file + ":" + sourceLine(t, file, "// "+mark)
}

// Assert ends its goroutine, whose deferred functions run, in whichever place it is
// called; the message is its text.
func TestAssertion(t *testing.T) {
	for name, scenario := range map[string]func(s *explore.S, no func()){
		"goroutine": func(s *explore.S, no func()) { s.Go("a", no) },
		"body":      func(s *explore.S, no func()) { s.Go("a", func() {}); no() },
		"end":       func(s *explore.S, no func()) { s.End(no) },
		"nested":    func(s *explore.S, no func()) { s.Go("a", func() { s.Go("b", no) }) },
		"end's":     func(s *explore.S, no func()) { s.End(func() { s.Go("a", no) }) },
		"end's end": func(s *explore.S, no func()) { s.End(func() { s.End(no) }) },
	} {
		t.Run(name, func(t *testing.T) {
			deferred, after := 0, 0
			f := failure(t, explore.KindAssertion, explore.Options{}, func(s *explore.S) {
				scenario(s, func() {
					defer func() { deferred++ }()
					s.Assert(true, "yes")
					s.Assert(false, "%d of %s", 1, "these")
					after++
				})
			})
			require.Equal(t, "1 of these", f.Message)
			require.Zero(t, after)
			require.Equal(t, 2, deferred, "it is run again to tell of it")
		})
	}
}

// A deadlock is told with who waits, for what and where.
func TestDeadlock(t *testing.T) {
	f := failure(t, explore.KindDeadlock, explore.Options{}, func(s *explore.S) {
		var mu sync.Mutex
		ctx, _ := s.Cancelable("ctx")
		s.Go("holds", func() {
			mu.Lock()
			lang.Recv(ctx.Done()) // a cancellation may never come
		})
		s.Go("wants", func() {
			mu.Lock() // wants it
		})
		s.Go("ends", func() {})
	})
	require.Equal(t, "nobody can go on: 2 goroutines wait", f.Message)
	_, text, _ := strings.Cut(f.Error(), "waiting:\n")
	require.Regexp(t, `^  holds  receive #\d+ +`+line(t, "kinds_test.go", "a cancellation")+`\n  wants  Lock #\d+ +`+line(t, "kinds_test.go", "wants it")+`\n`, text)
	for name, scenario := range map[string]func(s *explore.S){
		"body":      func(*explore.S) { forever() },
		"end":       func(s *explore.S) { s.End(forever) },
		"select {}": func(s *explore.S) { s.Go("a", lang.Forever) },
		"a ticker ticks": func(s *explore.S) { // for nobody
			time.NewTicker(time.Second)
			s.Go("a", forever)
		},
		"body's goroutine": func(s *explore.S) {
			ch := make(chan int)
			s.Go("a", func() { var mu sync.Mutex; mu.Lock(); mu.Lock(); lang.Close(ch) })
			lang.Recv(ch)
		},
	} {
		t.Run(name, func(t *testing.T) { failure(t, explore.KindDeadlock, explore.Options{}, scenario) })
	}
}

// The body may wait for its goroutines, and End for those that it starts.
func TestBodyAndEndWait(t *testing.T) {
	passes(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		var wg sync.WaitGroup
		n := 0
		wg.Go(func() { n++ })
		wg.Wait()
		s.Assert(n == 1, "n is %d", n)
		s.End(func() {
			wg.Go(func() { n++ })
			wg.Wait()
			s.Assert(n == 2, "n is %d", n)
		})
	})
}

// What goes on for ever is a livelock, whether it spins or yields, and whoever does.
func TestLivelock(t *testing.T) {
	var never atomic.Bool
	spin := func() {
		for !never.Load() {
		}
	}
	yield := func() {
		for !never.Load() {
			lang.Gosched()
		}
	}
	for name, scenario := range map[string]func(s *explore.S){
		"spins":         func(s *explore.S) { s.Go("a", spin) },
		"yields":        func(s *explore.S) { s.Go("a", yield) },
		"both yield":    func(s *explore.S) { s.Go("a", yield); s.Go("b", yield) },
		"body spins":    func(s *explore.S) { s.Go("a", func() {}); spin() },
		"body yields":   func(s *explore.S) { yield() },
		"end spins":     func(s *explore.S) { s.End(spin) },
		"one waits":     func(s *explore.S) { s.Go("a", yield); s.Go("b", forever) },
		"one has ended": func(s *explore.S) { s.Go("a", yield); s.Go("b", func() { runtime.Goexit() }) },
		"many operations": func(s *explore.S) {
			s.Go("a", func() {
				var n atomic.Int64
				for range 1001 {
					n.Add(1)
				}
			})
		},
	} {
		t.Run(name, func(t *testing.T) { failure(t, explore.KindLivelock, explore.Options{Steps: 1000}, scenario) })
	}
	passes(t, explore.Options{Steps: 1000}, func(s *explore.S) {
		s.Go("a", func() {
			var n atomic.Int64
			for range 1000 {
				n.Add(1)
			}
		})
	})
}

// An asked is an error whose text has operations.
type asked struct{ mu sync.Mutex }

func (a *asked) Error() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return "asked under a lock"
}

// A panic is told with the goroutine's name and the line; so is what would end the
// process.
func TestPanic(t *testing.T) {
	var m map[string]int
	for mark, c := range map[string]struct {
		want string
		f    func()
	}{
		"nil map":   {"assignment to entry in nil map", func() { m["a"] = 1 }},                                    // nil map
		"an error":  {"an error of mine", func() { panic(errors.New("an error of mine")) }},                       // an error
		"with nil":  {"panic called with nil argument", func() { panic(nil) }},                                    // with nil
		"an index":  {"index out of range [5]", func() { _ = []int{}[len("12345")] }},                             // an index
		"closed":    {"close of closed channel", func() { ch := make(chan int); lang.Close(ch); lang.Close(ch) }}, // closed
		"unlocked":  {"fatal error: sync: unlock of unlocked mutex", func() { var mu sync.Mutex; mu.Unlock() }},   // unlocked
		"negative":  {"sync: negative WaitGroup counter", func() { var wg sync.WaitGroup; wg.Done() }},            // negative
		"coroutine": {"in a coroutine", func() { pulled(func() { panic("in a coroutine") }) }},                    // coroutine
		"it locks":  {"asked under a lock", func() { panic(new(asked)) }},                                         // it locks
	} {
		t.Run(mark, func(t *testing.T) {
			got := failure(t, explore.KindPanic, explore.Options{}, func(s *explore.S) {
				s.Go("a", func() {})
				s.Go("breaks", c.f)
			})
			require.Contains(t, got.Message, c.want)
			require.Contains(t, got.Message, "breaks")
			if mark != "coroutine" { // which has ended by then
				require.Contains(t, got.Message, line(t, "kinds_test.go", mark))
			}
			require.Contains(t, got.Message, "_test.go:")
		})
	}
	for name, scenario := range map[string]func(s *explore.S){
		"in scenario":                    func(*explore.S) { panic("no") },
		"in end":                         func(s *explore.S) { s.End(func() { panic("no") }) },
		"explore: End of a nil function": func(s *explore.S) { s.End(nil) },
		"explore: Go of a nil function":  func(s *explore.S) { s.Go("nil", nil) },
	} {
		require.Contains(t, failure(t, explore.KindPanic, explore.Options{}, scenario).Message, name)
	}
	t.Setenv("GODEBUG", "panicnil=1")
	f := failure(t, explore.KindPanic, explore.Options{}, func(s *explore.S) { s.Go("a", func() { panic(nil) }) })
	require.Contains(t, f.Message, "panic in a: nil")
}

// A panic that is recovered is none, and one that waits on its way out is one.
func TestPanicRecovered(t *testing.T) {
	passes(t, explore.Options{}, func(s *explore.S) {
		s.Go("a", func() {
			defer func() { recover() }()
			panic("no")
		})
	})
	failure(t, explore.KindPanic, explore.Options{}, func(s *explore.S) {
		var mu sync.Mutex
		mu.Lock()
		s.Go("a", func() { defer mu.Lock(); panic("no") })
		s.Go("b", func() { mu.Unlock() })
	})
}

// Goexit ends the goroutine that calls it, be it the body, or End, or one that
// resumes a coroutine which calls it; and no other.
func TestGoexit(t *testing.T) {
	for name, exit := range map[string]func(){"plain": runtime.Goexit, "coroutine": func() { pulled(runtime.Goexit) }, "nested": func() { pulled(func() { pulled(runtime.Goexit) }) }} {
		t.Run(name, func(t *testing.T) {
			after, ends := 0, 0
			res := passes(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
				var n atomic.Int64
				s.Go("a", func() { defer n.Add(1); n.Add(1); exit(); after++ })
				s.Go("b", func() { n.Add(1) })
				s.End(func() { s.Assert(n.Load() == 3, "n is %d", n.Load()); ends++; exit(); after++ })
				exit()
				after++
			})
			require.Equal(t, 3, res.Schedules)
			require.GreaterOrEqual(t, ends, 3)
			require.Zero(t, after)
		})
	}
}
