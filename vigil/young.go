package vigil

import (
	"runtime"
	"time"
)

// A guard that has no worker has a cleanup, by which the runtime tells that nobody has it any more. To add one and to
// stop it is most of what a Bind and a Release would cost, and most guards are released before there is a collection that could
// find them. So a guard is young at first: its entry holds it, and it has no cleanup. One object for all the young tells
// that a collection has taken place. Those that have outlived it are grown then: they get their cleanups, and are held no longer.
//
//	Bind ...... collection ........ collection ......
//	  young --------'-> grown --- unreachable '-> dropped
//
// The price is that what is dropped is found by the second collection after its Bind, and not by the first.

// A sentinel is unreachable from the beginning. It is of a size that the runtime does not put together with others.
type sentinel [2]uint64

// grows has e, which has just been added, grow up, unless it has a worker, which keeps it. With the mutex.
func (k *Keeper) grows(e *entry) {
	if e.home.Load().worker != nil {
		e.self.settled()
		return
	}
	if k.home.young == nil {
		k.home.young = e
	}
	if !k.sentinel {
		k.sentinel = true
		runtime.AddCleanup(new(sentinel), (*Keeper).collected, k)
	}
}

// collected is called, on a goroutine of the runtime's, after a collection.
func (k *Keeper) collected() {
	k.lock()
	k.sentinel = false // who is bound from now on sets up another
	for n := 0; k.home.young != nil; n++ {
		if n == batch { // let others in
			n = 0
			k.mu.Unlock()
			k.lock()
			continue
		}
		e := k.home.young
		k.home.young = e.next
		if e.live() {
			e.self.grow()
		}
	}
	k.mu.Unlock()
}

// grow gives the guard its cleanup. With the mutex, while it is live.
func (b *bound[R]) grow() {
	if g := b.young; g != nil { // else it is that of a Bind that failed, or in a worker's hands
		g.cleanup = runtime.AddCleanup(g, dropped, &b.entry)
		b.young = nil
	}
}

// settled lets go of a guard that its worker keeps. With the mutex.
func (b *bound[R]) settled() { b.young = nil }

// dropped is called, on a goroutine of the runtime's, when nobody has the guard of e any more. It waits for nothing but
// the mutex, and runs nothing of anybody's.
func dropped(e *entry) {
	k := e.keeper()
	k.lock()
	if e.home.Load().worker == nil { // else it has been transferred, and its cleanup came too late to be stopped
		e.take(Dropped, time.Now())
	}
	k.mu.Unlock()
}
