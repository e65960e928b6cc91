package rcu_test

import (
	"context"
	"errors"
	"testing"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/rcu"
)

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
