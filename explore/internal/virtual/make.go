package virtual

import (
	"context"
	"time"

	"github.com/petiole-go/petiole/explore/internal/sched"
)

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
	if at, ok := parent.Deadline(); ok && at.Before(d) {
		return c, cancel
	}
	c.deadline = d
	if c.err == nil {
		t.Begin(sched.TimerStart)
		t.OnClock(true)
		t.OnWorld(true)
		if _, ok := t.Step(nil); ok && c.err == nil {
			c.arm(d, cause)
		}
	}
	return c, cancel
}

//go:norace
func (c *Context) arm(d time.Time, cause error) {
	left := d.Sub(sched.Epoch.Add(c.run.Now()))
	if left <= 0 {
		c.end(context.DeadlineExceeded, cause, byThread)
		return
	}
	c.timer = &sched.Timer{Fire: func() { c.end(context.DeadlineExceeded, cause, byEvent) }}
	c.run.Arm(c.timer, left)
}

// Now is the virtual time. To look at it is a step, if it can be another.
//
//go:norace
func Now() time.Time {
	t := sched.Current()
	if t.Run().Timed() {
		t.Begin(sched.Now)
		t.OnClock(false)
		t.Step(nil)
	}
	return sched.Epoch.Add(t.Run().Now())
}

// Cause is that of the package context.
//
//go:norace
func Cause(ctx context.Context) error {
	c := find(ctx)
	if c == nil {
		return context.Cause(ctx)
	}
	if c.Err() == nil {
		return nil
	}
	if c.thread() != nil {
		c.settled()
	}
	return c.cause
}

// AfterFunc is that of the package context.
func AfterFunc(ctx context.Context, f func()) (stop func() bool) {
	c := find(ctx)
	if t := sched.Current(); c == nil && t != nil && ctx.Done() != nil {
		c = New(t, ctx) // the real one would start a goroutine
	}
	if c == nil {
		return context.AfterFunc(ctx, f)
	}
	return c.AfterFunc(f)
}

// Cancelable is a context that may be cancelled at any moment, or never.
//
//go:norace
func Cancelable(t *sched.Thread, name string) (context.Context, context.CancelFunc) {
	c := New(t, context.Background())
	c.run.Event(name, sched.Cancellation, &c.obj, func() { c.end(context.Canceled, nil, byEvent) })
	return c, func() {
		c.Cancel(context.Canceled, nil)
		c.run.Withdraw(&c.obj)
	}
}
