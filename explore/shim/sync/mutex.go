// Package sync stands for sync in code that is explored. Each operation is a
// step, and waits by being no candidate until it can go on; there are no queues.
// So a schedule may let any waiter have a mutex next, as sync.Mutex may.
package sync

import (
	"sync"

	"github.com/petiole-go/petiole/explore/internal/sched"
)

func init() { sched.Link() }

// A Locker is a sync.Locker.
type Locker = sync.Locker

// A Mutex stands for sync.Mutex.
type Mutex struct {
	obj    sched.Obj
	locked bool
}

type mutexGuard Mutex

//go:norace
func (g *mutexGuard) Ways(*sched.Thread) int { return one(!g.locked) }

//go:norace
func one(ok bool) int {
	if ok {
		return 1
	}
	return 0
}

//go:norace
func (m *Mutex) Lock() {
	if step(sched.Lock, &m.obj, true, (*mutexGuard)(m)) {
		m.locked = true
		sched.Acquire(&m.obj)
	}
}

//go:norace
func (m *Mutex) TryLock() bool {
	t := sched.Enter(&m.obj, sched.TryLock, true)
	defer t.Leave()
	if m.locked {
		return false
	}
	m.locked = true
	sched.Acquire(&m.obj)
	return true
}

//go:norace
func (m *Mutex) Unlock() {
	t := sched.Enter(&m.obj, sched.Unlock, true)
	defer t.Leave()
	if !m.locked {
		fatal(t, "sync: unlock of unlocked mutex")
		return
	}
	m.locked = false
	sched.Release(&m.obj)
}

// step is an operation on o that waits for g.
//
//go:norace
func step(k sched.Kind, o *sched.Obj, write bool, g sched.Guard) (ok bool) {
	t := sched.Current()
	if t == nil {
		sched.Outside(func() bool { return g.Ways(nil) > 0 })
		return true
	}
	t.Begin(k)
	t.On(o, write)
	_, ok = t.Step(g)
	return ok
}

// fatal is what ends a process when it does not run under the scheduler, where
// it ends the schedule.
//
//go:norace
func fatal(t *sched.Thread, message string) {
	if t == nil {
		panic("fatal error: " + message)
	}
	if !t.Run().Cut() {
		t.Run().Fail("panic", "fatal error: "+message)
	}
}

// A RWMutex stands for sync.RWMutex: a Lock that waits holds off later RLocks.
type RWMutex struct {
	obj     sched.Obj // also the edges from a writer
	left    sched.Obj // the edges from readers
	claimed bool      // a writer has it, or waits for the readers to leave
	held    bool      // a writer has it
	readers int
}

type (
	claimGuard  RWMutex // for a reader, or for the next writer
	writerGuard RWMutex // for the writer that has claimed it
)

//go:norace
func (g *claimGuard) Ways(*sched.Thread) int { return one(!g.claimed) }

//go:norace
func (g *writerGuard) Ways(*sched.Thread) int { return one(g.readers == 0) }

//go:norace
func (rw *RWMutex) Lock() {
	if !step(sched.Lock, &rw.obj, true, (*claimGuard)(rw)) {
		return
	}
	rw.claimed = true
	if rw.readers > 0 && !step(sched.WriterWaits, &rw.obj, true, (*writerGuard)(rw)) {
		return
	}
	rw.own()
}

//go:norace
func (rw *RWMutex) own() {
	rw.claimed, rw.held = true, true
	sched.Acquire(&rw.obj)
	sched.Acquire(&rw.left)
}

//go:norace
func (rw *RWMutex) TryLock() bool {
	t := sched.Enter(&rw.obj, sched.TryLock, true)
	defer t.Leave()
	if rw.claimed || rw.readers > 0 {
		return false
	}
	rw.own()
	return true
}

//go:norace
func (rw *RWMutex) Unlock() {
	t := sched.Enter(&rw.obj, sched.Unlock, true)
	defer t.Leave()
	if !rw.held {
		fatal(t, "sync: Unlock of unlocked RWMutex")
		return
	}
	rw.claimed, rw.held = false, false
	sched.Release(&rw.obj)
}

// RLock and RUnlock only read the object: readers do not disturb each other.
//
//go:norace
func (rw *RWMutex) RLock() {
	if step(sched.RLock, &rw.obj, false, (*claimGuard)(rw)) {
		rw.readers++
		sched.Acquire(&rw.obj)
	}
}

//go:norace
func (rw *RWMutex) TryRLock() bool {
	t := sched.Enter(&rw.obj, sched.TryRLock, false)
	defer t.Leave()
	if rw.claimed {
		return false
	}
	rw.readers++
	sched.Acquire(&rw.obj)
	return true
}

//go:norace
func (rw *RWMutex) RUnlock() {
	t := sched.Enter(&rw.obj, sched.RUnlock, false)
	defer t.Leave()
	if rw.readers == 0 {
		fatal(t, "sync: RUnlock of unlocked RWMutex")
		return
	}
	rw.readers--
	sched.Release(&rw.left)
}

// RLocker is a Locker that calls RLock and RUnlock.
func (rw *RWMutex) RLocker() Locker { return (*rlocker)(rw) }

type rlocker RWMutex

//go:norace
func (r *rlocker) Lock() { (*RWMutex)(r).RLock() }

//go:norace
func (r *rlocker) Unlock() { (*RWMutex)(r).RUnlock() }
