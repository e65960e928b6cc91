package rcu

import "sync/atomic"

// Count is the counter that counts r's reader, for tests that stand in for a
// reader at a moment that no call stops at.
func (r Ref[T]) Count() *atomic.Int64 { return &r.c.n }

// TurnAway is what a reader does that came too late, for tests that stand in for one.
func (r Ref[T]) TurnAway() { r.c.turnAway() }

// Counters is how many counters each value of g has.
func (g *Guarded[T]) Counters() int { return int(g.stripes) }

// Striped makes a Guarded with so many counters, on however many processors.
func Striped[T any](counters uint32, v *T, retire func(*T)) *Guarded[T] {
	g := NewGuarded(nil, retire) // has none yet
	g.stripes = counters
	g.Store(v)
	return g
}

// AcquireAt is Acquire with a counter that is not random.
func (g *Guarded[T]) AcquireAt(at uint32) Ref[T] { return g.acquire(at) }

// Kept is the snapshot that v keeps alive.
func (v *View[T, U]) Kept() *T { return v.now.Load().in }
