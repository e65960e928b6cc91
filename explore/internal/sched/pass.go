package sched

// A select that goes round and round takes each case that stays ready at some
// time, because it takes one at random. So that a loop over it comes to an end, a
// case that was ready and not taken three times in a row (times Options.Yields) is
// the next one that is taken.

// A Chooser is a Guard that tells by which object a way goes on: its number, 0 if by
// none (a default). A way has no name of its own: the next time the same object may
// be another of the ways.
type Chooser interface {
	By(t *Thread, way int) int32
}

// passed counts how often, without a break, a thread has not taken what was ready.
type passed struct {
	by int32
	n  int
}

// pass notes which way was taken, and which were not.
//
//go:norace
func (t *Thread) pass() {
	c, ok := t.op.guard.(Chooser)
	if !ok || t.ways < 2 {
		return
	}
	taken := c.By(t, t.way)
	last := int32(0)
	for i := range t.ways {
		by := c.By(t, i)
		if by == last {
			continue // another partner at the same channel
		}
		last = by
		switch by {
		case 0:
		case taken:
			t.over(by).n = 0
		default:
			t.over(by).n++
		}
	}
}

// over is the count of by.
//
//go:norace
func (t *Thread) over(by int32) *passed {
	for i := range t.passed {
		if t.passed[i].by == by {
			return &t.passed[i]
		}
	}
	t.passed = append(t.passed, passed{by: by})
	return &t.passed[len(t.passed)-1]
}

// must reports whether one of n ways is overdue. If others are left out for it, that is
// fairness.
//
//go:norace
func (t *Thread) must(n int) bool {
	if len(t.passed) == 0 {
		return false
	}
	overdue := 0
	for i := range n {
		if t.overdue(i) {
			overdue++
		}
	}
	if overdue > 0 && overdue < n {
		t.run.result.Fair = true
	}
	return overdue > 0
}

//go:norace
func (t *Thread) overdue(way int) bool {
	c, ok := t.op.guard.(Chooser)
	if !ok {
		return false
	}
	by := c.By(t, way)
	return by != 0 && t.over(by).n >= 3*t.run.options.Yields
}
