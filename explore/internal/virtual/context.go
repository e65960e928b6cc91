// Package virtual makes contexts whose cancellation is a step of a schedule and
// whose deadlines are on its clock. They start no goroutine: a child that is made
// of one by the real package context registers itself by AfterFunc.
package virtual

import (
	"context"
	"time"

	"github.com/petiole-go/petiole/explore/internal/sched"
)

// A Context is a context of one run. Only the goroutine that has the baton
// touches it.
type Context struct {
	parent   context.Context
	run      *sched.Run
	obj      sched.Obj // what the cancellation writes, and releases
	done     chan struct{}
	err      error
	cause    error
	children []*Context
	funcs    []*call
	above    *Context // of whom it is a child
	timer    *sched.Timer
	deadline time.Time
}

// A call is a function that is called once the context has ended.
type call struct {
	f    func()
	over bool
}

type self struct{}

// New is a child of parent. It belongs to the run of t.
//
//go:norace
func New(t *sched.Thread, parent context.Context) *Context {
	if parent == nil {
		panic("cannot create context from nil parent")
	}
	c := &Context{parent: parent, run: t.Run(), done: make(chan struct{})}
	above := find(parent)
	switch {
	case above == nil:
		if done := parent.Done(); done != nil {
			c.follow(t, parent)
		}
	case above.err != nil:
		c.end(above.err, above.cause)
	default:
		c.above = above
		above.children = append(above.children, c)
	}
	return c
}

// follow is for a parent that was made elsewhere: if it can tell of its end it is
// asked to, if not it is looked at once.
func (c *Context) follow(t *sched.Thread, parent context.Context) {
	if p, ok := parent.(interface{ AfterFunc(func()) func() bool }); ok {
		p.AfterFunc(func() { c.Cancel(parent.Err(), context.Cause(parent)) })
	} else if err := parent.Err(); err != nil {
		c.end(err, context.Cause(parent))
	}
}

// find is the nearest context of ours, if none was put in between whose Done is
// another.
func find(ctx context.Context) *Context {
	c, _ := ctx.Value(self{}).(*Context)
	if c == nil || ctx.Done() != (<-chan struct{})(c.done) {
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

func (c *Context) Done() <-chan struct{} { return c.done }

// Err is a step as long as the context has not ended.
//
//go:norace
func (c *Context) Err() error {
	if t := c.thread(); t != nil && c.err == nil {
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
	return c.parent.Value(key)
}

// thread is the one that calls, if the context is of its run.
//
//go:norace
func (c *Context) thread() *sched.Thread {
	if t := sched.Current(); t != nil && t.Run() == c.run {
		return t
	}
	return nil
}

// AfterFunc makes the package context register its children here, where it would
// start a goroutine for each.
//
//go:norace
func (c *Context) AfterFunc(f func()) (stop func() bool) {
	one := &call{f: f}
	if c.err != nil {
		c.start(one)
	} else {
		c.funcs = append(c.funcs, one)
	}
	return func() bool { return c.stop(one) }
}

//go:norace
func (c *Context) stop(one *call) bool {
	if t := c.thread(); t != nil && !one.over {
		t.Begin(sched.TimerStop)
		t.On(&c.obj, true)
		t.OnWorld(true)
		t.Step(nil)
	}
	was := !one.over
	one.over = true
	return was
}

//go:norace
func (c *Context) start(one *call) {
	if one.over {
		return
	}
	one.over = true
	c.run.Spawn("context.AfterFunc", func() {
		sched.Acquire(&c.obj)
		one.f()
	})
}

// Cancel ends the context, as a step.
//
//go:norace
func (c *Context) Cancel(err, cause error) {
	if c.err != nil {
		return
	}
	if t := c.thread(); t != nil {
		t.Begin(sched.ContextCancel)
		t.On(&c.obj, true)
		t.OnWorld(true)
		t.OnClock(true)
		if _, ok := t.Step(nil); !ok {
			return
		}
	}
	c.release()
	c.end(err, cause)
}

// release is the edge from who cancels. An event has none.
//
//go:norace
func (c *Context) release() {
	sched.Release(&c.obj)
	for _, d := range c.children {
		d.release()
	}
}

// end does it, for all that is below.
//
//go:norace
func (c *Context) end(err, cause error) {
	if c.err != nil {
		return
	}
	if cause == nil {
		cause = err
	}
	c.err, c.cause = err, cause
	sched.Hidden(c.close)
	for _, one := range c.funcs {
		c.start(one)
	}
	for _, d := range c.children {
		d.end(err, cause)
	}
	c.funcs, c.children = nil, nil
	if c.timer != nil {
		c.run.Disarm(c.timer)
	}
	if c.above != nil {
		c.above.drop(c)
	}
}

//go:norace
func (c *Context) close() { close(c.done) }

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

// WithCancel is that of the package context, and WithCancelCause.
func WithCancel(parent context.Context) (context.Context, context.CancelCauseFunc) {
	c := New(sched.Current(), parent)
	return c, func(cause error) { c.Cancel(context.Canceled, cause) }
}

// WithDeadline is that of the package context.
//
//go:norace
func WithDeadline(parent context.Context, d time.Time, cause error) (context.Context, context.CancelFunc) {
	t := sched.Current()
	c := New(t, parent)
	cancel := func() { c.Cancel(context.Canceled, nil) }
	if at, ok := parent.Deadline(); ok && !d.Before(at) {
		return c, cancel
	}
	c.deadline = d
	if c.err == nil {
		t.Begin(sched.TimerStart)
		t.OnClock(true)
		t.OnWorld(true)
		if _, ok := t.Step(nil); !ok {
			return c, cancel
		}
		c.timer = &sched.Timer{Fire: func() { c.end(context.DeadlineExceeded, cause) }}
		c.run.Arm(c.timer, d.Sub(sched.Epoch.Add(c.run.Now())))
	}
	return c, cancel
}

// Now is the virtual time, without a step.
//
//go:norace
func Now() time.Time { return sched.Epoch.Add(sched.Current().Run().Now()) }

// Cause is that of the package context.
func Cause(ctx context.Context) error {
	c, _ := ctx.Value(self{}).(*Context)
	if c == nil || ctx.Done() != (<-chan struct{})(c.done) {
		return context.Cause(ctx)
	}
	if c.Err() == nil {
		return nil
	}
	return c.cause
}

// AfterFunc is that of the package context.
func AfterFunc(ctx context.Context, f func()) (stop func() bool) {
	if c := find(ctx); c != nil && c.thread() != nil {
		return c.AfterFunc(f)
	}
	return context.AfterFunc(ctx, f)
}

// Cancelable is a context that may be cancelled at any moment, or never.
//
//go:norace
func Cancelable(t *sched.Thread, name string) (context.Context, context.CancelFunc) {
	c := New(t, context.Background())
	c.run.Event(name, sched.Cancellation, &c.obj, func() { c.end(context.Canceled, nil) })
	return c, func() {
		c.Cancel(context.Canceled, nil)
		c.run.Withdraw(&c.obj)
	}
}
