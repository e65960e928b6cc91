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

// The panics.
const (
	overReleased = "semaphore: released more than held"
	notTaken     = "semaphore: a Permit that was not made by Take or TryTake, or by one that failed"
)

// notNegative panics for a misuse that callers find by its number.
func notNegative(n int64) {
	if n < 0 {
		misuse(n)
	}
}

func misuse(n int64) { panic(fmt.Sprintf("semaphore: a weight of %d", n)) }

// check is what comes before anything is done.
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
