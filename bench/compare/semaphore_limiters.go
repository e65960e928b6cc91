package compare

import (
	"context"
	"errors"
	"sync"
	"testing"

	xsemaphore "golang.org/x/sync/semaphore"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/semaphore"
)

// A limiter lets so many go on at once, in the way of an implementation.
type limiter interface {
	Acquire(ctx context.Context, n int64) error
	TryAcquire(n int64) bool
	Release(n int64)
}

var limiters = []struct {
	name, differs string
	ours, lock    bool // lock: it has one permit
	make          func(limit int64) limiter
}{
	{"Semaphore", "", true, false, func(limit int64) limiter { return semaphore.New(limit) }},
	{"Mutex", "one permit", true, true, func(int64) limiter { return new(ourLock) }},
	{"x-sync", xSyncDiffers, false, false, func(limit int64) limiter { return xsemaphore.NewWeighted(limit) }},
	{"select", selectDiffers, false, false, func(limit int64) limiter { return make(slots, limit) }},
	{"sync.Mutex", "one permit; nobody can give up, and who comes just now may go first", false, true, func(int64) limiter { return new(syncLock) }},
}

const (
	xSyncDiffers  = "golang.org/x/sync/semaphore; no close, no resize, no counts"
	selectDiffers = "a channel with room for so many; more than one permit are taken one by one, and two who do so may wait for each other for ever"
)

// limiterImpls makes a contestant of each limiter; those of one permit only if locks are asked for.
func limiterImpls(locks bool, bench func(b *testing.B, make func(limit int64) limiter, s suite.Shape)) (impls []suite.Impl) {
	for _, l := range limiters {
		if !l.lock || locks {
			impls = append(impls, suite.Impl{Name: l.name, Ours: l.ours, Differs: l.differs, Bench: func(b *testing.B, s suite.Shape) { bench(b, l.make, s) }})
		}
	}
	return impls
}

// checkFree fails the benchmark unless nothing is held of l: the whole limit can be taken, and no more.
func checkFree(b *testing.B, l limiter, limit int64) {
	if !l.TryAcquire(limit) {
		b.Fatalf("of %d permits some were lost", limit)
	}
	if l.TryAcquire(1) {
		b.Fatalf("there are more than %d permits", limit)
	}
	l.Release(limit)
}

// slots is a channel as a semaphore: who sends holds a permit.
type slots chan struct{}

func (s slots) Acquire(ctx context.Context, n int64) error {
	for i := range n {
		select {
		case s <- struct{}{}:
		case <-ctx.Done():
			s.Release(i)
			return ctx.Err()
		}
	}
	return nil
}

func (s slots) TryAcquire(n int64) bool {
	for i := range n {
		select {
		case s <- struct{}{}:
		default:
			s.Release(i)
			return false
		}
	}
	return true
}

func (s slots) Release(n int64) {
	for range n {
		<-s
	}
}

type ourLock struct{ semaphore.Mutex }

func (l *ourLock) Acquire(ctx context.Context, _ int64) error { return l.LockContext(ctx) }
func (l *ourLock) TryAcquire(int64) bool                      { return l.TryLock() }
func (l *ourLock) Release(int64)                              { l.Unlock() }

type syncLock struct{ sync.Mutex }

func (l *syncLock) Acquire(context.Context, int64) error { l.Lock(); return nil }
func (l *syncLock) TryAcquire(int64) bool                { return l.TryLock() }
func (l *syncLock) Release(int64)                        { l.Unlock() }

var errFull = errors.New("bench: full")

// counter is what is left of a semaphore if nobody has to wait.
type counter struct {
	mu          sync.Mutex
	limit, held int64
}

func (c *counter) Acquire(_ context.Context, n int64) error {
	if !c.TryAcquire(n) {
		return errFull
	}
	return nil
}

func (c *counter) TryAcquire(n int64) bool {
	c.mu.Lock()
	ok := c.held+n <= c.limit
	if ok {
		c.held += n
	}
	c.mu.Unlock()
	return ok
}

func (c *counter) Release(n int64) {
	c.mu.Lock()
	c.held -= n
	c.mu.Unlock()
}
