package semaphore

import (
	"context"
	"errors"
	"fmt"
)

var (
	// ErrClosed is returned by a call that acquires from what is closed.
	ErrClosed = errors.New("semaphore: closed")
	// ErrTooLarge is returned by a call that wants more than the limit. The error that is
	// returned says how much that was.
	ErrTooLarge = errors.New("semaphore: more than the limit")
)

type tooLarge struct{ want, limit int64 }

func (e *tooLarge) Error() string {
	return fmt.Sprintf("semaphore: want %d, limit is %d", e.want, e.limit)
}

func (e *tooLarge) Is(target error) bool { return target == ErrTooLarge }

const (
	overReleased = "semaphore: released more than held"
	notTaken     = "semaphore: a Permit that no Take or TryTake has returned"
)

// notNegative is inlined; the panic is not.
func notNegative(n int64) {
	if n < 0 {
		badWeight(n)
	}
}

func badWeight(n int64) { panic(fmt.Sprintf("semaphore: a weight of %d", n)) }

// check is what comes first: the weight, and the context. It is written out where a call counts.
func check(ctx context.Context, n int64) error {
	notNegative(n)
	known(ctx)
	return ctx.Err()
}

func checkLimit(limit, least int64) {
	if limit < least || limit > MaxLimit {
		panic(fmt.Sprintf("semaphore: a limit of %d", limit))
	}
}

func known(ctx context.Context) {
	if ctx == nil {
		panic("semaphore: a nil context")
	}
}
