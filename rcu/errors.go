package rcu

import (
	"errors"
	"fmt"
)

// What the methods of a [Refresher] return, for errors.Is. (A [Guarded] returns no
// errors of its own: nobody who uses it after Close can be wrong about it.)
var (
	ErrNotReady    = errors.New("rcu: no snapshot yet")
	ErrStale       = errors.New("rcu: snapshot is older than MaxAge")
	ErrClosed      = errors.New("rcu: refresher closed")
	ErrNilSnapshot = errors.New("rcu: refresh returned neither a snapshot nor an error")
	ErrGoexit      = errors.New("rcu: callback called runtime.Goexit")
	ErrReentrant   = errors.New("rcu: refresh waits for its own refresher")
	ErrSuperseded  = errors.New("rcu: a Store overtook the refresh")
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
