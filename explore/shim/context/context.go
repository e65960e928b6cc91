// Package context stands for context in code that is explored: its deadlines are
// on the virtual clock, and a cancellation is a step.
package context

import (
	"context"
	"time"

	"github.com/petiole-go/petiole/explore/internal/sched"
	"github.com/petiole-go/petiole/explore/internal/virtual"
)

func init() { sched.Link() }

// What needs no goroutine and no time is what it is.
type (
	Context         = context.Context
	CancelFunc      = context.CancelFunc
	CancelCauseFunc = context.CancelCauseFunc
)

var (
	Canceled         = context.Canceled
	DeadlineExceeded = context.DeadlineExceeded
)

func Background() Context { return context.Background() }
func TODO() Context       { return context.TODO() }

func WithValue(parent Context, key, val any) Context { return context.WithValue(parent, key, val) }
func WithoutCancel(parent Context) Context           { return context.WithoutCancel(parent) }
func Cause(c Context) error                          { return virtual.Cause(c) }
func AfterFunc(ctx Context, f func()) (stop func() bool) {
	return virtual.AfterFunc(ctx, f)
}

func WithCancel(parent Context) (Context, CancelFunc) {
	if sched.Current() == nil {
		return context.WithCancel(parent)
	}
	ctx, cancel := virtual.WithCancel(parent)
	return ctx, func() { cancel(nil) }
}

func WithCancelCause(parent Context) (Context, CancelCauseFunc) {
	if sched.Current() == nil {
		return context.WithCancelCause(parent)
	}
	return virtual.WithCancel(parent)
}

func WithDeadline(parent Context, d time.Time) (Context, CancelFunc) {
	return WithDeadlineCause(parent, d, nil)
}

func WithDeadlineCause(parent Context, d time.Time, cause error) (Context, CancelFunc) {
	if sched.Current() == nil {
		return context.WithDeadlineCause(parent, d, cause)
	}
	return virtual.WithDeadline(parent, d, cause)
}

func WithTimeout(parent Context, timeout time.Duration) (Context, CancelFunc) {
	return WithTimeoutCause(parent, timeout, nil)
}

func WithTimeoutCause(parent Context, timeout time.Duration, cause error) (Context, CancelFunc) {
	if sched.Current() == nil {
		return context.WithTimeoutCause(parent, timeout, cause)
	}
	return virtual.WithDeadline(parent, virtual.Now().Add(timeout), cause)
}
