package rcu_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/rcu"
)

// A Cell is a variable: each operation does to it, and returns, what it would
// for a plain pointer. Nil is a value as any other.
func TestCellIsAVariable(t *testing.T) {
	a, b, other := new(1), new(2), new(3)
	for _, now := range []*int{nil, a} {
		for _, next := range []*int{nil, a, b} {
			for name, step := range map[string]struct {
				do        func(c *rcu.Cell[int]) *int
				out, then *int
			}{
				"Store":  {func(c *rcu.Cell[int]) *int { c.Store(next); return c.Load() }, next, next},
				"Swap":   {func(c *rcu.Cell[int]) *int { return c.Swap(next) }, now, next},
				"Update": {func(c *rcu.Cell[int]) *int { return c.Update(func(*int) *int { return next }) }, next, next},
				"Update is given the old": {func(c *rcu.Cell[int]) (old *int) {
					c.Update(func(v *int) *int { old = v; return next })
					return old
				}, now, next},
				"UpdateErr": {func(c *rcu.Cell[int]) *int {
					v, err := c.UpdateErr(func(*int) (*int, error) { return next, nil })
					require.NoError(t, err)
					return v
				}, next, next},
				"CompareAndSwap with the old": {func(c *rcu.Cell[int]) *int {
					require.True(t, c.CompareAndSwap(now, next))
					return nil
				}, nil, next},
				"CompareAndSwap with another": {func(c *rcu.Cell[int]) *int {
					require.False(t, c.CompareAndSwap(other, next))
					return nil
				}, nil, now},
			} {
				c := new(rcu.Cell[int])
				c.Store(now)
				require.True(t, step.out == step.do(c), "%s: what it returns", name)
				require.True(t, step.then == c.Load(), "%s: what it leaves", name)
			}
		}
	}
}

// However many write at once, Update calls f once a call, with the value that
// it replaces: none is lost.
func TestCellUpdateOnce(t *testing.T) {
	const writers, updates = 8, 200
	c := new(rcu.Cell[int])
	c.Store(new(0))
	var calls atomic.Int64
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range updates {
				c.Update(func(old *int) *int {
					calls.Add(1)
					runtime.Gosched()
					return new(*old + 1)
				})
			}
		})
	}
	all.Wait()
	require.EqualValues(t, writers*updates, calls.Load())
	require.Equal(t, writers*updates, *c.Load())
}

// An f that panics, exits or fails leaves the value, and the cell usable; the
// caller is told. UpdateErr returns the unchanged value with the error.
func TestCellUpdateFails(t *testing.T) {
	failed := errors.New("failed")
	for name, end := range map[string]struct {
		f    func(c *rcu.Cell[int])
		want any
	}{
		"panic":    {func(c *rcu.Cell[int]) { c.Update(func(*int) *int { panic("no") }) }, "no"},
		"exit":     {func(c *rcu.Cell[int]) { c.Update(func(*int) *int { runtime.Goexit(); return nil }) }, testkit.Exited},
		"err exit": {func(c *rcu.Cell[int]) { c.UpdateErr(func(*int) (*int, error) { runtime.Goexit(); return nil, nil }) }, testkit.Exited},
		"error": {func(c *rcu.Cell[int]) {
			v, err := c.UpdateErr(func(*int) (*int, error) { return new(2), failed })
			require.True(t, v == c.Load(), "not the unchanged value")
			panic(err)
		}, failed},
	} {
		t.Run(name, func(t *testing.T) {
			c := new(rcu.Cell[int])
			before := new(1)
			c.Store(before)
			require.Equal(t, end.want, testkit.Run(func() { end.f(c) }))
			require.True(t, before == c.Load(), "the value changed")
			require.Equal(t, 2, *c.Update(func(old *int) *int { return new(*old + 1) }))
		})
	}
}

// Changes yields the current value first (nil too), then what is newer than the
// one yielded last: a consumer that was busy skips to the newest, and is not
// told of a value that changed and changed back, or was stored again.
func TestCellChanges(t *testing.T) {
	a, b, d := new(1), new(2), new(3)
	for name, s := range map[string]struct {
		first *int
		busy  []*int // stored while the consumer is busy with the first
		idle  []*int // stored one by one while it waits
		want  []*int
	}{
		"nothing new":           {first: a, want: []*int{a}},
		"an empty cell":         {want: []*int{nil}},
		"news while it waits":   {idle: []*int{a, b}, want: []*int{nil, a, b}},
		"emptied":               {first: a, idle: []*int{nil, b}, want: []*int{a, nil, b}},
		"news while it is busy": {busy: []*int{a}, want: []*int{nil, a}},
		"skips to the newest":   {busy: []*int{a, b, d}, idle: []*int{a}, want: []*int{nil, d, a}},
		"changed and back":      {first: a, busy: []*int{b, a}, idle: []*int{d}, want: []*int{a, d}},
		"stored again":          {first: a, busy: []*int{a}, idle: []*int{a, b, b, a}, want: []*int{a, b, a}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(context.Background())
				c := new(rcu.Cell[int])
				c.Store(s.first)
				var got []*int
				free, ended := make(chan bool), false
				go func() {
					for v := range c.Changes(ctx) {
						got = append(got, v)
						<-free
					}
					ended = true
				}()
				synctest.Wait()
				for _, v := range s.busy {
					c.Store(v)
				}
				close(free)
				for _, v := range s.idle {
					synctest.Wait()
					c.Store(v)
				}
				synctest.Wait()
				require.False(t, ended)
				cancel()
				synctest.Wait()
				require.True(t, ended, "goes on after its context has ended")
				require.Len(t, got, len(s.want))
				for i := range got {
					require.True(t, s.want[i] == got[i], "value %d", i)
				}
			})
		})
	}
}

