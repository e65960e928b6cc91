// Package xsync looks at golang.org/x/sync/semaphore as it is in the module cache.
package xsync

import (
	"context"
	"testing"

	"golang.org/x/sync/semaphore"

	"github.com/petiole-go/petiole/explore"
)

// golang/go#37852: when heavy gives up, light can be served.
func TestExploreCancelledHead(t *testing.T) { follower(t, 1) }

// Who wants nothing can then be served though nothing is left.
func TestExploreWeightless(t *testing.T) { follower(t, 0) }

// One permit is held for good, so that there are as many as light wants. Before it
// in line is heavy, which wants one more than that, until it gives up.
func follower(t *testing.T, light int64) {
	explore.Check(t, explore.Options{}, func(s *explore.S) {
		sem := semaphore.NewWeighted(light + 1)
		s.Assert(sem.TryAcquire(1), "nothing to acquire")
		ctx, cancel := context.WithCancel(context.Background())
		s.Go("heavy", func() { s.Assert(sem.Acquire(ctx, light+1) != nil, "got more than there is") })
		s.Go("light", func() { s.Assert(sem.Acquire(context.Background(), light) == nil, "got none") })
		s.Go("cancel", func() { cancel() })
	})
}
