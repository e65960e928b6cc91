package rcu_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/rcu"
)

// config is a snapshot.
type config struct{ n int }

var errDown = errors.New("the server is down")

// server is where a refresher under test gets its snapshots. Each run waits
// until the test answers it, or its context ends.
type server struct {
	begun   atomic.Int32
	flying  int
	overlap bool
	replies chan reply
}

type reply struct {
	v   *config
	err error
	do  func() // at the end of the run: panics, exits
}

func (s *server) fetch(ctx context.Context, _ *config) (*config, error) {
	s.begun.Add(1)
	s.flying++
	s.overlap = s.overlap || s.flying > 1
	defer func() { s.flying-- }()
	select {
	case r := <-s.replies:
		if r.do != nil {
			r.do()
		}
		return r.v, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// runs returns how many have begun.
func (s *server) runs() int { return int(s.begun.Load()) }

// answer ends the run in flight and returns when all has come to rest.
func (s *server) answer(v *config, err error) { s.end(reply{v: v, err: err}) }

func (s *server) end(r reply) {
	synctest.Wait()
	s.replies <- r
	synctest.Wait()
}

// bubble runs f in a bubble of its own, with a refresher and the server that it asks.
func bubble(t *testing.T, o rcu.Options, f func(t *testing.T, s *server, r *rcu.Refresher[config])) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{replies: make(chan reply)}
		r := rcu.NewRefresher(s.fetch, o)
		defer r.Close() // what a failed test leaves
		f(t, s, r)
		require.NoError(t, r.Shutdown(context.Background()))
		require.False(t, s.overlap, "two runs overlapped")
	})
}

// pass lets virtual time go by.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// outcome is what a call that may wait has returned.
type outcome struct {
	v    *config
	err  error
	done bool
}

// start calls f on a goroutine of its own, and returns when f has returned or waits.
func start(f func() (*config, error)) *outcome {
	o := new(outcome)
	go func() {
		o.v, o.err = f()
		o.done = true
	}()
	synctest.Wait()
	return o
}

func (o *outcome) requireReturned(t *testing.T, v *config, err error) {
	t.Helper()
	require.True(t, o.done, "still waits")
	require.Same(t, v, o.v)
	require.ErrorIs(t, o.err, err)
}

func (o *outcome) requireWaits(t *testing.T) {
	t.Helper()
	require.False(t, o.done, "has returned %v, %v", o.v, o.err)
}

// Every cell of the state table: what each kind of request, and a tick, does in each state.
func TestRefresherStates(t *testing.T) {
	const gap = time.Minute // MinInterval; the Interval is an hour
	wait := func(s *server, r *rcu.Refresher[config]) {
		r.Schedule()
		s.answer(nil, errDown)
		r.Schedule()
	}
	fly := func(s *server, r *rcu.Refresher[config]) { r.Schedule() }
	queue := func(s *server, r *rcu.Refresher[config]) { r.Schedule(); r.Schedule() }
	shut := func(s *server, r *rcu.Refresher[config]) { r.Close() }
	for _, c := range []struct {
		state    string
		enter    func(s *server, r *rcu.Refresher[config])
		schedule bool // what Schedule reports
		wait     int  // how many runs must end before Wait without a snapshot returns
		refresh  int  // the same of Refresh
		ticks    int  // runs that begin in three hours in which none ends
	}{
		{"idle", func(*server, *rcu.Refresher[config]) {}, true, 1, 1, 0},
		{"waiting", wait, false, 1, 1, 1},
		{"in flight", fly, true, 1, 2, 0},
		{"queued", queue, false, 1, 2, 0},
		{"closed", shut, false, 0, 0, 0},
	} {
		in := func(name string, f func(t *testing.T, s *server, r *rcu.Refresher[config])) {
			t.Run(c.state+"/"+name, func(t *testing.T) {
				bubble(t, rcu.Options{Interval: time.Hour, MinInterval: gap}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
					c.enter(s, r)
					synctest.Wait()
					f(t, s, r)
				})
			})
		}
		returnsAfter := func(t *testing.T, s *server, o *outcome, runs int) {
			if runs == 0 {
				o.requireReturned(t, nil, rcu.ErrClosed)
				return
			}
			for n := range runs {
				o.requireWaits(t)
				pass(gap)
				v := &config{n}
				s.answer(v, nil)
				if n+1 == runs {
					o.requireReturned(t, v, nil)
				}
			}
		}
		in("Schedule", func(t *testing.T, s *server, r *rcu.Refresher[config]) {
			require.Equal(t, c.schedule, r.Schedule())
		})
		in("Wait", func(t *testing.T, s *server, r *rcu.Refresher[config]) {
			returnsAfter(t, s, start(func() (*config, error) { return r.Wait(t.Context()) }), c.wait)
		})
		in("Refresh", func(t *testing.T, s *server, r *rcu.Refresher[config]) {
			returnsAfter(t, s, start(func() (*config, error) { return r.Refresh(t.Context()) }), c.refresh)
		})
		in("tick", func(t *testing.T, s *server, r *rcu.Refresher[config]) {
			before := s.runs()
			pass(3 * time.Hour)
			require.Equal(t, before+c.ticks, s.runs())
		})
	}
}

