package explored_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	gotime "time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/shim/lang"
	"github.com/petiole-go/petiole/explore/shim/sync/atomic"
)

// A scenario that is not a function of the schedule is told, at the first divergence,
// with the place; with either search, and never by a hang.
func TestNondeterministic(t *testing.T) {
	kept := 0
	var once atomic.Bool // of the package, so to say
	m := map[int]*atomic.Int64{}
	for i := range 8 {
		m[i] = new(atomic.Int64)
	}
	for name, do := range map[string]func(s *explore.S, n *atomic.Int64){
		"map order": func(s *explore.S, n *atomic.Int64) {
			for _, x := range m {
				x.Add(1)
			}
			m[0].Add(1)
		},
		"random number": func(s *explore.S, n *atomic.Int64) {
			if rand.IntN(2) == 0 {
				n.Load()
			}
		},
		"random goroutines": func(s *explore.S, n *atomic.Int64) {
			for range rand.IntN(3) {
				s.Go("more", func() { n.Add(1) })
			}
		},
		"wall clock": func(s *explore.S, n *atomic.Int64) {
			if gotime.Now().UnixNano()&16 == 0 {
				n.Load()
			}
		},
		"kept": func(s *explore.S, n *atomic.Int64) {
			if kept++; kept%3 == 0 {
				n.Load()
			}
		},
		"kept in a shim": func(s *explore.S, n *atomic.Int64) {
			if once.CompareAndSwap(false, true) {
				n.Load()
			}
		},
		"ends early": func(s *explore.S, n *atomic.Int64) {
			if kept++; kept < 3 {
				n.Load()
				n.Load()
			}
		},
		"first": func(s *explore.S, n *atomic.Int64) {
			if kept++; kept == 1 {
				n.Load()
			}
		},
		"select": func(s *explore.S, n *atomic.Int64) {
			ch := make(chan int, 1)
			if kept++; kept%2 == 0 {
				ch <- 1
			}
			lang.Select(true, lang.RecvCase(ch), lang.SendCase(ch)(1))
		},
	} {
		for search, o := range searches {
			t.Run(name+"/"+search, func(t *testing.T) {
				kept = 0
				once.Store(false)
				f := failure(t, explore.KindNondeterministic, o, func(s *explore.S) {
					n := new(atomic.Int64)
					s.Go("a", func() { n.Add(1); do(s, n); n.Add(1); n.Add(1) })
					s.Go("b", func() { n.Add(1); n.Add(1); n.Add(1) })
				})
				require.Contains(t, f.Message, "_test.go:")
			})
		}
	}
}

// A failure that is not there when its schedule is run again is told as that.
func TestFailureThatDoesNotComeBack(t *testing.T) {
	first := true
	f := failure(t, explore.KindNondeterministic, explore.Options{}, func(s *explore.S) {
		s.Go("a", func() {
			ok := !first
			first = false
			s.Assert(ok, "only once")
		})
	})
	require.Contains(t, f.Message, "there was a assertion (only once), and when run again none")
}

// The place is that of the divergence: the first operation that was another one.
func TestDivergenceHasItsPlace(t *testing.T) {
	schedules := 0
	f := failure(t, explore.KindNondeterministic, explore.Options{Preemptions: -1}, func(s *explore.S) {
		var n, m atomic.Int64
		schedules++
		s.Go("a", func() {
			n.Add(1)
			if schedules < 3 {
				n.Add(1)
			} else {
				m.Add(1) // another
			}
			n.Add(1)
			n.Add(1)
		})
		s.Go("b", func() { n.Add(1); m.Add(1) })
	})
	require.Contains(t, f.Message, line(t, "nondeterministic_test.go", "another"), f.Error())
	require.Equal(t, 3, schedules-1, "told at once, and run again to tell of it")
	require.LessOrEqual(t, strings.Count(steps(f), "\n"), 8)
}
