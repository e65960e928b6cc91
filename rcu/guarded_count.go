package rcu

import (
	"container/list"
	"math"
	"sync/atomic"
	"time"
)

// The idea: each published value has a node that counts its readers, and itself
// once more for being published. A reader counts itself in before it makes sure
// that the value is still current.
//
//	Acquire                        Store
//	  n := current                   current = another
//	  n.count++            (1)       n.replaced = true
//	  current == n? then read        n.count--            (3)
//	  else n.count--       (2)
//	Release: n.count--
//
//	Whoever makes it 0 closes it: 0 -> far below zero, by compare-and-swap.
//	Whoever closes the last counter of a node calls retire.
//
//	I1  Who reads n was counted before n was replaced. A node is never current
//	    twice, so finding n current after (1) shows that (1) came before (3).
//	I2  A counter that can be closed has no reader and gets none: it is 0, so all
//	    who were let in have let go, and by I1 nobody is let in any more. Whoever
//	    is being turned away at (2) does not read.
//	I3  Somebody closes it. After (3) each step down to 0 tries to; the try fails
//	    only if one who will be turned away counted itself in meanwhile, and then
//	    that one's own step down comes later.
//	I4  It is closed once: no number of late comers brings it back to 0.
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
	replaced atomic.Bool  // written by who took it out of current, before (3)
	retire   func()       // called by who closed the last counter

	// Guarded by Guarded.mu, set when replaced.
	number uint64
	at     time.Time
	place  *list.Element
}

// counter counts readers, on a cache line of its own; two lines, because
// processors fetch them in pairs.
type counter struct {
	n  atomic.Int64 // readers, those who will be turned away, and 1 until it is replaced
	of *node
	_  [112]byte
}

// spent is what a counter is set to in the end: so far below zero that late
// comers, who count themselves in and out again, make no difference.
const spent = math.MinInt64 / 2

// guard makes the node of v. It is not current yet, and nobody else's.
func (g *Guarded[T]) guard(v *T) *guarded[T] {
	n := &guarded[T]{v: v}
	if v == nil {
		return n
	}
	n.counters = make([]counter, g.stripes)
	for i := range n.counters {
		c := &n.counters[i]
		c.of = &n.node
		c.n.Store(1)
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

func (c *counter) leave() {
	if left := c.n.Add(-1); left <= 0 {
		c.last(left)
	}
}

// last is what remains to be done by who has made the counter left, 0 or less:
//
//	0, replaced        the last to let go
//	spent <= left < 0  one who came late and was turned away (far below zero)
//	any other          a Release too many
func (c *counter) last(left int64) {
	switch {
	case left == 0 && c.of.replaced.Load():
		c.close()
	case spent <= left && left < spent/2:
		// turned away, and late: it was closed already
	default: // misuse, whether it took a reader's count or the 1 for being published
		if c.n.Add(1) == 0 {
			c.close() // whoever was last saw less, and left it to us
		}
		panic("rcu: Ref released more than once")
	}
}

// close closes the counter if it is 0 (I2, I4), and retires the value if all are closed.
func (c *counter) close() {
	if c.n.CompareAndSwap(0, spent) && c.of.open.Add(-1) == 0 {
		c.of.retire()
	}
}

// replace takes the 1 for being published out of each counter.
func (n *node) replace() {
	n.replaced.Store(true) // before any counter can come to 0
	for i := range n.counters {
		c := &n.counters[i]
		if c.n.Add(-1) == 0 {
			c.close()
		}
	}
}
