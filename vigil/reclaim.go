package vigil

import "github.com/petiole-go/petiole/internal/park/signal"

// What no goroutine of the user's is there to reclaim is queued. Reclaimers are started as it comes, up to their limit,
// and end when nothing is queued: so one that blocks holds up some of its own keeper, and nobody else. With Manual
// there are none, and Flush does their work.

// queue has e reclaimed by who comes for it; the caller spawns, when it has queued all, lest the reclaimers compete for
// the mutex with who decides ten thousand. With the mutex.
func (k *Keeper) queue(e *entry) { k.queued = append(k.queued, e) }

// free queues e, which was decided before and can be claimed only now. If its worker has ended it waits for such: it is
// returned, to be woken without the mutex, and looks again. With the mutex.
func (k *Keeper) free(e *entry) (worker *signal.Crowd[struct{}]) {
	k.queue(e)
	k.spawn(1)
	if w := e.home.Load().worker; w != nil && w.ended != 0 {
		worker = w.moved.Part(struct{}{})
	}
	return worker
}

// spawn starts as many as n reclaimers, if there is work for them. With the mutex.
func (k *Keeper) spawn(n int) {
	for n = min(n, len(k.queued)+len(k.notices)); n > 0 && !k.manual && k.running < k.o.Reclaimers; n-- {
		k.running++
		go k.reclaimer()
	}
}

// pop claims the first that is queued and not claimed. With the mutex.
func (k *Keeper) pop() (job, bool) {
	for i, e := range k.queued {
		k.queued[i] = nil
		if e.claimable() {
			k.queued = k.queued[i+1:]
			return e.claim(), true
		}
	}
	k.queued = nil // with what it has grown to
	return job{}, false
}

// next does one thing that is queued, and reports false if nothing was.
func (k *Keeper) next(reclaimed *int) bool {
	k.lock()
	if w := k.due(); w != nil {
		k.mu.Unlock()
		w.give()
		return true
	}
	j, ok := k.pop()
	k.mu.Unlock()
	if ok {
		*reclaimed++
		_ = j.run()
	}
	return ok
}

// reclaimer is a goroutine.
func (k *Keeper) reclaimer() {
	defer func() { // also if what it ran exits it
		k.lock()
		k.running--
		k.spawn(1)
		k.mu.Unlock()
	}()
	var n int
	for k.next(&n) {
	}
}

// Flush reclaims what is queued for the reclaimers, on this goroutine, and gives the notices of Watch that are due. It
// returns how many it has reclaimed; notices do not count. It is meant for a keeper with Manual; any other does without.
// If one of them exits the goroutine the others go on before it has gone.
func (k *Keeper) Flush() (n int) {
	exits := true // a reclaim or a notice does; the others go on
	defer func() {
		if exits {
			k.Flush()
		}
	}()
	for k.next(&n) {
	}
	exits = false
	return n
}
