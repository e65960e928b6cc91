package vigil

import (
	"sync/atomic"
	"time"

	"github.com/petiole-go/petiole/internal/park/signal"
)

// # The one decision
//
// A guard is a handle. What the keeper knows of a resource is its entry, which does not lead back to the handle: so
// the collector can tell when nobody has the handle any more. Whatever ends the vigil over a resource (a Release, the
// end of a worker, of a context, of a lease, of the last mention, of the keeper) decides it, and one decision wins:
//
//	            decide                 claim                   end
//	   live -------------> decided -----------------> begun ----------> over
//	    |    by whom comes first,   by one: nobody      the reclaim and
//	    |    under the mutex        uses R any more,    the hooks have run
//	    |                           or it is forced
//	    '------------------------- Detach -----------------------------> over
//
// Who claims runs the reclaim, on its goroutine: who decided, if that is a Release or a worker's end; else one of the
// reclaimers, to whom it was queued; and if the resource was in use, the last Use to end.
//
// # Invariants
//
//	V1  The state is one atomic word. All of it but the pins changes under the keeper's mutex, from left to
//	    right in the picture. Under the mutex one sees a live entry and makes it decided, so one trigger wins.
//	V2  Pins are Uses under way. They are added, without the mutex, by a compare-and-swap that finds the entry live;
//	    so once it is decided the pins only fall, and who brings them to 0 takes the mutex and looks.
//	V3  An entry that had pins when it was decided is claimed by who brings them to 0; or by anybody if it is forced, as a lease
//	    has ended: so beside a reclaim there is a Use only of a forced one. All others have no pins, and are
//	    claimed by anybody. None is claimed while its Interrupt runs.
//	V4  Who can claim a decided entry does so, or has queued it for who will. When the pins fall to 0 that is who
//	    brought them there; if an Interrupt runs it waits for that first.
//	V5  R is read by who has a pin, by who has the claim, and by Detach under the mutex. It is cleared under the mutex
//	    when the entry is over and has no pins: nobody is left who reads it.
//	V6  The entry is in the list of its home from Bind until it is over. What a home lists is what Live, Shutdown and
//	    the end of a worker know.
//	V7  No function of the user's runs under the mutex, nor any method of a context.
//
// # Rejected
//
//   - Deciding by the compare-and-swap alone, and counting after: Stats would see a guard that is neither live nor
//     pending, or both. The mutex is taken for the lists anyway.
//   - A reclaim on the goroutine of the runtime that runs cleanups, or of a context's AfterFunc: one that blocks there
//     stops what is not ours.
//   - A recycled entry or handle, which would save the allocations: a stale Release would take the next holder's R.

// The bits of an entry's word.
const (
	causeBits = 1<<4 - 1 // the Cause that has won, 0 while live
	detached  = 1<<4 - 1 // in place of a Cause

	begun        = 1 << 4 // claimed
	over         = 1 << 5
	waits        = 1 << 6  // for Uses: there were some when it was decided
	forced       = 1 << 7  // does not wait for Uses any more
	interrupting = 1 << 8  // Interrupt is about to run, or runs
	leased       = 1 << 9  // has a lease; set by Bind
	pooled       = 1 << 10 // is out of a pool, which wants to hear of Detach; set by Acquire

	pin = 1 << 16 // and from there on: how many Uses
)

// An entry is what a keeper knows of a resource. Its keeper's mutex guards what has no other comment.
type entry struct {
	word atomic.Uint64        // V1, V2
	self resource             // never changes
	home atomic.Pointer[home] // written under the mutex; whoever's it is, the keeper is the same
	id   uint64
	born time.Time

	ended      time.Duration // the decision, so long after born
	prev, next *entry        // in home's list. V6
	source     *source       // of the context that ends it; nil: none
	up, down   *entry        // in source's list

	// extra is what most have not; nil: nothing. It is written under the mutex.
	extra atomic.Pointer[extra]
}

// A resource is an entry with its R.
type resource interface {
	call() error // the reclaim
	clear()      // forgets R
}

// extra is what costs something only where it is asked for.
type extra struct {
	name    string    // never changes, as pcs and refused
	pcs     []uintptr // of the Bind
	refused *Worker   // to which it could not be bound

	interrupts []func()
	told       signal.Latch[struct{}] // when Interrupt has returned
	done       chan struct{}          // given by Done, and not closed yet

	lease    time.Duration
	deadline time.Duration // of the lease, so long after born
	timer    *time.Timer   // fires at the deadline, or at an earlier one

	swept bool // Sweep has told OnLeak of it
}

// A home is where entries are listed: a keeper's own, of those without a worker, or a worker's. The homes of a keeper are
// a ring, which begins with its own.
type home struct {
	keeper      *Keeper
	worker      *Worker // nil: the keeper's own
	first, last *entry
	prev, next  *home
}

// open puts h at the end of the ring that begins with first.
func (h *home) open(first *home) {
	h.prev, h.next = first.prev, first
	h.prev.next, first.prev = h, h
}

