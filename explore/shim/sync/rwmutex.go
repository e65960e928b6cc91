package sync

import "github.com/petiole-go/petiole/explore/internal/sched"

// A RWMutex stands for sync.RWMutex: a Lock that waits holds off later RLocks.
type RWMutex struct {
	obj     sched.Obj  // also the edges from a writer
	left    sched.Obj  // the edges from readers
	claimed sched.Hold // a writer has it, or waits for the readers to leave
	held    bool       // a writer has it
	readers sched.Hold
}

type (
	claiming RWMutex // the first half of Lock
	writing  RWMutex // the second
	reading  RWMutex
)

//go:norace
func (rw *claiming) Ways(*sched.Thread) int { return one(rw.claimed.Count() == 0) }

//go:norace
func (rw *claiming) do(t *sched.Thread) {
	rw.claimed.Add(t, 1)
	rw.held = false
	if rw.readers.Count() == 0 {
		(*writing)(rw).do(t)
	}
}

//go:norace
func (rw *writing) Ways(*sched.Thread) int { return one(rw.readers.Count() == 0) }

//go:norace
func (rw *writing) do(*sched.Thread) {
	rw.held = true
	sched.Acquire(&rw.obj)
	sched.Acquire(&rw.left)
}

//go:norace
func (rw *reading) Ways(*sched.Thread) int { return one(rw.claimed.Count() == 0) }

//go:norace
func (rw *reading) do(t *sched.Thread) {
	rw.readers.Add(t, 1)
	sched.Acquire(&rw.obj)
}

//go:norace
func (rw *RWMutex) Lock() {
	if step(sched.Lock, &rw.obj, true, (*claiming)(rw)) && !rw.held {
		step(sched.WriterWaits, &rw.obj, true, (*writing)(rw))
	}
}

//go:norace
func (rw *RWMutex) TryLock() bool {
	t := sched.Enter(&rw.obj, sched.TryLock, true)
	defer t.Leave()
	if rw.claimed.Count() > 0 || rw.readers.Count() > 0 {
		return false
	}
	(*claiming)(rw).do(t)
	return true
}

//go:norace
func (rw *RWMutex) Unlock() {
	t := sched.Enter(&rw.obj, sched.Unlock, true)
	defer t.Leave()
	if rw.claimed.Count() == 0 || !rw.held {
		fatal(t, "sync: Unlock of unlocked RWMutex")
		return
	}
	rw.claimed.Add(t, -1)
	rw.held = false
	sched.Release(&rw.obj)
}

// RLock and RUnlock only read the object: readers do not disturb each other.
//
//go:norace
func (rw *RWMutex) RLock() { step(sched.RLock, &rw.obj, false, (*reading)(rw)) }

//go:norace
func (rw *RWMutex) TryRLock() bool {
	t := sched.Enter(&rw.obj, sched.TryRLock, false)
	defer t.Leave()
	if rw.claimed.Count() > 0 {
		return false
	}
	(*reading)(rw).do(t)
	return true
}

//go:norace
func (rw *RWMutex) RUnlock() {
	t := sched.Enter(&rw.obj, sched.RUnlock, false)
	defer t.Leave()
	if rw.readers.Count() == 0 {
		fatal(t, "sync: RUnlock of unlocked RWMutex")
		return
	}
	rw.readers.Add(t, -1)
	sched.Release(&rw.left)
}

// RLocker is a Locker that calls RLock and RUnlock.
func (rw *RWMutex) RLocker() Locker { return (*rlocker)(rw) }

type rlocker RWMutex

//go:norace
func (r *rlocker) Lock() { (*RWMutex)(r).RLock() }

//go:norace
func (r *rlocker) Unlock() { (*RWMutex)(r).RUnlock() }
