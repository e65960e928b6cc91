package rcu_test

import (
	"context"
	"errors"
	"testing"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/rcu"
)

// A WaitFor whose source has what it wants gets it, though somebody publishes by
// hand what it does not want, in the middle of the run that it had asked for.
func TestExploreRefresherWaitForMeetsStore(t *testing.T) {
	bad, good := new(config), new(config)
	for name, store := range map[string][]*config{
		"cold, and emptied":     {nil, nil},
		"rejected, and emptied": {bad, nil},
		"another one":           {bad, new(config)},
		"replaced and put back": {bad, new(config), bad},
	} {
		t.Run(name, func(t *testing.T) {
			explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
				r := newSource(s, rcu.Options{}, func(context.Context, *config) (*config, error) { return good, nil })
				r.Store(store[0])
				s.Go("waits", func() {
					v, err := r.WaitFor(context.Background(), func(v *config) bool { return v == good })
					s.Assert(v == good && err == nil, "%v, %v", v, err)
				})
				s.Go("stores", func() {
					for _, v := range store[1:] {
						r.Store(v)
					}
				})
			})
		})
	}
}

// WaitFor asks for a run for each snapshot that it rejects, one however many wait.
func TestExploreRefresherWaitFor(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		r := newSource(s, rcu.Options{}, nil)
		for _, name := range []string{"a", "b"} {
			s.Go(name, func() {
				v, err := r.WaitFor(context.Background(), func(v *config) bool { return v.n == 2 })
				s.Assert(v.n == 2 && err == nil, "%v, %v", v, err)
			})
		}
		s.End(func() { s.Assert(r.begun.Load() == 2, "%d runs", r.begun.Load()) })
	})
}

// A WaitFor whose context ends returns what it wants if that is out, though it came
// while the last one was looked at; else the context's error and what is out.
func TestExploreRefresherWaitForMeetsCancel(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		r := newSource(s, rcu.Options{}, func(context.Context, *config) (*config, error) { return nil, errDown })
		r.Store(&config{1})
		ctx, _ := s.Cancelable("cancel")
		s.Go("waits", func() {
			v, err := r.WaitFor(ctx, func(v *config) bool { return v.n == 2 })
			s.Assert((v.n == 2) == (err == nil), "%v, %v", v, err)
			s.Assert(err == nil || errors.Is(err, context.Canceled), "%v", err)
		})
		s.Go("stores", func() { r.Store(&config{2}) })
		s.End(func() { s.Assert(r.begun.Load() <= 1, "%d runs: one that fails asks for nothing", r.begun.Load()) })
	})
}

// The run that a WaitFor has asked for publishes what it wants, and somebody puts the
// rejected one back before it has looked: it asks once more, and does not wait for what
// nobody will do.
func TestExploreRefresherWaitForUndone(t *testing.T) {
	explore.Check(t, explore.Options{}, func(s *explore.S) {
		bad, good := new(config), new(config)
		var r *source
		r = newSource(s, rcu.Options{}, func(context.Context, *config) (*config, error) {
			if r.begun.Load() == 1 {
				return nil, errDown // somebody else's run, which wakes who waits
			}
			return good, nil
		})
		r.Store(bad)
		r.Schedule()
		s.Go("waits", func() {
			v, err := r.WaitFor(context.Background(), func(v *config) bool { return v == good })
			s.Assert(v == good && err == nil, "%v, %v", v, err)
		})
		s.Go("stores", func() { r.CompareAndSwap(good, bad) })
	})
}
