package programs

import "context"

// A Lock is a mutex for which one can wait until a context ends.
type Lock struct{ held chan struct{} }

func NewLock() *Lock { return &Lock{make(chan struct{}, 1)} }

func (l *Lock) Lock(ctx context.Context) error {
	select {
	case l.held <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *Lock) BrokenLock(ctx context.Context) error {
	select {
	case l.held <- struct{}{}:
	case <-ctx.Done():
	}
	return ctx.Err() // BUG: if ctx ends here the lock is held, and this says that it is not
}

func (l *Lock) Unlock() { <-l.held }
