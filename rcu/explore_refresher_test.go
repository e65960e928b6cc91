package rcu_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/rcu"
)

// A source counts the runs of a refresher, and each gives a snapshot of its own.
type source struct {
	*rcu.Refresher[config]
	begun atomic.Int32
}

// newSource makes one in a scenario, at the end of which nothing is left running. f
// is what a run does, nil: it succeeds.
func newSource(s *explore.S, o rcu.Options, f rcu.Func[config]) *source {
	c := new(source)
	c.Refresher = rcu.NewRefresher(func(ctx context.Context, old *config) (v *config, err error) {
		n := c.begun.Add(1)
		if f != nil {
			return f(ctx, old)
		}
		return &config{int(n)}, nil
	}, o)
	s.End(func() { s.Assert(c.Shutdown(context.Background()) == nil, "shutdown fails") })
	return c
}

// Who waits for the first snapshot gets it from the one run, though one that asked
// for it may have left. I1, I3
func TestExploreRefresherWait(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		r := newSource(s, rcu.Options{}, nil)
		ctx, _ := s.Cancelable("cancel")
		s.Go("may leave", func() {
			v, err := r.Wait(ctx)
			s.Assert((v == nil) == (err != nil), "%v, %v", v, err)
		})
		s.Go("stays", func() {
			v, err := r.Wait(context.Background())
			s.Assert(v != nil && err == nil, "%v, %v", v, err)
		})
		s.End(func() { s.Assert(r.begun.Load() == 1, "%d runs", r.begun.Load()) })
	})
}

// Reports of one snapshot cost one run, which all of them get.
func TestExploreRefresherRefreshFrom(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		r := newSource(s, rcu.Options{}, nil)
		seen := new(config)
		r.Store(seen)
		for _, name := range []string{"a", "b"} {
			s.Go(name, func() {
				v, err := r.RefreshFrom(context.Background(), seen)
				s.Assert(v != seen && err == nil, "%v, %v", v, err)
			})
		}
		s.End(func() { s.Assert(r.begun.Load() == 1, "%d runs", r.begun.Load()) })
	})
}

// A Refresh returns what a run found that began after it, whatever is in flight or
// asked for. I2
func TestExploreRefresherRefresh(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		var world atomic.Int32
		r := newSource(s, rcu.Options{}, func(context.Context, *config) (*config, error) {
			return &config{int(world.Load())}, nil
		})
		s.Go("schedules", func() { r.Schedule() })
		s.Go("refreshes", func() {
			world.Store(1)
			v, err := r.Refresh(context.Background())
			s.Assert(v.n == 1 && err == nil, "%v, %v", v, err)
		})
	})
}

// What is stored by hand during a run stays: only a run that began after it replaces it.
func TestExploreRefresherStoreDuringARun(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		stored, fetched := new(config), new(config)
		var before *config // what was out when the run began
		r := newSource(s, rcu.Options{}, func(_ context.Context, old *config) (*config, error) {
			before = old
			return fetched, nil
		})
		swapped := false
		s.Go("refreshes", func() {
			v, err := r.Refresh(context.Background())
			s.Assert(v == r.Load() && err == nil, "%v, %v", v, err)
		})
		s.Go("stores", func() { swapped = r.CompareAndSwap(nil, stored) })
		s.End(func() {
			want := stored
			if !swapped || before == stored {
				want = fetched
			}
			s.Assert(r.Load() == want, "stored %t, before the run %t; what is out is the run's: %t",
				swapped, before == stored, r.Load() == fetched)
		})
	})
}

