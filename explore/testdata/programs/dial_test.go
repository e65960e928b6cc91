package programs

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/petiole-go/petiole/explore"
)

func TestExploreDial(t *testing.T)       { dials(t, Dial) }
func TestExploreDialBroken(t *testing.T) { dials(t, BrokenDial) }

func dials(t *testing.T, dial func(context.Context, *atomic.Int64) (*Conn, error)) {
	explore.Check(t, explore.Options{}, func(s *explore.S) {
		var open atomic.Int64
		ctx, _ := s.Cancelable("ctx")
		s.Go("client", func() {
			if c, err := dial(ctx, &open); err == nil {
				c.Close()
			}
		})
		s.End(func() { s.Assert(open.Load() == 0, "%d connection is left open", open.Load()) })
	})
}
