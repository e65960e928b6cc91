// Package virtual makes contexts whose cancellation is a step of a schedule and
// whose deadlines are on its clock.
//
// A context ends in one step, and who is below it one after the other, each in a step
// of its own: by the goroutine that ended it, or, if that was an event, by one that is
// started for it. A parent that was made elsewhere is asked to tell of its end, or
// looked at after each step. So no goroutine waits for the end of a context, which
// would be one more in every schedule. Contexts that the real package makes of one of
// ours end with it, at once (inner.go).
package virtual

import (
	"context"
	"time"

	"github.com/petiole-go/petiole/explore/internal/sched"
)

// A Context is a context of one run. Only the goroutine that has the baton
// touches it; once the run is over, whoever has the lock of sched.Outside.
type Context struct {
	parent   context.Context
	run      *sched.Run
	obj      sched.Obj // what the cancellation writes, and releases
	err      error
	cause    error
	children []*Context
	funcs    []*call
	above    *Context // of whom it is a child
	ending   bool     // err is set, and not all below have ended
	timer    *sched.Timer
	other    <-chan struct{} // Done of a parent that was made elsewhere
	gone     bool            // other is closed
	deadline time.Time
	inner    inner // what is made of this one by the real package is made of that
}

// A call is a function that is called once the context has ended.
type call struct {
	f    func()
	obj  sched.Obj // the edge from who gave it
	over bool
}

type self struct{}

// How a context ends: an event has no edge to those who see it, as nobody did it.
const (
	byThread = iota
	byEvent
)

// New is a child of parent. It belongs to the run of t.
//
//go:norace
func New(t *sched.Thread, parent context.Context) *Context {
	if parent == nil {
		panic("cannot create context from nil parent")
	}
	c := &Context{parent: parent, run: t.Run()}
	c.inner = newInner(parent)
	sched.Release(&c.obj)
	above := find(parent)
	if above != nil && above.thread() != nil {
		above.enter(sched.ContextChild)
	}
	switch {
	case above == nil:
		if parent.Done() != nil {
			c.follow()
		}
	case above.err != nil:
		sched.Acquire(&above.obj)
		c.end(above.err, above.cause, byThread)
	default:
		c.above = above
		above.children = append(above.children, c)
	}
	return c
}

// follow is for a parent that was made elsewhere, as by code that is not explored:
// if it can tell of its end it is asked to, if not it is looked at after each step,
// and a goroutine passes its end on, as the real package would have it.
func (c *Context) follow() {
	if p, ok := c.parent.(interface{ AfterFunc(func()) func() bool }); ok {
		p.AfterFunc(func() { c.Cancel(c.parent.Err(), context.Cause(c.parent)) })
		return
	}
	c.other = c.parent.Done()
	if sched.Hidden(c.peek); c.gone {
		c.pass()
		return
	}
	sched.Release(&c.obj)
	c.run.Watch(c.look)
}

//go:norace
func (c *Context) look() (over bool) {
	if c.err == nil {
		if sched.Hidden(c.peek); c.gone {
			c.run.Spawn("context", c.pass)
			return true
		}
	}
	return c.err != nil
}

//go:norace
func (c *Context) peek() {
	select {
	case <-c.other:
		c.gone = true
	default:
	}
}

// pass passes the end of the other one on.
func (c *Context) pass() {
	sched.Acquire(&c.obj)
	<-c.other // has been closed
	c.Cancel(c.parent.Err(), context.Cause(c.parent))
}

// find is the nearest context of ours, if none was put in between whose Done is
// another.
func find(ctx context.Context) *Context {
	c, _ := ctx.Value(self{}).(*Context)
	if c == nil || ctx.Done() != c.inner.Done() {
		return nil
	}
	return c
}

func (c *Context) Deadline() (time.Time, bool) {
	if !c.deadline.IsZero() {
		return c.deadline, true
	}
	return c.parent.Deadline()
}

func (c *Context) Done() <-chan struct{} { return c.inner.Done() }

// Err is a step as long as the context has not ended.
//
//go:norace
func (c *Context) Err() (err error) {
	t := c.thread()
	if t == nil {
		c.outside(func() bool { err = c.err; return true })
		return err
	}
	if c.err == nil {
		t.Begin(sched.ContextErr)
		t.OnWorld(false)
		t.Step(nil)
	}
	if c.err != nil {
		sched.Acquire(&c.obj)
	}
	return c.err
}

func (c *Context) Value(key any) any {
	if key == (self{}) {
		return c
	}
	return c.inner.Value(key)
}

// thread is the one that calls, nil if the run is over. A goroutine that is none of
// the run's waits until then.
//
//go:norace
func (c *Context) thread() *sched.Thread {
	t := sched.Current()
	if t == nil {
		c.run.Intrude()
	} else if t.Run() != c.run {
		return nil
	}
	return t
}

// outside does f for who is none of c's run.
func (c *Context) outside(f func() bool) {
	if sched.Current() != nil {
		f() // of another run, and has the baton
		return
	}
	sched.Outside(&c.obj, f)
}

// AfterFunc is for who makes contexts of a kind of its own of this one, and would
// start a goroutine for each.
//
//go:norace
func (c *Context) AfterFunc(f func()) (stop func() bool) {
	one := &call{f: f}
	sched.Release(&one.obj)
	if c.thread() != nil {
		c.enter(sched.ContextChild)
	}
	add := func() bool {
		if c.err != nil {
			c.start(one, byThread)
		} else {
			c.funcs = append(c.funcs, one)
		}
		return true
	}
	if c.thread() != nil {
		add()
	} else {
		c.outside(add)
	}
	return func() bool { return c.stop(one) }
}

//go:norace
func (c *Context) stop(one *call) (was bool) {
	t := c.thread()
	if t == nil {
		c.outside(func() bool { was, one.over = !one.over, true; return true })
		return was
	}
	if !one.over {
		t.Begin(sched.ContextStop)
		t.On(&c.obj, true)
		t.OnWorld(true)
		t.Step(nil)
	}
	was = !one.over
	if one.over = true; was {
		c.settled()
	}
	return was
}

//go:norace
func (c *Context) start(one *call, by int) {
	if one.over {
		return
	}
	one.over = true
	r := c.run
	if by == byThread {
		t := sched.Current()
		if t == nil {
			go one.f()
			return
		}
		r = t.Run()
	}
	r.Spawn("context.AfterFunc", func() {
		sched.Acquire(&one.obj)
		sched.Acquire(&c.obj)
		one.f()
	})
}
