package lang

import (
	"fmt"
	"runtime"

	"github.com/petiole-go/petiole/explore/internal/sched"
)

// A choice is an operation on channels that stands before its turn: a select, or
// a send or a receive, which is a select of one case. Two choices meet at an
// unbuffered channel if one sends and the other receives there. Of two that both
// block it is the receiver that goes on and takes the other with it; one that does
// not block goes on itself, and meets one that does. Two that both have a case that is
// ready do not meet: neither would have waited for the other.
type choice struct {
	block bool
	cases []Case
	ways  []way
}

// A way is a case that is ready, or that meets a case of another thread (with).
type way struct {
	i    int // -1: the default
	with *sched.Thread
	j    int // the other's case
}

// do is the operation: it gives the index of the case that is taken.
//
//go:norace
func do(t *sched.Thread, k sched.Kind, block bool, cases []Case) int {
	c := &choice{block: block, cases: cases}
	t.Begin(k)
	meets := false
	for i := range cases {
		if s, ok := cases[i].(*Sending); ok {
			cases[i] = s.Case
		}
		if ch := cases[i].channel(); ch != nil {
			t.On(t.Address(cases[i].key(), ch), true)
			meets = meets || cases[i].unbuffered()
			if cases[i].receives() {
				t.OnWorld(false)
			}
		}
	}
	if meets && block {
		t.Meets()
		for _, c := range cases {
			sched.Release(c.edges())
		}
	}
	n, ok := t.Step(c)
	switch {
	case !ok && len(cases) == 0:
		runtime.Goexit()
	case !ok && block:
		return 0 // some case: what follows is being unwound
	case !ok:
		return -1
	case t.Met():
		sched.Acquire(cases[n].edges())
		return n
	}
	w := c.ways[n]
	if w.i < 0 {
		return -1
	}
	if w.with == nil {
		if cases[w.i].done() {
			t.Foreign()
		}
		cases[w.i].commit()
		return w.i
	}
	other := w.with.Guard().(*choice)
	cases[w.i].meet(other.cases[w.j])
	t.Meet(w.with, w.j)
	return w.i
}

// Ways lists what can be done now.
//
//go:norace
func (c *choice) Ways(t *sched.Thread) int {
	c.ways = c.ways[:0]
	for i, mine := range c.cases {
		if mine.ready() {
			if mine.done() {
				c.ways = append(c.ways[:0], way{i: i})
				return 1
			}
			c.ways = append(c.ways, way{i: i})
		}
	}
	sure := len(c.ways) > 0
	for i, mine := range c.cases {
		if mine.channel() == nil || !mine.unbuffered() || c.block && !mine.receives() {
			continue
		}
		for k := 0; ; k++ {
			u := t.Run().Thread(k)
			if u == nil {
				break
			}
			if u != t && u.Waits() {
				c.partners(i, u, c.block && !sure)
			}
		}
	}
	if !c.block && !sure {
		c.ways = append(c.ways, way{i: -1})
	}
	return len(c.ways)
}

// partners adds the ways in which case i can meet u. waits: c does, so that u need
// not.
//
//go:norace
func (c *choice) partners(i int, u *sched.Thread, waits bool) {
	mine := c.cases[i]
	other, ok := u.Guard().(*choice)
	if !ok || !other.block || mine.ready() {
		return
	}
	for j, theirs := range other.cases {
		if theirs.receives() != mine.receives() && theirs.channel() != nil && theirs.key() == mine.key() && (waits || !other.sure()) {
			c.ways = append(c.ways, way{i, u, j})
		}
	}
}

// sure reports whether a case is ready.
//
//go:norace
func (c *choice) sure() bool {
	for _, mine := range c.cases {
		if mine.ready() {
			return true
		}
	}
	return false
}

// Mark tells the ways apart from as many others.
//
//go:norace
func (c *choice) Mark() (mark uint64) {
	for _, w := range c.ways {
		mark = mark*31 + uint64(w.i+2)
		if w.with != nil {
			mark = (mark*67+uint64(w.with.ID()))*31 + uint64(w.j+1)
		}
	}
	return mark
}

// By is the channel of a way.
//
//go:norace
func (c *choice) By(t *sched.Thread, n int) int32 {
	if n >= len(c.ways) || c.ways[n].i < 0 {
		return 0
	}
	mine := c.cases[c.ways[n].i]
	return t.Number(t.Address(mine.key(), mine.channel()))
}

// Describe tells a way in words.
//
//go:norace
func (c *choice) Describe(_ *sched.Thread, n int) string {
	if n >= len(c.ways) {
		return ""
	}
	w := c.ways[n]
	text := ""
	if len(c.cases) > 1 || !c.block {
		text = fmt.Sprintf("case %d of %d", w.i+1, len(c.cases))
	}
	if w.i < 0 {
		text = "default"
	}
	if w.with != nil {
		if text != "" {
			text += ", "
		}
		text += "with " + w.with.Name()
	}
	return text
}
