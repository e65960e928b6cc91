package park_test

import (
	"context"
	"testing"

	"github.com/petiole-go/petiole/explore"
)

// One that stands in two lines is served in one of them or leaves, though one has
// something for it at that moment, or both have; then it is in neither. What was put
// is taken once, or still there. I1, I7
func TestExploreSeveralServedOnce(t *testing.T) {
	for name, put := range map[string][]int{"one": {1}, "both": {1, 2}} {
		t.Run(name, func(t *testing.T) {
			explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
				qs := []*queue{new(queue), new(queue)}
				ctx, _ := s.Cancelable("cancel")
				got := 0
				s.Go("any", func() { got, _ = getAny(ctx, qs...) })
				for i, v := range put {
					s.Go("putter", func() { _ = qs[i].put(context.Background(), v) })
				}
				s.End(func() {
					sum := got
					for i, v := range put {
						sum -= v
						if qs[i].full {
							sum += qs[i].item
						}
					}
					s.Assert(sum == 0, "took %d: lost, or taken twice", got)
					s.Assert(qs[0].getters.Len()+qs[1].getters.Len() == 0, "still in line")
				})
			})
		})
	}
}

// Who stands behind one that is served elsewhere, or leaves, is not forgotten with
// it: a granter that loses the claim goes on to the next. I7
func TestExploreSeveralLostClaim(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		var p, q queue
		ctx, _ := s.Cancelable("cancel")
		s.Go("any", func() { _, _ = getAny(ctx, &p, &q) })
		s.Go("behind", func() {
			v, err := q.get(context.Background())
			s.Assert(err == nil && v != 0, "%d, %v", v, err)
		})
		s.Go("putter", func() {
			_ = p.put(context.Background(), 1)
			_ = q.put(context.Background(), 2, 3)
		})
		s.End(func() { s.Assert(p.getters.Len()+q.getters.Len() == 0, "still in line") })
	})
}
