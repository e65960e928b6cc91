package rcu_test

import (
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/rcu"
)

// page is a snapshot, and a view of one, that the collector can tell from others.
type page struct {
	n int
	_ [64]byte
}

// f runs once per snapshot that is looked at, not at all for an empty source,
// and its nil is a result as any other.
func TestMapOncePerSnapshot(t *testing.T) {
	var c rcu.Cell[page]
	calls := 0
	odd := rcu.Map(&c, func(v *page) *int {
		calls++
		if v.n%2 == 0 {
			return nil
		}
		return new(10 * v.n)
	})
	one := &page{n: 1}
	for i, s := range []struct {
		store *page
		want  int // 0: nil
		calls int
	}{
		{nil, 0, 0},
		{one, 10, 1},
		{&page{n: 2}, 0, 2},
		{&page{n: 3}, 30, 3},
		{nil, 0, 3},
		{&page{n: 4}, 0, 4},
		{one, 10, 5}, // not kept since
	} {
		c.Store(s.store)
		for range 3 {
			got := odd.Load()
			if s.want == 0 {
				require.Nil(t, got, "step %d", i)
			} else {
				require.Equal(t, s.want, *got, "step %d", i)
			}
			require.Equal(t, s.calls, calls, "step %d", i)
		}
	}
}

// counting is a source that has another snapshot each time.
type counting struct{ n int }

func (c *counting) Load() *page { c.n++; return &page{n: c.n} }

// A source that returns another pointer each time costs one f a Load, and the
// results are each of a later snapshot.
func TestMapOfAnotherPointerEachTime(t *testing.T) {
	calls := 0
	view := rcu.Map(new(counting), func(v *page) *page { calls++; return v })
	last := 0
	for n := range 5 {
		got := view.Load()
		require.Greater(t, got.n, last)
		require.Equal(t, n+1, calls)
		last = got.n
	}
}

// A view is a source: of a chain of them each f runs once a snapshot.
func TestMapOfAMap(t *testing.T) {
	var c rcu.Cell[int]
	calls := 0
	add := func(v *int) *int { calls++; return new(*v + 1) }
	view := rcu.Map(rcu.Map(&c, add), add)
	require.Nil(t, view.Load())
	for n := range 3 {
		c.Store(new(10 * n))
		for range 2 {
			require.Equal(t, 10*n+2, *view.Load())
			require.Equal(t, 2*n+2, calls)
		}
	}
}

// A panic or an exit of f goes to who called Load, and the next Load calls f again.
func TestMapFails(t *testing.T) {
	for name, end := range map[string]struct {
		do   func()
		want any
	}{
		"panic": {func() { panic("no") }, "no"},
		"exit":  {runtime.Goexit, testkit.Exited},
	} {
		t.Run(name, func(t *testing.T) {
			var c rcu.Cell[int]
			c.Store(new(1))
			calls := 0
			view := rcu.Map(&c, func(v *int) *int {
				if calls++; calls < 3 {
					end.do()
				}
				return v
			})
			for range 2 {
				require.Equal(t, end.want, testkit.Run(func() { view.Load() }))
			}
			require.Equal(t, 1, *view.Load())
			require.Equal(t, 3, calls)
		})
	}
}

// Misuse panics where it is made.
func TestMapMisuse(t *testing.T) {
	require.PanicsWithValue(t, "rcu: Map: src is nil", func() { rcu.Map(nil, func(*int) *int { return nil }) })
	require.PanicsWithValue(t, "rcu: Map: f is nil", func() { rcu.Map[int, int](new(rcu.Cell[int]), nil) })
}

// slow is an f that the test answers, call by call.
type slow struct {
	of      []int // the snapshots that it was called with
	answers []chan *page
}

func (s *slow) f(v *page) *page {
	answer := make(chan *page)
	s.of, s.answers = append(s.of, v.n), append(s.answers, answer)
	return <-answer
}

// load has a goroutine of its own load from src. The result is there as soon as
// nothing holds it up any more.
func load(src rcu.Source[page]) (got **page) {
	got = new(*page)
	go func() { *got = src.Load() }()
	synctest.Wait()
	return got
}

// Readers that race on a snapshot each run f, for nobody waits for another's,
// and get one result, the first. One that comes late replaces none of a newer
// snapshot.
func TestMapRacersAgree(t *testing.T) {
	for name, s := range map[string]struct {
		order [3]int // in which the calls of f return; the third is the newer's
		first int
	}{
		"the newer last":       {[3]int{1, 0, 2}, 1},
		"the newer first":      {[3]int{2, 1, 0}, 1},
		"the newer in between": {[3]int{0, 2, 1}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var c rcu.Cell[page]
				var f slow
				view := rcu.Map(&c, f.f)
				c.Store(&page{n: 1})
				a, b := load(view), load(view)
				c.Store(&page{n: 2})
				newer := load(view)
				require.Equal(t, []int{1, 1, 2}, f.of, "somebody waits for another's f")

				results := []*page{{n: 10}, {n: 11}, {n: 20}}
				for _, i := range s.order {
					f.answers[i] <- results[i]
					synctest.Wait()
				}
				first := results[s.first]
				require.True(t, *a == first && *b == first, "two results for one snapshot")
				require.True(t, *newer == results[2])
				require.True(t, view.Load() == results[2], "the late result replaced the newer")
			})
		})
	}
}

