package virtual

import "github.com/petiole-go/petiole/explore/internal/sched"

// How a context ends, and who is below it.

// Cancel ends the context, as a step.
//
//go:norace
func (c *Context) Cancel(err, cause error) {
	t := c.thread()
	if t == nil {
		c.outside(func() bool { c.end(err, cause, byThread); return true })
		return
	}
	if c.err != nil {
		c.settled()
		return
	}
	t.Begin(sched.ContextCancel)
	t.On(&c.obj, true)
	t.OnWorld(true)
	t.OnClock(true)
	if _, ok := t.Step((*settling)(c)); ok {
		c.end(err, cause, byThread)
	}
}

// A settling context has ended, and not yet all that is below it. Who cancels it, asks
// for its cause, or wants to be below it waits until they have, as the real package
// holds a lock meanwhile.
type settling Context

//go:norace
func (c *settling) Ways(*sched.Thread) int {
	if c.ending {
		return 0
	}
	return 1
}

// enter is the step in which something looks whether c has ended, and is below it if
// not. In what order they come there does not matter.
//
//go:norace
func (c *Context) enter(k sched.Kind) {
	if c.err != nil && !c.ending {
		return
	}
	t := sched.Current()
	t.Begin(k)
	t.On(&c.obj, false)
	t.Step((*settling)(c))
}

// settled waits until all that is below c has ended, if c has.
//
//go:norace
func (c *Context) settled() {
	if c.ending {
		c.enter(sched.ContextCancel)
	}
}

// end does it. What is below it ends one after the other, each in a step of its own:
// who has seen this one end may be ahead of them.
//
//go:norace
func (c *Context) end(err, cause error, by int) {
	if c.err != nil {
		return
	}
	if cause == nil {
		cause = err
	}
	c.err, c.cause = err, cause
	sched.Acquire(&c.obj) // it has been made
	if by == byThread {
		sched.Release(&c.obj)
	}
	c.inner.end(err, cause)
	if c.timer != nil {
		c.run.Disarm(c.timer)
	}
	if c.above != nil {
		c.above.drop(c)
	}
	funcs, children := c.funcs, c.children
	c.funcs, c.children = nil, nil
	if len(funcs)+len(children) == 0 {
		return
	}
	c.ending = true
	below := func() { c.below(funcs, children, by) }
	if by == byThread {
		below()
	} else if t := c.run.Spawn("cancel", below); t != nil {
		t.Errand()
	}
}

// below ends all that is below c, in any order: the real package goes through a map.
//
//go:norace
func (c *Context) below(funcs []*call, children []*Context, by int) {
	for n := len(funcs) + len(children); n > 0; n-- {
		i, ok := c.step(n)
		switch {
		case !ok:
			return
		case i < len(funcs):
			one := funcs[i]
			funcs[i] = funcs[len(funcs)-1]
			funcs = funcs[:len(funcs)-1]
			c.start(one, by)
		default:
			i -= len(funcs)
			d := children[i]
			children[i] = children[len(children)-1]
			children = children[:len(children)-1]
			d.above = nil
			sched.Current().Touch(&d.obj)
			d.end(c.err, c.cause, by)
		}
	}
	c.ending = false // in the step of the last
}

// among is an operation with a choice among so many.
type among int

//go:norace
func (n among) Ways(*sched.Thread) int { return int(n) }

// step is the operation of ending one of n who are below. It writes the clock, too,
// where a deadline is disarmed. Not ok: the schedule is cut short.
//
//go:norace
func (c *Context) step(n int) (i int, ok bool) {
	t := sched.Current()
	if t == nil || t.Run() != c.run {
		return 0, true
	}
	t.Begin(sched.ContextCancel)
	t.On(&c.obj, true)
	t.OnWorld(true)
	t.OnClock(true)
	return t.Step(among(n))
}

//go:norace
func (c *Context) drop(child *Context) {
	for i, d := range c.children {
		if d == child {
			c.children[i] = c.children[len(c.children)-1]
			c.children = c.children[:len(c.children)-1]
			return
		}
	}
}
