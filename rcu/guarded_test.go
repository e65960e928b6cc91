package rcu_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/rcu"
)

// pool is a value that must be closed.
type pool struct{ n int }

// pools is a Guarded under test, and what it has retired.
type pools struct {
	*rcu.Guarded[pool]
	retired []int
	then    func(*pool) // what retire does besides
}

// newPools makes one with a number of counters that suits procs processors.
func newPools(procs int, v *pool) *pools {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
	p := new(pools)
	p.Guarded = rcu.NewGuarded(v, func(v *pool) {
		p.retired = append(p.retired, v.n)
		if p.then != nil {
			p.then(v)
		}
	})
	return p
}

// eachWay runs f in a bubble with a Guarded of pool 1, one that has one counter
// and one that has several.
func eachWay(t *testing.T, f func(t *testing.T, g *pools)) {
	for name, procs := range map[string]int{"one": 1, "striped": 8} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { f(t, newPools(procs, &pool{1})) })
		})
	}
}

// A value has one counter on up to three processors, and from four on as many as
// there are, rounded up to a power of two.
func TestGuardedCounters(t *testing.T) {
	for procs, want := range map[int]int{1: 1, 3: 1, 4: 4, 5: 8, 8: 8} {
		require.Equal(t, want, newPools(procs, nil).Counters(), "on %d processors", procs)
	}
}

// ended is a context that has.
func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// A value that was replaced retires once: before Store or Close returns if
// nobody reads it, else before the last Release does, of however many.
func TestGuardedRetiresOnce(t *testing.T) {
	eachWay(t, func(t *testing.T, g *pools) {
		g.Store(&pool{2})
		require.Equal(t, []int{1}, g.retired)

		var readers []rcu.Ref[pool]
		for range 20 {
			readers = append(readers, g.Acquire())
			require.Equal(t, 2, readers[0].Value().n)
		}
		g.Acquire().Release()
		readers[0].Release()
		g.Store(&pool{3})
		for _, r := range readers[1:] {
			require.Equal(t, []int{1}, g.retired, "retired under a reader")
			require.Equal(t, 2, r.Value().n)
			r.Release()
		}
		require.Equal(t, []int{1, 2}, g.retired)

		require.NoError(t, g.Close())
		require.Equal(t, []int{1, 2, 3}, g.retired)
	})
}

// retire runs in the call that made it possible, and its panic or exit comes
// out there. The value has then retired, and the Guarded goes on.
func TestGuardedRetireFails(t *testing.T) {
	for name, end := range map[string]struct {
		do   func()
		want any
	}{
		"panic": {func() { panic("no") }, "no"},
		"exit":  {runtime.Goexit, testkit.Exited},
	} {
		for in, call := range map[string]func(g *pools){
			"Store":   func(g *pools) { g.Store(&pool{2}) },
			"Close":   func(g *pools) { g.Close() },
			"Release": func(g *pools) { r := g.Acquire(); g.Store(&pool{2}); r.Release() },
			"Do":      func(g *pools) { g.Do(func(*pool) { g.Store(&pool{2}) }) },
			"Store after Close": func(g *pools) {
				g.then = nil
				g.Close()
				g.then = func(*pool) { end.do() }
				g.Store(&pool{2})
			},
		} {
			t.Run(name+" in "+in, func(t *testing.T) {
				eachWay(t, func(t *testing.T, g *pools) {
					g.then = func(*pool) { end.do() }
					require.Equal(t, end.want, testkit.Run(func() { call(g) }))
					require.EqualValues(t, len(g.retired), g.Stats().Retired)
					require.Zero(t, g.Stats().Pending)
					require.NoError(t, g.Synchronize(ended()))

					g.then = nil
					g.Store(&pool{3})
					require.Contains(t, g.retired, 1)
					require.NotEqual(t, 1, g.retired[len(g.retired)-1], "retired twice, or no other")
				})
			})
		}
	}
}

