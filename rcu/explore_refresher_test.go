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
