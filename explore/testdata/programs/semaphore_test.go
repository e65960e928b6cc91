package programs

import (
	"context"
	"testing"

	"github.com/petiole-go/petiole/explore"
)

func TestExploreSemaphore(t *testing.T)       { followers(t, (*Semaphore).Acquire) }
func TestExploreSemaphoreBroken(t *testing.T) { followers(t, (*Semaphore).BrokenAcquire) }

// There is one permit. heavy wants two, until it gives up; light wants the one.
func followers(t *testing.T, acquire func(*Semaphore, context.Context, int) error) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		sem := &Semaphore{permits: 1}
		ctx, cancel := context.WithCancel(context.Background())
		s.Go("heavy", func() { s.Assert(acquire(sem, ctx, 2) != nil, "got 2 of 1") })
		s.Go("light", func() { s.Assert(acquire(sem, context.Background(), 1) == nil, "got none") })
		s.Go("cancel", func() { cancel() })
	})
}