// A reader holds up the value that it reads, and no other.
func TestGuardedReaderHoldsUpItsOwn(t *testing.T) {
	eachWay(t, func(t *testing.T, g *pools) {
		first := g.Acquire()
		g.Store(&pool{2})
		second := g.Acquire()
		g.Store(&pool{3})
		g.Store(&pool{4})
		require.Equal(t, []int{3}, g.retired)
		second.Release()
		require.Equal(t, []int{3, 2}, g.retired)
		require.Equal(t, 1, first.Value().n)
		first.Release()
		require.Equal(t, []int{3, 2, 1}, g.retired)
	})
}

// Nil is nothing: it is not read, not retired, and not counted.
func TestGuardedNil(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newPools(1, nil)
		nothing := func() {
			r := g.Acquire()
			require.Zero(t, r)
			require.Nil(t, r.Value())
			r.Release()
			r.Release()
			require.False(t, g.Do(func(*pool) { require.Fail(t, "called with nothing") }))
		}
		nothing()
		g.Store(&pool{1})
		require.Empty(t, g.retired)
		require.Equal(t, 1, g.Acquire().Value().n)
		g.Store(nil)
		nothing()
		g.Store(nil)
		require.Equal(t, rcu.GuardedStats{Pending: 1, Oldest: time.Now()}, g.Stats())
		g.Store(&pool{2})
		g.Close()
		nothing()
		g.Store(nil)
		require.Equal(t, []int{2}, g.retired)
	})
}

// Close takes the value away as a Store would, waits for nobody and can be done
// again. What is stored after it is not published, and retires at once.
func TestGuardedClosed(t *testing.T) {
	eachWay(t, func(t *testing.T, g *pools) {
		r := g.Acquire()
		require.NoError(t, g.Close())
		require.NoError(t, g.Close())
		require.Zero(t, g.Acquire())
		require.Empty(t, g.retired)

		g.Store(&pool{2})
		require.Equal(t, []int{2}, g.retired)
		require.Zero(t, g.Acquire())

		require.Equal(t, 1, r.Value().n)
		r.Release()
		require.Equal(t, []int{2, 1}, g.retired)
		require.EqualValues(t, 2, g.Stats().Retired)
	})
}

// Storing the current value again does nothing.
func TestGuardedStoreOfTheCurrent(t *testing.T) {
	eachWay(t, func(t *testing.T, g *pools) {
		r := g.Acquire()
		g.Store(r.Value())
		require.Zero(t, g.Stats())
		require.True(t, r.Value() == g.Acquire().Value())
		r.Release()
		require.Empty(t, g.retired)
	})
}

// retire runs under no lock: it may use the Guarded in any way.
func TestGuardedRetireMayUseIt(t *testing.T) {
	eachWay(t, func(t *testing.T, g *pools) {
		g.then = func(v *pool) {
			if v.n > 3 {
				return
			}
			require.Equal(t, v.n, g.Stats().Pending, "each retires inside the one before")
			r := g.Acquire()
			require.Equal(t, v.n+1, r.Value().n)
			g.Store(&pool{v.n + 2})
			require.Equal(t, context.Canceled, g.Synchronize(ended()), "waits for its caller too")
			r.Release() // retires the next, in here
			if v.n == 3 {
				g.Close()
				g.Store(&pool{9})
			}
		}
		g.Store(&pool{2})
		require.Equal(t, []int{1, 2, 3, 4, 5, 9}, g.retired)
		require.EqualValues(t, 6, g.Stats().Retired)
	})
}

// Do holds the value while f runs, and lets go however f ends.
func TestGuardedDo(t *testing.T) {
	for name, end := range map[string]struct {
		do   func()
		want any
	}{
		"return": {func() {}, nil},
		"panic":  {func() { panic("no") }, "no"},
		"exit":   {runtime.Goexit, testkit.Exited},
	} {
		t.Run(name, func(t *testing.T) {
			eachWay(t, func(t *testing.T, g *pools) {
				require.Equal(t, end.want, testkit.Run(func() {
					require.True(t, g.Do(func(v *pool) {
						require.Equal(t, 1, v.n)
						g.Store(&pool{2})
						require.Empty(t, g.retired)
						end.do()
					}))
				}))
				require.Equal(t, []int{1}, g.retired)
			})
		})
	}
}
