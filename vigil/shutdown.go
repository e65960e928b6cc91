package vigil

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/petiole-go/petiole/internal/park/signal"
)

// Shutdown ends all vigils, with [Shutdown], then the contexts of the workers, with [ErrClosed] as their cause, and waits
// until all is reclaimed, all workers have ended and all hooks and notices have run. Bind, Go, and Acquire of the
// keeper's pools are refused from now on, with [ErrClosed]; so are those who wait in an Acquire.
//
// If ctx ends first the error wraps ctx.Err() and names what is left: ten workers and ten guards, and how many more there
// are. They are still reclaimed when they can be. With a context that has ended Shutdown does all the same, but wait; if
// nothing is left that is a fact, and it returns nil. It may be called by many, and again. A worker, a reclaim or a hook
// that calls it waits for itself, until ctx ends. A nil ctx panics.
//
// A keeper with Manual has reclaimers from then on, so what waited for Flush is reclaimed too.
func (k *Keeper) Shutdown(ctx context.Context) error {
	if ctx == nil {
		panic("vigil: a nil context")
	}
	var pools []refuser
	k.lock()
	k.closed.Store(true)
	k.notices = nil
	for p := range k.pools {
		pools = append(pools, p)
	}
	k.mu.Unlock()
	for _, p := range pools { // before something comes back that they would get
		p.refuse()
	}

	now := time.Now()
	var used []*entry
	var workers []*Worker
	k.lock()
	k.manual = false
	for h := range k.homes() {
		if h.worker != nil {
			workers = append(workers, h.worker)
		}
		for e := h.first; e != nil; e = e.next {
			if e.take(Shutdown, now) {
				used = append(used, e)
			}
		}
	}
	k.spawn(k.o.Reclaimers) // for what was queued with Manual, too
	k.mu.Unlock()
	each([]func(){ // of which the first may be the user's, too, by a context of his
		func() { each(workers, func(w *Worker) { w.life.end(atShutdown) }) },
		func() { k.interrupt(used) },
	}, func(f func()) { f() })

	k.lock()
	for !k.isQuiet() {
		if _, err := k.still.Wait(ctx, &k.mu); err != nil {
			return k.unfinished(err)
		}
		k.lock()
	}
	k.mu.Unlock()
	return nil
}

// isQuiet reports whether nothing is left. With the mutex.
func (k *Keeper) isQuiet() bool { return k.left == 0 && k.idle() && k.giving == 0 }

// quiet parts from those who wait for that, if nothing is left. With the mutex, which is let go before they are woken.
func (k *Keeper) quiet() *signal.Crowd[struct{}] {
	if !k.isQuiet() {
		return nil
	}
	return k.still.Part(struct{}{})
}

// unfinished is the error of a Shutdown that was given up.
func (k *Keeper) unfinished(err error) error {
	var guards, workers []string
	for _, r := range k.records(func(*entry) bool { return true }) {
		guards = append(guards, fmt.Sprintf("guard %d %q (%s)", r.ID, r.Name, r.Cause))
	}
	k.lock()
	for h := range k.homes() {
		if w := h.worker; w != nil {
			workers = append(workers, fmt.Sprintf("worker %d %q", w.id, w.name))
		}
	}
	giving := k.giving
	k.mu.Unlock()
	left := append(some(workers), some(guards)...)
	if giving > 0 {
		left = append(left, fmt.Sprintf("%d notices", giving))
	}
	if len(left) == 0 {
		return nil // the last has ended while we looked, and that wins
	}
	return fmt.Errorf("vigil: Shutdown: %w; left: %s", err, strings.Join(left, ", "))
}

// some returns ten, and how many more there are.
func some(all []string) []string {
	if n := len(all) - 10; n > 0 {
		return append(all[:10:10], fmt.Sprintf("and %d more", n))
	}
	return all
}
