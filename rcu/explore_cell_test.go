package rcu_test

import (
	"context"
	"testing"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/rcu"
)

// Writers take turns: no update is lost, and of two that compare and swap the same
// snapshot one swaps.
func TestExploreCellUpdate(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		var c rcu.Cell[int]
		first := new(0)
		c.Store(first)
		var swapped [2]bool
		for i, name := range []string{"a", "b"} {
			s.Go(name, func() {
				swapped[i] = c.CompareAndSwap(first, new(10))
				c.Update(func(old *int) *int { return new(*old + 1) })
			})
		}
		s.End(func() {
			s.Assert(swapped[0] != swapped[1], "both have swapped, or none")
			s.Assert(*c.Load() == 12, "%d, which is not 10 and two updates", *c.Load())
		})
	})
}

// Who follows the changes sees the last one, however late it looks, each after
// those that were before it, and none twice in a row.
func TestExploreCellChanges(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		var c rcu.Cell[int]
		a, b, last := new(1), new(2), new(3)
		order := []*int{a, b, a, last}
		c.Store(a)
		s.Go("reader", func() {
			var before *int
			from := 0
			for v := range c.Changes(context.Background()) {
				s.Assert(v != before, "%d twice", *v)
				for from < len(order) && order[from] != v {
					from++
				}
				s.Assert(from < len(order), "%d after what came later", *v)
				if before = v; v == last {
					break
				}
			}
		})
		s.Go("writer", func() {
			for _, v := range order[1:] {
				c.Store(v)
			}
		})
	})
}

// One whose context ends stops following, and takes nothing from another who follows.
func TestExploreCellChangesEnd(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		var c rcu.Cell[int]
		ctx, cancel := context.WithCancel(context.Background())
		s.Go("leaves", func() {
			for range c.Changes(ctx) {
			}
		})
		s.Go("stays", func() {
			for v := range c.Changes(context.Background()) {
				if v != nil {
					break
				}
			}
		})
		s.Go("cancel", cancel)
		s.Go("writer", func() { c.Store(new(1)) })
	})
}
