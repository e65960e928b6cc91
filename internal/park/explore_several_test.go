package park_test

import (
	"context"
	"testing"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/internal/park"
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

// A claim that is given back costs the waiter nothing: what came in its other line
// meanwhile it still gets, and it can still leave. I7
func TestExploreSeveralUnclaim(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1, Yields: 2}, func(s *explore.S) {
		var p, q queue
		ctx, _ := s.Cancelable("cancel")
		got := 0
		s.Go("any", func() {
			var err error
			got, err = getAny(ctx, &p, &q)
			s.Assert(got == 2 || err != nil, "took %d", got)
		})
		s.Go("gives back", func() {
			var k park.Woken
			p.mu.Lock()
			if w := p.getters.Head(); w != nil && w.Claim() && !w.Unclaim() {
				w.Value.again = true
				w.Grant(&k)
			}
			p.mu.Unlock()
			k.Wake()
		})
		s.Go("q", func() { _ = q.put(context.Background(), 2) })
		s.End(func() {
			s.Assert((got == 2) != q.full, "took %d, and the item is there: %t", got, q.full)
			s.Assert(p.getters.Len()+q.getters.Len() == 0, "still in line")
		})
	})
}