// A snapshot that is published while somebody waits for another than seen serves it,
// though it was just being woken for something else, and seen is back at once.
func TestExploreRefresherMissesNothing(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		seen, other := new(config), new(config)
		returned := make(chan bool)
		var r *source
		r = newSource(s, rcu.Options{}, func(context.Context, *config) (*config, error) {
			if r.begun.Load() == 1 {
				return nil, errDown // wakes who waits for the next
			}
			<-returned
			return seen, nil
		})
		r.Store(seen)
		r.Schedule()
		s.Go("waits", func() {
			v, err := r.RefreshFrom(context.Background(), seen)
			s.Assert(v == other && err == nil, "%v, %v", v, err)
			close(returned)
		})
		s.Go("stores", func() {
			waits := !r.ScheduleFrom(seen) // it has asked
			r.Store(other)
			if waits {
				r.Store(seen)
			}
		})
	})
}

// Close wakes who waits with ErrClosed, when the context of the run in flight has
// ended with that cause. The run ends too, and none begins any more.
func TestExploreRefresherClose(t *testing.T) {
	ctx := context.Background()
	for name, wait := range map[string]func(r *source) (*config, error){
		"Wait":    func(r *source) (*config, error) { return r.Wait(ctx) },
		"WaitFor": func(r *source) (*config, error) { return r.WaitFor(ctx, func(*config) bool { return true }) },
	} {
		t.Run(name, func(t *testing.T) {
			explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
				var run atomic.Pointer[context.Context]
				r := newSource(s, rcu.Options{}, func(ctx context.Context, _ *config) (*config, error) {
					run.Store(&ctx)
					<-ctx.Done()
					return new(config), nil // too late
				})
				waits := false
				s.Go("waits", func() {
					v, err := wait(r)
					s.Assert(v == nil && err == rcu.ErrClosed, "%v, %v", v, err)
					if ctx := run.Load(); waits && ctx != nil {
						s.Assert(context.Cause(*ctx) == rcu.ErrClosed, "woken while the run goes on")
					}
				})
				s.Go("closes", func() {
					waits = !r.Status().RunningSince.IsZero() // for the run that it has asked for
					_ = r.Close()
					s.Assert(!r.Schedule(), "asked for a run")
				})
				s.End(func() { s.Assert(r.Load() == nil, "published after Close") })
			})
		})
	}
}

// Who has seen a snapshot gets no older one, whichever way it looks, while the next is
// being published.
func TestExploreRefresherNeverGoesBack(t *testing.T) {
	for name, get := range map[string]func(r *source) (*config, error){
		"Get":  func(r *source) (*config, error) { return r.Get() },
		"Wait": func(r *source) (*config, error) { return r.Wait(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
				r := newSource(s, rcu.Options{}, nil)
				r.Store(&config{1})
				s.Go("writer", func() { r.Store(&config{2}) })
				s.Go("reader", func() {
					seen := r.Load()
					v, err := get(r)
					s.Assert(err == nil && v.n >= seen.n, "%v, %v after %v", v, err, seen)
				})
			})
		})
	}
}

// Runs do not overlap, though a tick is due at the moment of a request. I1, I4
func TestExploreRefresherTickMeetsRequest(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		var flying atomic.Int32
		var r *source
		r = newSource(s, rcu.Options{Interval: 1}, func(context.Context, *config) (*config, error) {
			s.Assert(flying.Add(1) == 1, "two runs at once")
			if r.begun.Load() == 3 {
				_ = r.Close() // else it would tick for ever
			}
			flying.Add(-1)
			return new(config), nil
		})
		s.Go("asks", func() {
			_, _ = r.Wait(context.Background())
			r.Schedule()
		})
	})
}

// Who follows the changes sees the last one, each after those that were before it, and
// then the end.
func TestExploreRefresherChanges(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		r := newSource(s, rcu.Options{}, nil)
		last := 0
		s.Go("reader", func() {
			for v := range r.Changes(context.Background()) {
				if v != nil {
					s.Assert(v.n > last, "%d after %d", v.n, last)
					last = v.n
				}
			}
		})
		s.Go("writer", func() {
			r.Store(&config{1})
			r.Store(&config{2})
			_ = r.Close()
		})
		s.End(func() { s.Assert(last == 2, "missed the last: %d", last) })
	})
}