// A value that changed and changed back while a consumer was waking up is no
// news either: it never sees one twice in a row.
func TestCellChangesNeverTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		c := new(rcu.Cell[int])
		last, twice := new(0), 0
		go func() {
			for v := range c.Changes(ctx) {
				if v == last {
					twice++
				}
				last = v
			}
		}()
		for range 200 {
			synctest.Wait()
			c.Store(new(1))
			c.Store(nil)
		}
		synctest.Wait()
		require.Zero(t, twice)
	})
}

// Several consumers of one Changes each begin with the current value, and each
// gets what is new. Changes looks at its context before every value, the first
// included, and a break ends it.
func TestCellChangesEnds(t *testing.T) {
	c := new(rcu.Cell[int])
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	changes := c.Changes(ctx)
	for want := range 3 {
		c.Store(new(want))
		for v := range changes {
			require.Equal(t, want, *v, "a range does not begin anew")
			break
		}
	}
	yielded := 0
	for range changes {
		c.Store(new(9))
		cancel()
		if yielded++; yielded > 1 {
			break
		}
	}
	require.Equal(t, 1, yielded, "a newer value after the context has ended")
	for range changes {
		require.Fail(t, "a first value though the context has ended")
	}
}

// Two who watch one cell each get all that is new, and one who leaves takes
// nothing from the other.
func TestCellChangesOfSeveral(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := new(rcu.Cell[int])
		var seen [2]int
		var cancels [2]context.CancelFunc
		for i := range seen {
			ctx, cancel := context.WithCancel(context.Background())
			cancels[i] = cancel
			go func() {
				for range c.Changes(ctx) {
					seen[i]++
				}
			}()
		}
		synctest.Wait()
		c.Store(new(1))
		synctest.Wait()
		require.Equal(t, [2]int{2, 2}, seen)
		cancels[0]()
		synctest.Wait()
		c.Store(new(2))
		synctest.Wait()
		require.Equal(t, [2]int{2, 3}, seen)
		cancels[1]()
	})
}

var (
	packageCell    rcu.Cell[int]
	packageGuarded = rcu.NewGuarded(new(0), func(*int) {})
)

// A Cell or a Guarded in which nobody waits holds no channel: a package variable
// serves one bubble after the other, and code outside.
func TestAcrossBubbles(t *testing.T) {
	use := func(ctx context.Context, wait func()) {
		ctx, cancel := context.WithCancel(ctx)
		old := packageGuarded.Acquire()
		packageGuarded.Store(new(1))
		var all sync.WaitGroup
		all.Go(func() {
			for range packageCell.Changes(ctx) {
			}
		})
		all.Go(func() { packageGuarded.Synchronize(ctx) })
		wait()
		packageCell.Store(new(2)) // served once
		wait()
		cancel() // and then in vain
		all.Wait()
		packageCell.Store(new(3))
		old.Release()
	}
	for range 2 {
		synctest.Test(t, func(*testing.T) { use(context.Background(), synctest.Wait) })
	}
	use(t.Context(), runtime.Gosched)
}

// Reading and writing a Cell allocates nothing, nor does holding a Guarded, nor a
// Get or a wait that is served at once, nor a View of what was looked at.
func TestAllocations(t *testing.T) {
	c := new(rcu.Cell[int])
	v := [2]*int{new(1), new(2)}
	i := 0
	next := func() *int { i++; return v[i%2] }
	g := rcu.NewGuarded(v[0], func(*int) {})
	m := rcu.Map(c, func(*int) *int { return v[0] })
	r := rcu.NewRefresher(func(context.Context, *int) (*int, error) { return v[0], nil }, rcu.Options{MaxAge: 1 << 62})
	r.Store(v[0])
	ctx := t.Context()
	for name, f := range map[string]func(){
		"Load":            func() { c.Load() },
		"Store":           func() { c.Store(next()) },
		"Swap":            func() { c.Swap(next()) },
		"CompareAndSwap":  func() { c.CompareAndSwap(c.Load(), next()) },
		"Acquire/Release": func() { g.Acquire().Release() },
		"Do":              func() { g.Do(func(*int) {}) },
		"Update":          func() { c.Update(func(*int) *int { return next() }) },
		"UpdateErr":       func() { c.UpdateErr(func(*int) (*int, error) { return next(), nil }) },
		"Get":             func() { r.Get() },
		"Wait":            func() { r.Wait(ctx) },
		"RefreshFrom":     func() { r.RefreshFrom(ctx, v[1]) },
	} {
		require.Zero(t, testing.AllocsPerRun(100, f), name)
	}
	require.Zero(t, testing.AllocsPerRun(100, func() { m.Load() }), "a View's Load of what was looked at")
}
