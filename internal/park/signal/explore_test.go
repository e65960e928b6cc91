package signal_test

import (
	"context"
	"testing"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/internal/park/signal"
)

// A change is a fact that comes once, and a latch for those who wait for it.
type change struct {
	owner
	come  bool
	crowd *signal.Crowd[int]
}

func (c *change) wait(ctx context.Context) (event int, err error) {
	c.mu.Lock()
	if c.come {
		c.mu.Unlock()
		return 7, nil
	}
	return c.latch.Wait(ctx, &c.mu)
}

func (c *change) make() {
	c.mu.Lock()
	c.come = true
	c.crowd = c.latch.Part(7)
	c.mu.Unlock()
	c.crowd.Open()
}

// Who is in the crowd when the event comes gets it, though its context ends at the
// same moment. When the last one has left there is no crowd.
func TestExploreLatchMeetsCancel(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		var c change
		ctx, _ := s.Cancelable("cancel")
		var event int
		var err error
		s.Go("waiter", func() { event, err = c.wait(ctx) })
		s.Go("changes", c.make)
		s.End(func() {
			s.Assert((event == 7) == (err == nil), "%d, %v", event, err)
			s.Assert(c.crowd == nil || err == nil, "parted from a crowd, and the waiter got %v", err)
		})
	})
}

// One that leaves takes nothing from those who stay.
func TestExploreLatchDeparture(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		var c change
		ctx, _ := s.Cancelable("cancel")
		s.Go("may leave", func() { _, _ = c.wait(ctx) })
		s.Go("stays", func() {
			event, err := c.wait(context.Background())
			s.Assert(event == 7 && err == nil, "%d, %v", event, err)
		})
		s.Go("changes", c.make)
	})
}
