package rcu

import (
	"container/list"
	"math"
	"sync/atomic"
	"time"
)

// The idea: each published value has a node that counts its readers, and a reader
// counts itself in before it makes sure that the value is still current. The
// counter itself knows whether its value was replaced:
//
//	Acquire                        Store
//	  n := current                   current = another
//	  n.count++            (1)       n.count += over      (3)
//	  current == n? then read
//	  else n.count--       (2)
//	Release: n.count--
//
//	0 <= count              live, with so many readers
//	count = over + readers  replaced
//	count near spent        closed, and never anything else
//
//	Whoever makes it over closes it: over -> spent, by compare-and-swap.
//	Whoever closes the last counter of a node calls retire.
//
//	I1  Who reads n was counted before n was replaced. A node is never current
//	    twice, so finding n current after (1) shows that (1) came before (3).
//	I2  A counter that is over and nothing else has no reader and gets none: all who
//	    were let in have let go, and by I1 nobody is let in any more. Whoever is
//	    being turned away at (2) does not read.
//	I3  Somebody closes it. After (3) each step down to over tries to; the try fails
//	    only if one who will be turned away counted itself in meanwhile, and then
//	    that one's own step down comes later.
//	I4  It is closed once: no number of late comers brings it back to over.
//
// One counter costs two atomic adds on one cache line. Many processors would
// pass that line around, so from four on a node has several counters, each on a
// line of its own, and a reader takes any. Rejected: one word for slot and count
// (never turns anybody away, but cannot be spread over lines), a sync.Pool of
// counters (finds one near the processor, and the search costs more than it saves), a
// Release by compare-and-swap (would not go below zero when misused, and is
// slower when processors meet), and the garbage collector as the
// grace period: a cleanup on the value closes it under a reader that kept only
// something inside, and an idle process never collects.

// guarded is one published value with its node. (A value that is stored twice in
// a row has one; if it is stored again later it gets another.)
type guarded[T any] struct {
	v *T
	node
}

// node counts the readers of one published value.
type node struct {
	one      *counter // the counter if there is one only: the short way
	counters []counter
	open     atomic.Int32 // counters that are not closed yet
	retire   func()       // called by who closed the last counter

	// Guarded by Guarded.mu, set when replaced.
	number uint64
	at     time.Time
	place  *list.Element
}

// counter counts readers, on a cache line of its own; two lines, because
// processors fetch them in pairs.
type counter struct {
	n  atomic.Int64 // see above; those who will be turned away count as readers
	of *node
	_  [112]byte
}

const (
	over  = 1 << 61           // added when the value is replaced
	spent = math.MinInt64 / 2 // what a closed counter is set to
	most  = 1 << 60           // readers at once: more than there is memory for
)

// guard makes the node of v. It is not current yet, and nobody else's.
func (g *Guarded[T]) guard(v *T) *guarded[T] {
	n := &guarded[T]{v: v}
	if v == nil {
		return n
	}
	n.counters = make([]counter, g.stripes)
	for i := range n.counters {
		n.counters[i].of = &n.node
	}
	if g.stripes == 1 {
		n.one = &n.counters[0]
	}
	n.open.Store(int32(g.stripes))
	n.retire = func() {
		defer g.book(&n.node) // also when retire panics or exits
		g.retire(v)
	}
	return n
}

// leave counts a reader out.
func (c *counter) leave() {
	if left := c.n.Add(-1); uint64(left) >= most { // not live, or below zero
		c.last(left)
	}
}

// last is what remains to be done by a reader that has left a counter at left.
func (c *counter) last(left int64) {
	switch {
	case left > over: // others read on
	case left == over:
		c.close()
	default: // nobody was counted here
		if c.n.Add(1) == over {
			c.close() // while it was one short others may have let go, or replaced it
		}
		panic("rcu: Ref released more than once")
	}
}

// turnAway counts out one who has counted itself in and is not let in: (2).
func (c *counter) turnAway() {
	if c.n.Add(-1) == over {
		c.close()
	}
}

// replace marks the counters of a node that is not current any more: (3).
func (n *node) replace() {
	for i := range n.counters {
		if c := &n.counters[i]; c.n.Add(over) == over {
			c.close()
		}
	}
}

// close closes the counter if nobody is counted (I2, I4), and retires the value if
// all are closed.
func (c *counter) close() {
	if c.n.CompareAndSwap(over, spent) && c.of.open.Add(-1) == 0 {
		c.of.retire()
	}
}