// Without a request nothing runs and no timer is set; after the first run ticks
// go on by themselves, an interval after the end of the run before, also when
// that was an early one.
func TestRefresherTicks(t *testing.T) {
	bubble(t, rcu.Options{Interval: time.Hour}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
		r.Load()
		_, err := r.Get()
		require.ErrorIs(t, err, rcu.ErrNotReady)
		r.Store(&config{})
		r.CompareAndSwap(r.Load(), &config{})
		for range r.Changes(t.Context()) {
			break
		}
		pass(3 * time.Hour)
		require.Zero(t, s.runs())
		require.Zero(t, r.Status().NextAt)

		r.Schedule()
		pass(10 * time.Minute)
		s.answer(&config{}, nil)
		for n := 1; n < 4; n++ {
			require.Equal(t, n, s.runs())
			require.Equal(t, time.Now().Add(time.Hour), r.Status().NextAt)
			pass(time.Hour - 1)
			require.Equal(t, n, s.runs())
			pass(1)
			require.Equal(t, n+1, s.runs())
			pass(20 * time.Minute) // the run takes that
			s.answer(&config{}, nil)
		}
		pass(30 * time.Minute)
		r.Schedule()
		s.answer(&config{}, nil)
		require.Equal(t, time.Now().Add(time.Hour), r.Status().NextAt)
	})
}

// The delay after the n-th failure in a row; a request skips it.
func TestRefresherBackoff(t *testing.T) {
	const s, m = time.Second, time.Minute
	for name, c := range map[string]struct {
		o    rcu.Options
		want []time.Duration // after 1, 2, ... failures
	}{
		"from MinInterval":       {rcu.Options{Interval: m, MinInterval: 4 * s}, []time.Duration{4 * s, 8 * s, 16 * s, 32 * s, m, m}},
		"from Interval":          {rcu.Options{Interval: m, MaxBackoff: 3 * m}, []time.Duration{m, 2 * m, 3 * m, 3 * m}},
		"no MaxBackoff":          {rcu.Options{Interval: m}, []time.Duration{m, m, m}},
		"MaxBackoff < Interval":  {rcu.Options{Interval: m, MaxBackoff: 5 * s}, []time.Duration{5 * s, 5 * s}},
		"MaxBackoff < Min":       {rcu.Options{Interval: m, MinInterval: 4 * s, MaxBackoff: s}, []time.Duration{4 * s, 4 * s}},
		"MinInterval > Interval": {rcu.Options{Interval: s, MinInterval: m}, []time.Duration{m, m}},
		"without an end":         {rcu.Options{Interval: 1 << 61, MaxBackoff: 1<<63 - 1}, []time.Duration{1 << 61, 1 << 62, 1<<63 - 1}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, c.o, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
				fail := func() time.Duration {
					s.answer(nil, errDown)
					return time.Until(r.Status().NextAt)
				}
				r.Schedule()
				for n, want := range c.want {
					require.Equal(t, want, fail(), "after %d failures", n+1)
					if want > 24*time.Hour {
						r.Schedule() // a request skips it, and a failure of it counts
						continue
					}
					pass(want)
				}
				s.answer(&config{}, nil)
				require.Equal(t, max(c.o.Interval, c.o.MinInterval), time.Until(r.Status().NextAt), "a success resets it")
				require.Zero(t, r.Status().Failures)
			})
		})
	}
}

// Jitter J makes of a delay d a random one between d*(1-J) and d, never below
// MinInterval, and leaves a request's wait for MinInterval alone.
func TestRefresherJitter(t *testing.T) {
	bubble(t, rcu.Options{Interval: time.Hour, MinInterval: 40 * time.Minute, Jitter: 0.5}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
		least, most := time.Hour, time.Duration(0)
		for n := range 200 {
			r.Schedule()
			if n > 0 {
				require.Equal(t, 40*time.Minute, time.Until(r.Status().NextAt))
				pass(40 * time.Minute)
			}
			s.answer(&config{}, nil)
			d := time.Until(r.Status().NextAt)
			least, most = min(least, d), max(most, d)
		}
		require.GreaterOrEqual(t, least, 40*time.Minute)
		require.LessOrEqual(t, most, time.Hour)
		require.Less(t, least, 42*time.Minute, "the whole range is used")
		require.Greater(t, most, 58*time.Minute)
	})
	const longest = time.Duration(1<<63 - 1)
	bubble(t, rcu.Options{Interval: longest, Jitter: 1}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
		r.Schedule()
		s.answer(&config{}, nil)
		require.Less(t, time.Until(r.Status().NextAt), longest, "a part of the longest delay fits a Duration too")
	})
}

// MinInterval holds for requests too, from the end of the run before, and any
// number of requests within it are one run.
func TestRefresherMinInterval(t *testing.T) {
	bubble(t, rcu.Options{MinInterval: time.Minute}, func(t *testing.T, s *server, r *rcu.Refresher[config]) {
		r.Schedule()
		pass(5 * time.Minute)
		s.answer(nil, errDown)
		var missed []*outcome
		for range 1000 {
			missed = append(missed, start(func() (*config, error) { return r.Wait(t.Context()) }))
		}
		require.Equal(t, 1, s.runs())
		require.Equal(t, time.Now().Add(time.Minute), r.Status().NextAt)
		pass(time.Minute - 1)
		require.Equal(t, 1, s.runs())
		pass(1)
		require.Equal(t, 2, s.runs())
		v := &config{}
		s.answer(v, nil)
		for _, o := range missed {
			o.requireReturned(t, v, nil)
		}
		pass(time.Hour)
		require.Equal(t, 2, s.runs())
	})
}

// Without a MinInterval failures do not make a hot loop: a run that fails asks
// for nothing, and the ticks are an Interval apart.
func TestRefresherFailuresAreNoHotLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runs := 0
		r := rcu.NewRefresher(func(context.Context, *config) (*config, error) {
			runs++
			return nil, errDown
		}, rcu.Options{Interval: time.Minute})
		defer r.Close()
		_, err := r.Wait(t.Context())
		require.ErrorIs(t, err, errDown)
		pass(time.Hour)
		require.Equal(t, 61, runs)
	})
}
