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

// An operation is what waits until it has a way, and is then done.
type operation interface {
	sched.Guard
	do(t *sched.Thread)
}

// step waits until it is the turn of an operation on o, and does it. Not ok: the
// schedule is being cut short.
//
//go:norace
func step(k sched.Kind, o *sched.Obj, write bool, op operation) (ok bool) {
	t := sched.Current()
	if t == nil {
		sched.Outside(o, func() bool {
			if op.Ways(nil) == 0 {
				return false
			}
			op.do(t)
			return true
		})
		return true
	}
	t.Begin(k)
	t.On(o, write)
	if _, ok = t.Step(op); ok {
		op.do(t)
	}
	return ok
}

//go:norace
func one(ok bool) int {
	if ok {
		return 1
	}
	return 0
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
		t.Run().Fail("panic", "panic in "+t.Name()+": fatal error: "+message)
	}
}

// A Mutex stands for sync.Mutex.
type Mutex struct {
	obj    sched.Obj
	locked sched.Hold
}

type locking Mutex

//go:norace
func (m *locking) Ways(*sched.Thread) int { return one(m.locked.Count() == 0) }

//go:norace
func (m *locking) do(t *sched.Thread) {
	m.locked.Add(t, 1)
	sched.Acquire(&m.obj)
}

//go:norace
func (m *Mutex) Lock() { step(sched.Lock, &m.obj, true, (*locking)(m)) }

//go:norace
func (m *Mutex) TryLock() bool {
	t := sched.Enter(&m.obj, sched.TryLock, true)
	defer t.Leave()
	if m.locked.Count() > 0 {
		return false
	}
	(*locking)(m).do(t)
	return true
}

//go:norace
func (m *Mutex) Unlock() {
	t := sched.Enter(&m.obj, sched.Unlock, true)
	defer t.Leave()
	if m.locked.Count() == 0 {
		fatal(t, "sync: unlock of unlocked mutex")
		return
	}
	m.locked.Add(t, -1)
	sched.Release(&m.obj)
}
