// Package spin takes a mutex that is held for a few instructions at a time.
package spin

import "sync"

const (
	tries = 4
	pause = 3000 // turns of an empty loop, each of about a cycle: a microsecond
)

// Lock is mu.Lock for a mutex under which nobody waits, nor works for long. If it is
// held, Lock keeps away from it for a microsecond before it tries again, four times, and
// only then stands in the mutex's own line.
//
// A [sync.Mutex] puts who finds it held to sleep at once as soon as other goroutines are
// ready to run, and then each turn of the mutex costs a trip through the scheduler: a
// hundred goroutines on two processors pass items through a queue at a third of the speed
// of a channel, whose lock, the runtime's own, spins (BenchmarkLock). To stay away is what
// helps. Who tries without a pause takes the line of memory from the one who works in it;
// and as long as one stays away the other has the mutex, and what it guards, for itself.
//
// Nobody starves more than with [sync.Mutex.Lock], which follows: a mutex in starvation
// mode refuses every try.
//
// Under package explore this is mu.Lock.
func Lock(mu *sync.Mutex) {
	for range tries {
		if mu.TryLock() {
			return
		}
		for range pause { // in vain, and without touching memory
		}
	}
	mu.Lock()
}

// TryLock is the first try of Lock, for where a call counts: unlike Lock it is inlined.
//
//	if !spin.TryLock(&mu) {
//		spin.Lock(&mu)
//	}
//
// It is to be used in this way only: under package explore it waits.
func TryLock(mu *sync.Mutex) bool { return mu.TryLock() }
