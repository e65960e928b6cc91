package vigil

import (
	"github.com/petiole-go/petiole/internal/park/signal"
)

// How a claimed entry is reclaimed, and ends. entry.go has the states and the invariants.

// A job is a reclaim that its owner is to run: it has the claim. It is not run under the mutex.
type job struct {
	e    *entry
	stop func() bool // of the context's AfterFunc; nil: nothing to stop
	err  error       // what came of it

	alone bool // its worker has ended, and keeps nothing else; known when it has run
}

// claim is called with the mutex, where V3 allows it and nobody has claimed.
func (e *entry) claim() job {
	e.word.Or(begun)
	// A timer of a bubble cannot be stopped outside of it, where a dropped guard is reclaimed: that one fires in vain.
	if x := e.extra.Load(); x != nil && x.timer != nil && e.cause() != Dropped {
		x.timer.Stop()
	}
	return job{e: e, stop: e.leave()}
}

// run leaves the context, reclaims, counts, calls the hooks, and ends the entry, also if one of them exits the goroutine. It
// returns what came of the reclaim.
func (j *job) run() error {
	if j.stop != nil {
		j.unregister()
	}
	j.reclaim()
	return j.err
}

func (j *job) unregister() {
	exits := true
	defer func() {
		if exits {
			j.reclaim()
		}
	}()
	j.e.keeper().stop(j.stop)
	exits = false
}

func (j *job) reclaim() {
	j.err = ErrGoexit // unless it returns
	exits := true
	defer func() {
		if exits {
			j.settle()
		}
	}()
	j.err = j.e.self.call()
	exits = false
	j.settle()
}

// settle is what comes after the reclaim.
func (j *job) settle() {
	k, c := j.e.keeper(), j.e.cause()
	k.lock()
	k.pending--
	k.reclaimed[c]++
	if k.o.OnReclaim == nil && (k.o.OnLeak == nil || !c.leak()) {
		j.alone = j.e.end()
		return
	}
	k.mu.Unlock()
	j.hooks()
}

// hooks calls the hooks and ends the entry. It is apart from settle, for the stack of those who have none.
//
//go:noinline
func (j *job) hooks() {
	k, rec := j.e.keeper(), j.e.record()
	rec.Err = j.err
	defer func() {
		k.lock()
		j.alone = j.e.end()
	}()
	if rec.Cause.leak() {
		defer k.tell(k.o.OnLeak, rec) // also if OnReclaim exits
	}
	k.tell(k.o.OnReclaim, rec)
}

// end has the entry be over, and reports whether it was the last of a worker that has ended. It is called with the mutex, and
// lets it go.
func (e *entry) end() (alone bool) {
	h := e.home.Load()
	k := h.keeper
	if e.word.Or(over) < pin {
		e.self.clear() // V5
	}
	h.remove(e)
	k.left--
	if x := e.extra.Load(); x != nil {
		if x.done != nil {
			close(x.done)
		}
		e.extra.Store(nil) // functions of the user's, which may lead to R
	}
	var ended *signal.Crowd[struct{}]
	if w := h.worker; w != nil && w.ended != 0 && h.first == nil {
		alone = true
		ended = w.moved.Part(struct{}{})
	}
	quiet := k.quiet()
	k.mu.Unlock()
	ended.Open()
	quiet.Open()
	return alone
}

// interrupt calls the Interrupts of those that take has returned true for, then has their reclaims go on.
func (k *Keeper) interrupt(all []*entry) {
	each(all, func(e *entry) {
		x := e.extra.Load() // stays, as nobody claims e
		defer func() {
			k.lock()
			e.word.And(^uint64(interrupting))
			told := x.told.Part(struct{}{})
			var worker *signal.Crowd[struct{}]
			if e.word.Load()&(forced|begun) == forced {
				worker = k.free(e)
			}
			k.mu.Unlock()
			told.Open()
			worker.Open()
		}()
		k.lock()
		fs := x.interrupts
		x.interrupts = nil // once
		k.mu.Unlock()
		each(fs, k.call)
	})
}

// each calls f with each item, those after one with which f exits the goroutine too.
func each[T any](items []T, f func(T)) {
	i := -1
	defer func() {
		if i+1 < len(items) {
			each(items[i+1:], f)
		}
	}()
	for i+1 < len(items) {
		i++
		f(items[i])
	}
}
