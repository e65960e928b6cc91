package rcu_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/rcu"
)

// WaitFor returns the first snapshot that ok accepts, however it came, and asks
// for one run for each that it does not.
func TestRefresherWaitFor(t *testing.T) {
	even := func(c *config) bool { return c.n%2 == 0 }
	bubble(t, rcu.Options{}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
		ctx, cancel := context.WithCancel(t.Context())
		o := start(func() (*config, error) { return r.WaitFor(ctx, even) })
		require.Equal(t, 1, s.runs(), "asks as Wait does")
		one := &config{1}
		s.answer(one, nil)
		o.requireWaits(t)
		require.Equal(t, 2, s.runs(), "rejected: asks")
		s.answer(one, nil)
		s.pass(t, time.Hour, 2) // the same again: does not
		three := &config{3}
		r.Store(three)
		synctest.Wait()
		require.Equal(t, 3, s.runs())
		s.answer(nil, errDown)
		s.pass(t, time.Hour, 3) // nor does a failure
		o.requireWaits(t)
		cancel()
		synctest.Wait()
		o.requireReturned(t, three, context.Canceled)
		require.ErrorIs(t, o.err, errDown)

		o = start(func() (*config, error) { return r.WaitFor(t.Context(), even) })
		four := &config{4}
		r.Store(four)
		synctest.Wait()
		o.requireReturned(t, four, nil)
		s.answer(&config{5}, nil) // superseded
		v, err := r.WaitFor(ctx, even)
		require.NoError(t, err, "a fact wins over a context that has ended")
		require.Same(t, four, v)

		o = start(func() (*config, error) {
			return r.WaitFor(t.Context(), func(*config) bool { runtime.Goexit(); return true })
		})
		require.Panics(t, func() { r.WaitFor(t.Context(), func(*config) bool { panic("ok's") }) })
		require.Panics(t, func() { r.WaitFor(t.Context(), nil) })
		o.requireWaits(t)
		_, err = r.WaitFor(ctx, func(*config) bool { return false })
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, context.Canceled, err, "the last run did not fail")
		require.Equal(t, 4, s.runs())

		o = start(func() (*config, error) { // one published while ok was busy is looked at, and nothing is asked
			return r.WaitFor(t.Context(), func(c *config) bool {
				if c == four {
					r.Store(three)
				}
				return c == three
			})
		})
		o.requireReturned(t, three, nil)
		require.Equal(t, 4, s.runs())
	})
}

// pass checks that runs have begun when d has gone by.
func (s *server) pass(t *testing.T, d time.Duration, runs int) {
	t.Helper()
	pass(d)
	require.Equal(t, runs, s.runs())
}

// A WaitFor that sleeps is served by the snapshot that it is woken with, whatever
// comes after that.
func TestRefresherWaitForIsServedByWhatItIsWokenWith(t *testing.T) {
	good := &config{1}
	for name, then := range map[string]func(r *rcu.Refresher[config]){
		"Close":      func(r *rcu.Refresher[config]) { r.Close() },
		"Store":      func(r *rcu.Refresher[config]) { r.Store(new(config)) },
		"Store(nil)": func(r *rcu.Refresher[config]) { r.Store(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, rcu.Options{}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
				o := start(func() (*config, error) {
					return r.WaitFor(t.Context(), func(c *config) bool { return c == good })
				})
				r.Store(good)
				then(r)
				synctest.Wait()
				o.requireReturned(t, good, nil)
			})
		})
	}
}

// A snapshot that is published while ok is busy is looked at even if the context
// ends meanwhile: a fact wins. Once: a stream of others does not hold the caller.
func TestRefresherWaitForLooksOnceMore(t *testing.T) {
	bubble(t, rcu.Options{}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
		for _, good := range []int{2, 3} {
			ctx, cancel := context.WithCancel(t.Context())
			r.Store(&config{1})
			v, err := r.WaitFor(ctx, func(c *config) bool {
				if c.n < good {
					cancel()
					r.Store(&config{c.n + 1})
				}
				return c.n == good
			})
			require.Equal(t, good, v.n)
			require.Equal(t, good == 2, err == nil)
		}
		require.Zero(t, s.runs())
	})
}

// A WaitFor whose rejected snapshot is replaced and put back while ok is busy
// still asks for its run.
func TestRefresherWaitForOfOnePutBack(t *testing.T) {
	bubble(t, rcu.Options{}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
		bad, good := &config{1}, &config{2}
		r.Store(bad)
		o := start(func() (*config, error) {
			return r.WaitFor(t.Context(), func(c *config) bool {
				r.Store(new(config))
				r.CompareAndSwap(r.Load(), bad)
				return c == good
			})
		})
		require.Equal(t, 1, s.runs())
		r.Close()
		synctest.Wait()
		o.requireReturned(t, bad, rcu.ErrClosed)
	})
}

// WaitFor without a snapshot once more, after Store(nil), asks once more.
func TestRefresherWaitForEmptied(t *testing.T) {
	bubble(t, rcu.Options{}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
		r.Store(new(config))
		o := start(func() (*config, error) {
			return r.WaitFor(t.Context(), func(c *config) bool { return c.n == 1 })
		})
		s.answer(nil, errDown)
		r.Store(nil)
		synctest.Wait()
		require.Equal(t, 2, s.runs())
		v := &config{1}
		s.answer(v, nil)
		o.requireReturned(t, v, nil)
	})
}

// A WaitFor whose run a Store has overtaken, though what is out is what it was, asks
// once more: what the run had found was dropped.
func TestRefresherWaitForOvertaken(t *testing.T) {
	bad := &config{1}
	for name, stores := range map[string][]*config{
		"empty":    {nil, nil},
		"put back": {bad, {2}, bad},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, rcu.Options{}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
				r.Store(stores[0])
				o := start(func() (*config, error) {
					return r.WaitFor(t.Context(), func(c *config) bool { return c.n == 3 })
				})
				for _, v := range stores[1:] {
					r.Store(v)
				}
				s.answer(&config{3}, nil)
				o.requireWaits(t)
				require.Equal(t, 2, s.runs())
				v := &config{3}
				s.answer(v, nil)
				o.requireReturned(t, v, nil)
			})
		})
	}
}
