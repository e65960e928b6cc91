package semaphore

import (
	"context"
	"sync"

	"github.com/petiole-go/petiole/internal/park/spin"
)

// A Mutex is a lock that is taken in turn, and with a context. The zero Mutex is not locked. It
// is not reentrant. All methods may be called by any number of goroutines, and Unlock by another one
// than Lock. A Mutex must not be copied.
//
// Who waits is served first come, first served, and TryLock overtakes nobody: an Unlock hands the lock
// to the one that has waited longest. So nobody starves; and where it is wanted by many, each Lock
// costs a switch from one goroutine to another. Where neither turns nor contexts are
// needed, [sync.Mutex] is faster, which lets who runs overtake who sleeps; and it has 8 bytes, this some 170.
//
// LockContext looks at its context first: one that has ended gives its error though the lock is free, and
// a nil one panics. What need not wait allocates nothing. An Unlock that panics has changed nothing. A Mutex may be used in
// one bubble of testing/synctest after the other.
//
// Each Unlock is synchronized before the return of the next Lock, LockContext or TryLock that takes it.
//
// It is Toro's Lock.
type Mutex struct{ rw RWMutex }

// Lock locks m. It waits until that is possible, and its turn.
func (m *Mutex) Lock() { m.rw.Lock() }

// LockContext locks m, or returns ctx.Err() and has not.
func (m *Mutex) LockContext(ctx context.Context) error { return m.rw.LockContext(ctx) }

// TryLock locks m if it is not locked, and nobody waits for it, and reports whether it did.
func (m *Mutex) TryLock() bool { return m.rw.TryLock() }

// Unlock unlocks m. It panics if m is not locked.
func (m *Mutex) Unlock() { m.rw.unlock(writer, "semaphore: Unlock of a Mutex that is not locked") }

// An RWMutex is a lock that one writer holds, or any number of readers, taken in turn and with a
// context. The zero RWMutex is not locked. It is not reentrant, for readers neither, and a reader
// cannot become a writer. All methods may be called by any number of goroutines, and what one
// has locked another may unlock. An RWMutex must not be copied.
//
// For at most so many readers at once a [Semaphore] of so many does: a reader acquires one, a writer all.
//
// Who waits is served first come, first served: a writer that waits holds off the readers that come later,
// and those hold off the next writer. What leads the line goes together: one writer, or all readers up to
// the next writer. A Try overtakes nobody. As to speed see [Mutex]: where neither turns nor contexts are needed,
// [sync.RWMutex] is faster. Contexts, allocations and bubbles are as with Mutex.
//
// Each Unlock is synchronized before the return of the next lock of either kind, and each RUnlock
// before that of the next Lock, LockContext or TryLock.
//
// It is Toro's RWLock, with turns.
type RWMutex struct {
	ledger  ledger
	permits permits // of which a writer takes all, and a reader one
}

// writer is what a writer takes: all.
const writer = MaxLimit

func (m *RWMutex) acquire(ctx context.Context, n int64) error {
	known(ctx)
	if err := ctx.Err(); err != nil {
		return err
	}
	if !spin.TryLock(&m.ledger.mu) {
		spin.Lock(&m.ledger.mu)
	}
	m.permits.limit = writer // of the zero RWMutex it is a pause; to write it costs less than to look
	if m.permits.take(&m.ledger, n) {
		m.ledger.mu.Unlock()
		return nil
	}
	return m.permits.wait(ctx, &m.ledger, n)
}

func (m *RWMutex) try(n int64) bool {
	m.ledger.lock()
	m.permits.limit = writer
	took := m.permits.take(&m.ledger, n)
	m.ledger.mu.Unlock()
	return took
}

// unlock gives n back, all for a writer and 1 for a reader. What is held is all under a writer, else it is the number
// of readers: so it is wrong if less than n is held, or if it is a reader's under a writer.
func (m *RWMutex) unlock(n int64, wrong string) {
	if !spin.TryLock(&m.ledger.mu) {
		spin.Lock(&m.ledger.mu)
	}
	if held := m.permits.held; held < n || held == writer && n != writer {
		m.ledger.mu.Unlock()
		panic(wrong)
	}
	m.permits.release(&m.ledger, n)
}

// Lock locks m for writing. It waits until that is possible, and its turn.
func (m *RWMutex) Lock() {
	_ = m.acquire(context.Background(), writer) // which has no end, is not closed, and is within the limit
}

// LockContext locks m for writing, or returns ctx.Err() and has not.
func (m *RWMutex) LockContext(ctx context.Context) error { return m.acquire(ctx, writer) }

// TryLock locks m for writing if it is not locked, and nobody waits for it, and reports whether it did.
func (m *RWMutex) TryLock() bool { return m.try(writer) }

// Unlock ends a lock for writing. It panics if there is none.
func (m *RWMutex) Unlock() {
	m.unlock(writer, "semaphore: Unlock of an RWMutex that is not locked for writing")
}

// RLock locks m for reading. It waits until that is possible, and its turn.
func (m *RWMutex) RLock() {
	_ = m.acquire(context.Background(), 1) // as in Lock
}

// RLockContext locks m for reading, or returns ctx.Err() and has not.
func (m *RWMutex) RLockContext(ctx context.Context) error { return m.acquire(ctx, 1) }

// TryRLock locks m for reading if it is not locked for writing, and nobody waits for it, and
// reports whether it did.
func (m *RWMutex) TryRLock() bool { return m.try(1) }

// RUnlock ends one lock for reading. It panics if there is none.
func (m *RWMutex) RUnlock() {
	m.unlock(1, "semaphore: RUnlock of an RWMutex that is not locked for reading")
}

// RLocker returns m as a Locker whose Lock and Unlock are RLock and RUnlock.
func (m *RWMutex) RLocker() sync.Locker { return (*reader)(m) }

type reader RWMutex

func (r *reader) Lock()   { (*RWMutex)(r).RLock() }
func (r *reader) Unlock() { (*RWMutex)(r).RUnlock() }
