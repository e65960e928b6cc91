package semaphore

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/petiole-go/petiole/internal/park"
	"github.com/petiole-go/petiole/internal/park/spin"
)

// A Semaphore has as many permits as its limit says. Calls acquire some of them, and wait while
// they are not free; first come, first served, however many each wants. It is made by [New]; the
// zero Semaphore has a limit of 0: everything waits until Resize or Grow. All methods may be
// called by any number of goroutines. A Semaphore must not be copied.
//
// A call is decided when it is granted or refused, whatever its context does then. Before that
// these are looked at, in this order: a negative weight or a nil context panics; a context that
// has ended gives ctx.Err(); a semaphore that is closed [ErrClosed]; a weight above the limit, if that is
// not 0, or above [MaxLimit], [ErrTooLarge]. A weight of 0 is granted now, even if nothing is free and others wait.
//
// The limit may be changed while permits are held and waited for ([Semaphore.Resize]). A limit of 0
// is a pause: all who come wait until it is another.
//
// [Semaphore.Close] refuses all who wait and come; what is held stays so until it is released.
// [Semaphore.Drain] waits until nothing is held.
//
// What need not wait allocates nothing, but for the error that says what was too large. A call that waits
// allocates at most a waiter and a channel; one waiter is kept for the next. A Semaphore owns no goroutine (but
// see [Semaphore.OnLeak]), and may be used in one bubble of testing/synctest after the other.
//
// In the terms of the Go memory model whatever makes permits free (Release, of a Permit too; Forget, Resize, Grow)
// is synchronized before the return of each call that is granted them, and of each Drain that it ends; a Close
// before the return of each ErrClosed.
//
// To bound what goes on, prefer [Semaphore.With] and [Semaphore.Take], which give back what
// they took, and once. Where contexts, weights and turns are not needed, a channel with room for
// so many does the same; and to lock data, [sync.Mutex] is faster.
//
// It is Toro's Semaphore and BoundedSemaphore; those of the field are Dijkstra's.
type Semaphore struct {
	ledger  ledger
	permits permits
	onLeak  atomic.Pointer[func(Leak)] // read after each Take
}

// New returns a semaphore with so many permits. A limit of 0 is a pause: everything waits until
// Resize or Grow ends it. So a limit that was forgotten in a configuration makes for a program that
// stands still. One that is negative, or more than [MaxLimit], panics.
func New(limit int64) *Semaphore {
	checkLimit(limit, 0)
	return &Semaphore{permits: permits{limit: limit}}
}

// Acquire takes n permits. It waits until they are free and its turn has come; see [Semaphore]
// for the errors.
func (s *Semaphore) Acquire(ctx context.Context, n int64) error {
	notNegative(n)
	known(ctx)
	if err := ctx.Err(); err != nil {
		return err
	}
	if !spin.TryLock(&s.ledger.mu) {
		spin.Lock(&s.ledger.mu)
	}
	if s.permits.take(&s.ledger, n) {
		s.ledger.mu.Unlock()
		return nil
	}
	return s.permits.wait(ctx, &s.ledger, n)
}

// TryAcquire takes n permits if they are free and nobody waits, and reports whether it did; 0 are always
// free, until it is closed. A negative n panics.
func (s *Semaphore) TryAcquire(n int64) bool {
	notNegative(n)
	s.ledger.lock()
	took := s.permits.take(&s.ledger, n)
	s.ledger.mu.Unlock()
	return took
}

// Release gives n permits back, and with them serves those who wait. It panics if more than
// are held are given back, or n is negative; then nothing has changed.
func (s *Semaphore) Release(n int64) {
	notNegative(n)
	if !spin.TryLock(&s.ledger.mu) {
		spin.Lock(&s.ledger.mu)
	}
	if n > s.permits.held {
		s.ledger.mu.Unlock()
		panic(overReleased)
	}
	if s.permits.put(&s.ledger, n) {
		s.ledger.mu.Unlock()
		return
	}
	s.permits.settle(&s.ledger, park.Woken{})
}

// With calls f while it holds n permits, and returns f's error or, if it could not acquire them,
// Acquire's. They are given back however f ends: it may panic or exit its goroutine. A nil f
// panics.
func (s *Semaphore) With(ctx context.Context, n int64, f func() error) error {
	if f == nil {
		panic("semaphore: With without a function")
	}
	if err := s.Acquire(ctx, n); err != nil {
		return err
	}
	defer s.Release(n)
	return f()
}

// Resize changes the limit. What is held stays held, though it be more: then what is released pays
// that debt first. Those who wait for more than the new limit fail with [ErrTooLarge], wherever they
// stand in line, and those whom it serves are granted; a limit of 0 fails nobody, and is a pause. A
// limit that is negative, or more than [MaxLimit], panics.
func (s *Semaphore) Resize(limit int64) {
	checkLimit(limit, 0)
	s.ledger.lock()
	s.permits.setLimit(&s.ledger, limit)
}

// Grow is Resize by delta, which may be negative, in one step. It panics where Resize does, and
// then the limit is as it was.
func (s *Semaphore) Grow(delta int64) {
	s.ledger.lock()
	was := s.permits.limit
	if delta < -was || delta > MaxLimit-was {
		s.ledger.mu.Unlock()
		panic(fmt.Sprintf("semaphore: a limit of %d and %d more", was, delta))
	}
	s.permits.setLimit(&s.ledger, was+delta)
}

// Close refuses, with [ErrClosed], all who wait and all who come. It waits for nobody, may be called
// again, and is for good. What is held is held until it is released; and the limit may be changed.
func (s *Semaphore) Close() {
	var k park.Woken
	s.ledger.lock()
	s.ledger.closed = true
	s.permits.fail(&s.ledger, &k) // all: the line is empty. S2
	s.ledger.mu.Unlock()
	k.Wake()
}

// Drain waits until nothing is held, or returns ctx.Err(); if nothing is, that wins over a
// context that has ended. It does not wait for those in line: one that is granted in time is
// waited for, as permits that pass from one to the next are held all the while. After a
// Close nobody comes any more; without, the moment may never come, or have passed when Drain returns.
func (s *Semaphore) Drain(ctx context.Context) error {
	known(ctx)
	s.ledger.lock()
	if s.permits.held == 0 {
		s.ledger.mu.Unlock()
		return nil
	}
	_, err := s.permits.idle.Wait(ctx, &s.ledger.mu)
	return err
}

// Stats returns the counts. Calls that failed without standing in line are in none of them.
func (s *Semaphore) Stats() Stats {
	s.ledger.lock()
	defer s.ledger.mu.Unlock()
	return s.ledger.stats(s.permits.limit, s.permits.held)
}