func (h *home) shut() {
	h.prev.next, h.next.prev = h.next, h.prev
	h.prev, h.next = nil, nil
}

func (h *home) add(e *entry) {
	e.home.Store(h)
	if e.prev = h.last; e.prev == nil {
		h.first = e
	} else {
		e.prev.next = e
	}
	h.last = e
}

// remove takes e out of the list. A gone guard must not keep a worker in memory, so the keeper is its home from now on.
func (h *home) remove(e *entry) {
	if e.prev == nil {
		h.first = e.next
	} else {
		e.prev.next = e.next
	}
	if e.next == nil {
		h.last = e.prev
	} else {
		e.next.prev = e.prev
	}
	e.prev, e.next = nil, nil
	if h.worker != nil {
		e.home.Store(&h.keeper.home)
	}
}

// more returns e's extra, which it makes if need be.
func (e *entry) more() *extra {
	x := e.extra.Load()
	if x == nil {
		x = new(extra)
		e.extra.Store(x)
	}
	return x
}

func (e *entry) keeper() *Keeper { return e.home.Load().keeper }

// live reports whether nothing has been decided. Without the mutex that may change at once.
func (e *entry) live() bool { return e.word.Load()&causeBits == 0 }

// pin has R stay for a Use, and reports false if it is too late. V2
func (e *entry) pin() bool {
	for {
		v := e.word.Load()
		if v&causeBits != 0 {
			return false
		}
		if e.word.CompareAndSwap(v, v+pin) {
			return true
		}
	}
}

// unpin ends a Use, and does what is left to do for the last one. It is synchronized before the reclaim: by the word
// and by the mutex.
func (e *entry) unpin() {
	if v := e.word.Add(^uint64(pin - 1)); v >= pin || v&causeBits == 0 {
		return
	}
	e.unused()
}

// unused is called when the last Use of what was decided has ended.
func (e *entry) unused() {
	k := e.keeper()
	k.lock()
	for e.word.Load()&interrupting != 0 {
		_, _ = e.extra.Load().told.Wait(forever, &k.mu) // V4
		k.lock()
	}
	switch v := e.word.Load(); {
	case v&over != 0:
		e.self.clear() // V5
		k.mu.Unlock()
	case v&begun != 0: // forced, and still being reclaimed; who does that clears R
		k.mu.Unlock()
	default:
		j := e.claim()
		k.mu.Unlock()
		_ = j.run()
	}
}

// decide has c win, at that time after born, and reports whether it has; busy, whether R is in use. V1
//
// With the mutex.
func (e *entry) decide(c Cause, ended time.Duration) (won, busy bool) {
	if !e.live() {
		return false, false
	}
	k := e.keeper()
	k.live--
	k.pending++
	e.ended = max(0, ended) // before the word tells it; who read the clock may have waited for a Bind
	if busy = e.word.Or(uint64(c)) >= pin; busy {
		e.word.Or(waits) // the last Use may have ended since: it wants the mutex
	}
	if c == Expired {
		e.word.Or(forced)
	}
	return true, busy
}

// take decides for a trigger that does not reclaim by itself, and queues the reclaim, unless it has to wait. It
// returns true if the caller is to interrupt e.
//
// With the mutex.
func (e *entry) take(c Cause, now time.Time) (interrupt bool) {
	if c != Dropped && e.late(now) { // who drops may have another clock, outside of a bubble
		c = Expired
	}
	won, busy := e.decide(c, now.Sub(e.born))
	switch {
	case !won:
		return false
	case busy && e.interruptible():
		return true
	case !busy || c == Expired:
		e.keeper().queue(e)
	}
	return false
}

// interruptible reports whether there is an Interrupt that the caller, who has decided e while R is in use, has to call;
// nobody claims e before that has returned. With the mutex.
func (e *entry) interruptible() bool {
	if x := e.extra.Load(); x == nil || len(x.interrupts) == 0 {
		return false
	}
	e.word.Or(interrupting)
	return true
}

// claimable reports whether nobody has claimed e, which is decided, and anybody may. V3
func (e *entry) claimable() bool {
	v := e.word.Load()
	return v&(begun|interrupting) == 0 && (v&waits == 0 || v&forced != 0)
}

func (e *entry) cause() Cause { return Cause(e.word.Load() & causeBits) }

// record is what is known of e: with the mutex, or by who has the claim, until e is over. It is made where it is
// needed, as a worker has a small stack, which each copy that it carried along would make grow.
func (e *entry) record() (r Record) {
	e.fill(&r)
	return r
}

func (e *entry) fill(r *Record) {
	r.ID, r.Born, r.Cause = e.id, e.born, e.cause()
	if r.Cause != 0 {
		r.Ended = e.born.Add(e.ended)
	}
	w := e.home.Load().worker
	if x := e.extra.Load(); x != nil {
		r.Name, r.PCs = x.name, x.pcs
		if x.refused != nil {
			w = x.refused
		}
	}
	if w != nil {
		r.Worker = w.id
		if r.Name == "" {
			r.Name = w.name
		}
	}
}
