// Package context has what the tests need of the real shim.
package context

import (
	"context"
	"time"
)

type (
	Context         = context.Context
	CancelFunc      = context.CancelFunc
	CancelCauseFunc = context.CancelCauseFunc
)

var Canceled = context.Canceled
var DeadlineExceeded = context.DeadlineExceeded

func Background() Context                                          { return context.Background() }
func TODO() Context                                                { return context.TODO() }
func Cause(c Context) error                                        { return context.Cause(c) }
func WithCancel(c Context) (Context, CancelFunc)                   { return context.WithCancel(c) }
func WithoutCancel(c Context) Context                              { return context.WithoutCancel(c) }
func AfterFunc(c Context, f func()) func() bool                    { return context.AfterFunc(c, f) }
func WithValue(c Context, k, v any) Context                        { return context.WithValue(c, k, v) }
func WithCancelCause(c Context) (Context, CancelCauseFunc)         { return context.WithCancelCause(c) }
func WithTimeout(c Context, d time.Duration) (Context, CancelFunc) { return context.WithTimeout(c, d) }
func WithTimeoutCause(c Context, d time.Duration, err error) (Context, CancelFunc) {
	return context.WithTimeoutCause(c, d, err)
}
func WithDeadline(c Context, t time.Time) (Context, CancelFunc) { return context.WithDeadline(c, t) }
