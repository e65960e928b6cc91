package explored_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/shim/context"
	"github.com/petiole-go/petiole/explore/shim/sync/atomic"
	"github.com/petiole-go/petiole/explore/shim/time"
)

// What may happen until the last goroutine ends, the clock and cancellations, has
// happened before the last operation in some schedule, with the reduction too,
// though it has nothing to do with it.
func TestEventBeforeTheLastOperation(t *testing.T) {
	for name, start := range map[string]func(s *explore.S, f func()){
		"timer": func(s *explore.S, f func()) {
			s.Go("timer", func() { time.AfterFunc(5, f) })
		},
		"cancellation": func(s *explore.S, f func()) {
			ctx, _ := s.Cancelable("ctx")
			context.AfterFunc(ctx, f)
		},
	} {
		for _, p := range []int{10, -1} {
			_, err := explore.Run(explore.Options{Preemptions: p}, func(s *explore.S) {
				var x, y atomic.Int32
				var b int32
				s.Go("c", func() { y.Swap(1) })
				s.Go("b", func() { b = x.Load() })
				start(s, func() { x.Swap(1) })
				s.End(func() { s.Assert(x.Load() == 0 || b == 1, "fired after the load") })
			})
			require.ErrorContains(t, err, "fired after the load", "%s, Preemptions %d", name, p)
		}
	}
}
