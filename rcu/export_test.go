package rcu

import "sync/atomic"

// Count is the counter that counts r's reader, for tests that stand in for a
// reader at a moment that no call stops at.
func (r Ref[T]) Count() *atomic.Int64 { return &r.c.n }

// TurnAway is what a reader does that came too late, for tests that stand in for one.
func (r Ref[T]) TurnAway() { r.c.turnAway() }

// Counters is how many counters each value of g has.
func (g *Guarded[T]) Counters() int { return int(g.stripes) }
