package rcu

import "sync/atomic"

// Count is the counter that counts r's reader, for tests that stand in for a
// reader at a moment that no call stops at.
func (r Ref[T]) Count() *atomic.Int64 { return &r.c.n }

// Counters is how many counters each value of g has.
func (g *Guarded[T]) Counters() int { return int(g.stripes) }
