package vigil

import (
	"errors"
	"fmt"
	"runtime/debug"
)

var (
	// ErrReclaimed is returned by the methods of a guard whose vigil has ended: by whatever cause, or by Detach.
	ErrReclaimed = errors.New("vigil: reclaimed")
	// ErrClosed is returned after Shutdown of the keeper, by Bind, Acquire and the Wait of a worker, and after that of
	// the pool, by Acquire. It is the cause with which the context of a worker ends at Shutdown.
	ErrClosed = errors.New("vigil: closed")
	// ErrEnded is returned by Bind, Acquire and Transfer if the function of the worker has ended. It is the cause with
	// which the context of a worker ends when its guards have been reclaimed.
	ErrEnded = errors.New("vigil: the worker has ended")
	// ErrGoexit says that a function called [runtime.Goexit] instead of returning.
	ErrGoexit = errors.New("vigil: runtime.Goexit was called")
	// ErrUnsupported is returned by Sweep in a build without the profile that it needs, and by a keeper without labels.
	ErrUnsupported = errors.New("vigil: no goroutineleak profile in this build, or no Labels")
)

// A PanicError is a panic that was kept from going on.
type PanicError struct {
	Value any    // what panic was called with
	Stack []byte // of the goroutine that panicked, as [debug.Stack] prints it
}

// Error shows Value. The stack is not part of it.
func (p *PanicError) Error() string { return fmt.Sprintf("vigil: panic: %v", p.Value) }

// Unwrap returns Value if that is an error.
func (p *PanicError) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// panicked makes a PanicError, in the deferred function that has recovered v.
func panicked(v any) *PanicError { return &PanicError{v, debug.Stack()} }