// gated is a source at which one reader that has read stands still.
type gated struct {
	rcu.Cell[page]
	loads  atomic.Int64
	at     int64 // the load that does
	before bool  // it has not read yet
	goOn   chan bool
}

func (g *gated) Load() *page {
	v := g.Cell.Load()
	if g.loads.Add(1) == g.at {
		<-g.goOn
		if g.before {
			v = g.Cell.Load()
		}
	}
	return v
}

// let has the reader that stands still go on.
func (g *gated) let() {
	g.goOn <- true
	synctest.Wait()
}

// A reader that stood still with a snapshot in its hand (at any of the loads
// that it makes) finds, when it goes on, the newer one that another has looked
// at, and leaves it there: f runs once for that.
func TestMapStaleReader(t *testing.T) {
	for at := range int64(3) {
		synctest.Test(t, func(t *testing.T) {
			g := &gated{at: at + 1, goOn: make(chan bool)}
			calls := map[int]int{}
			view := rcu.Map(g, func(v *page) *page { calls[v.n]++; return v })
			g.Store(&page{n: 1})
			got := load(view)
			require.Nil(t, *got, "not held up")
			g.Store(&page{n: 2})
			require.Equal(t, 2, view.Load().n)
			close(g.goOn)
			synctest.Wait()
			require.NotNil(t, *got)
			require.Equal(t, 2, view.Load().n)
			require.Equal(t, 1, calls[2], "the newer entry was replaced; held up at %d", at)
		})
	}
}

// The same for a reader that saw in the end that its entry is stale, and stood
// still before it took that away: another has done so, and put in a newer.
func TestMapStaleEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gated{at: 2, goOn: make(chan bool)}
		calls := map[int]int{}
		view := rcu.Map(g, func(v *page) *page { calls[v.n]++; return v })
		g.Store(&page{n: 1})
		got := load(view)
		g.Store(&page{n: 2})
		g.at = g.loads.Load() + 1
		g.let()
		require.Equal(t, 2, view.Load().n)
		require.Nil(t, *got, "not held up twice")
		g.let()
		require.Equal(t, 1, (*got).n)
		require.Equal(t, 2, view.Load().n)
		require.Equal(t, map[int]int{1: 1, 2: 1}, calls)
	})
}

// A snapshot that left and came back has a new result; a reader that stood still
// all the while gets that one too.
func TestMapComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gated{goOn: make(chan bool)}
		view := rcu.Map(g, func(v *page) *page { return &page{n: v.n} })
		old := &page{n: 1}
		g.Store(old)
		view.Load()
		g.Store(&page{n: 2})
		g.at, g.before = g.loads.Load()+2, true
		got := load(view)
		require.Equal(t, 2, view.Load().n)
		g.Store(old)
		back := view.Load()
		g.let()
		require.True(t, back == *got, "two results for one snapshot")
	})
}

// Once a newer snapshot, or none, was looked at, a view keeps neither the old
// one nor what f made of it, whoever stood still meanwhile with the old one in
// its hand.
func TestMapForgets(t *testing.T) {
	next := &page{n: 2}
	for name, s := range map[string]struct {
		before, after *page // what is looked at before the old one, and after
		at            int64 // the load at which the old one's reader stands still; 0: it does not
	}{
		"a newer":                        {nil, next, 0},
		"none":                           {nil, nil, 0},
		"held up before, none":           {nil, nil, 1},
		"held up at the entry, none":     {nil, nil, 2},
		"held up after it, none":         {nil, nil, 3},
		"held up at the entry, newer":    {nil, next, 2},
		"held up at the entry, and back": {next, next, 2},
		"held up after it, and back":     {next, next, 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := &gated{goOn: make(chan bool)}
				var kept []weak.Pointer[page]
				view := rcu.Map(g, func(v *page) *page {
					out := &page{n: 10 * v.n}
					if v.n == 1 {
						kept = append(kept, weak.Make(v), weak.Make(out))
					}
					return out
				})
				g.Store(s.before)
				view.Load()
				if s.at != 0 {
					g.loads.Store(0)
					g.at = s.at
				}
				old := &page{n: 1}
				kept = append(kept, weak.Make(old))
				g.Store(old)
				done := false
				go func() {
					view.Load()
					done = true
				}()
				synctest.Wait()
				require.Equal(t, s.at == 0, done)
				g.Store(s.after)
				view.Load()
				close(g.goOn)
				synctest.Wait()
				require.True(t, done)
				old = nil
				testkit.Collect(t, "the old snapshot and its view", func() bool {
					for _, k := range kept {
						if k.Value() != nil {
							return false
						}
					}
					return true
				})
				runtime.KeepAlive(view)
				runtime.KeepAlive(g)
			})
		})
	}
}
