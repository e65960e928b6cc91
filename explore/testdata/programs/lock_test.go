package programs

import (
	"context"
	"testing"

	"github.com/petiole-go/petiole/explore"
)

func TestExploreLock(t *testing.T)       { locks(t, (*Lock).Lock) }
func TestExploreLockBroken(t *testing.T) { locks(t, (*Lock).BrokenLock) }

func locks(t *testing.T, lock func(*Lock, context.Context) error) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		l := NewLock()
		ctx, _ := s.Cancelable("ctx")
		for _, name := range []string{"a", "b"} {
			s.Go(name, func() {
				if lock(l, ctx) == nil {
					l.Unlock()
				}
			})
		}
		s.End(func() { s.Assert(len(l.held) == 0, "held by nobody") })
	})
}
