package rcu

import (
	"errors"
	"fmt"
)

// The errors of a [Refresher], for errors.Is. (A [Guarded] has none: after Close its
// Acquire returns the zero Ref.)
var (
	// ErrNotReady is that of Get without a snapshot, and of those whose run a Store(nil) overtook.
	ErrNotReady = errors.New("rcu: no snapshot yet")
	// ErrStale is Get's, past MaxAge.
	ErrStale = errors.New("rcu: snapshot is older than MaxAge")
	// ErrClosed is that of Get and of all that wait, after Close; the cause of the run's context; and Refresh.Err's.
	ErrClosed = errors.New("rcu: refresher closed")
	// ErrNilSnapshot is why a run failed.
	ErrNilSnapshot = errors.New("rcu: refresh returned neither a snapshot nor an error")
	// ErrGoexit is why a run failed, or in Status.HookErr how OnRefresh ended.
	ErrGoexit = errors.New("rcu: callback called runtime.Goexit")
	// ErrReentrant is that of a Func that waits, with its own context, for its own refresher.
	ErrReentrant = errors.New("rcu: refresh waits for its own refresher")
	// ErrSuperseded is in Refresh.Err only.
	ErrSuperseded = errors.New("rcu: a Store overtook the refresh")
)

// PanicError is a panic of a callback, as an error.
type PanicError struct {
	Value any    // that it panicked with
	Stack []byte // of the goroutine then, as debug.Stack formats it
}

// Error tells the value; the stack is left to those who want it.
func (e *PanicError) Error() string { return fmt.Sprintf("rcu: callback panicked: %v", e.Value) }

// Unwrap returns Value if it is an error, else nil.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
