// Package park is who waits: lines of waiters that are served first come, first
// served, leave when their context ends, and lose nothing when both happen at
// once. How one waits is package signal's.
//
// # The idea
//
// An owner (a semaphore, a queue) keeps its state and a [Line] under one mutex.
// Who cannot be served joins the line under that mutex, lets go of it, and
// waits. Who makes service possible moves what was waited for (a permit, an
// item) into the waiter under the mutex: that is the grant. Nobody has to look
// again or to compete when it wakes, and nobody in between can take what was
// granted.
//
//	waits:   lock, look, Join, unlock, Wait ............... read Value, Free
//	grants:                          lock, set Value, Grant, unlock, Wake
//	leaves:                    (the context ends) lock, unlink, look, unlock, Wake
//
// # States
//
//	          Wait, about to block
//	waiting -----------------------> sleeping
//	   |                                |
//	   | Grant: no signal               | Grant: one signal, after unlocking
//	   '----------> granted <-----------'
//
// One atomic word per waiter. The waiter alone writes sleeping, with a
// compare-and-swap; a granter alone writes granted, with a swap under the
// owner's mutex that also tells it whether there is anybody to wake. A waiter
// that leaves changes no word: the mutex decides, by whether it is in line.
//
// Who joins an empty line yields once before it sleeps. Often it is served by
// then, and has paid for no channel, no select and no clock. Who stands behind
// others blocks at once: it could only be served after them, and a yield would be
// another turn through the scheduler for each of a crowd.
//
// # Invariants
//
// "Under the mutex" is that of the line's owner.
//
//	I1  A waiter is in line from Join until it is granted, dropped or leaves, each
//	    of which happens under the mutex and takes it out. So one of them happens,
//	    and once: unlink panics otherwise.
//	I2  The word goes waiting -> sleeping once at most, and to granted once at
//	    most, and from there nowhere.
//	I3  Who takes the mutex in order to leave and is in line has not been granted
//	    and never will be; if it is not in line it has been served. There is no
//	    third case, and nothing to hand back.
//	I4  The swap that finds sleeping owes exactly one signal, and the sleeper does
//	    not return from Wait before it has received it, even if its context ended.
//	    So a channel sees one signal, and the tickets that a granter has chained
//	    stay what they are until it has woken them.
//	I5  A waiter that was granted while waiting is gone: after that swap the
//	    granter touches nothing of it.
//	I6  Between a departure and the unlock that follows it the owner looks at the
//	    line again. The one that left may have been all that kept the others from
//	    being served (a heavy acquire before light ones: golang/go#37852, and
//	    x/sync v0.24.0 and v0.25.0 with weight 0).
//	I7  Of a waiter in several lines only who has its claim grants it or makes it
//	    leave, and one has it, once and for good.
//	I8  What is kept of a wait is one zeroed node per line: no value, no context,
//	    no channel.
//
// # Edges
//
// Grant is synchronized before Wait returns nil, and so is what the granter did
// before it, the write of Value above all: by the word if the waiter sees
// granted there, by the signal if it slept, by the mutex if its context ended.
// What the waiter wrote into Value between Join and its unlock is ordered before
// the granter by the mutex. The waiter's channel is ordered before the granter's
// use of it by the word: compare-and-swap to sleeping, then the swap that finds it.
//
// # Rejected
//
//   - Waking all, or the head, and letting it try: the woken one races with who
//     comes just now, and either loses its turn or needs a flag that says that it
//     has been promised; and a wake-up given to one that leaves is lost (anyio
//     #1170, cpython gh-112202).
//   - Signalling under the mutex: a release that serves a thousand holds it for a
//     thousand wake-ups.
//   - A channel kept in the node, or a pool of them: a channel of one
//     testing/synctest bubble ends the process in another.
//   - Undoing a grant that met the end of the context (x/sync before v0.3.0): the
//     undone permit must find its way to the next, which is one more race; and the
//     caller has what it asked for.
//   - A word that the leaving waiter claims by compare-and-swap, without the
//     mutex: the node must then stay in line as a tombstone, or the mutex be taken
//     all the same. Ten thousand waiters that left would be walked over.
//   - A free list of nodes. To give one back under the mutex is to take it once
//     more per wait. One atomic place is enough for a crowd too: who is served frees
//     its node about when the next one joins (BenchmarkPark, shape=crowd: 110 bytes
//     a wait, which is the channel).
//
// The hand-over under the lock is that of x/sync/semaphore (Bryan Mills), the
// states are those of java.util.concurrent's queued synchronizers (Doug Lea), and
// parking with one look before it is as old as spinning.
package park

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/petiole-go/petiole/internal/park/signal"
	"github.com/petiole-go/petiole/internal/park/spin"
)

// The states of a ticket.
const (
	waiting = iota
	sleeping
	granted
)

// A ticket is what a granter and its waiter share: of each waiter, or one for all
// the lines in which it stands.
type ticket struct {
	state   atomic.Uint32  // I2
	sleeper signal.Sleeper // made by the waiter before sleeping
	next    *ticket        // in a Woken: written by the granter that found sleeping
}

// yield lets others run once, and reports whether one of them has granted t.
func (t *ticket) yield() bool {
	runtime.Gosched()
	return t.state.Load() == granted
}

// sleep returns true when t was granted, false when the context that its sleeper heeds
// has ended first, and, if that is timed, how long it slept, if it did.
func (t *ticket) sleep(timed bool) (slept time.Duration, served bool) {
	t.sleeper.Ready()
	if !t.state.CompareAndSwap(waiting, sleeping) {
		return 0, true // granted meanwhile, and nobody will signal
	}
	if !timed {
		return 0, t.sleeper.Sleep()
	}
	start := time.Since(epoch)
	served = t.sleeper.Sleep()
	return time.Since(epoch) - start, served
}

// epoch is some moment to count from: [time.Since] reads one clock, [time.Now] two.
var epoch = time.Now()

// consume waits for the signal of a grant that came before the end of the
// context was seen. The granter is about to send it: it has the mutex no more, or
// will not have it for long. I4
func (t *ticket) consume() { t.sleeper.Consume() }

// A Woken is those who were granted in their sleep and are still to be woken, in
// the order of their grants. The zero value is nobody. It is a chain through the
// waiters, so that a thousand cost no allocation.
type Woken struct{ first, last *ticket }

// Wake wakes them. It is called after unlocking, on every way out: who granted
// and does not wake has stopped a goroutine for good.
func (k *Woken) Wake() {
	for t := k.first; t != nil; {
		next := t.next // before the signal, which gives t away
		t.sleeper.Wake()
		t = next
	}
	*k = Woken{}
}

func (k *Woken) grant(t *ticket) {
	if t.state.Swap(granted) != sleeping {
		return // I5
	}
	if k.last == nil {
		k.first = t
	} else {
		k.last.next = t
	}
	k.last = t
}

// A Line is waiters in the order in which they came. The zero value is an empty
// line. Its owner's mutex guards it and all its methods; it must not be copied.
type Line[V any] struct {
	Timed bool // Wait tells for how long it slept; set before anybody joins

	head, tail *Waiter[V]
	n          int

	// spare is one zeroed node, for the next who joins. It is put here without the
	// mutex by whoever has waited, and taken under it. The node's zeroing is ordered
	// before its use by the store and the swap.
	spare atomic.Pointer[Waiter[V]]
}

// A Waiter stands in a line. What it wants, and what it gets, is in Value: its
// owner writes that under the mutex as long as it is in line, and who waits
// reads it after Wait.
type Waiter[V any] struct {
	Value V

	ticket
	ctx     context.Context
	mu      *sync.Mutex // the owner's; guards the following
	line    *Line[V]
	several *Several[V] // nil for who stands in one line
	in      bool        // in line. I1
	first   bool        // joined an empty line
	next    *Waiter[V]
	prev    *Waiter[V]
	left    Woken // who was granted when it left; here, for a look would make it escape
}

// Len returns how many are in line. Some may have been served in another line
// (see [Several]) and not have left this one yet.
func (l *Line[V]) Len() int { return l.n }

// Head returns the first in line, nil if there is none. It may be served in part,
// through its Value, and keep its place.
func (l *Line[V]) Head() *Waiter[V] { return l.head }

// All walks the line from its head. The body may take the waiter that it was
// given out of line, and nobody else.
func (l *Line[V]) All() func(yield func(*Waiter[V]) bool) {
	return func(yield func(*Waiter[V]) bool) {
		for w := l.head; w != nil; {
			next := w.next // before w is granted, which gives it away
			if !yield(w) {
				return
			}
			w = next
		}
	}
}

// Join puts a waiter at the end of the line. mu is the owner's mutex, which is
// held; Value is zero, and is to be set before it is let go. Then comes Wait, or
// Leave.
//
// A nil ctx panics, without mu, and nobody has joined.
func (l *Line[V]) Join(ctx context.Context, mu *sync.Mutex) *Waiter[V] {
	if ctx == nil {
		mu.Unlock()
		panic("petiole: a nil context")
	}
	w := l.spare.Swap(nil)
	if w == nil {
		w = new(Waiter[V])
	}
	w.ctx, w.mu, w.line = ctx, mu, l
	w.in, w.first = true, l.n == 0
	if l.n++; w.first {
		l.head = w
	} else {
		w.prev, l.tail.next = l.tail, w
	}
	l.tail = w
	return w
}

// unlink takes w out of line. I1
func (w *Waiter[V]) unlink() {
	if !w.in {
		panic("park: a waiter that is not in line")
	}
	l := w.line
	if l.n--; w.prev == nil {
		l.head = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		l.tail = w.prev
	} else {
		w.next.prev = w.prev
	}
	w.in, w.next, w.prev = false, nil, nil
}

// Grant serves w, in the way that Value says, and takes it out of line: Wait will
// return nil, whatever its context does. Called under the mutex; w is not to be
// touched after. k is to be woken when the mutex has been let go.
//
// Success or failure is all the same here. An owner that closes sets an error in
// Value and grants.
func (w *Waiter[V]) Grant(k *Woken) {
	w.unlink()
	t := &w.ticket
	if a := w.several; a != nil {
		a.served = w
		t = &a.ticket
	}
	k.grant(t) // last: it may give w away
}

// Wait waits, without the mutex, until w is granted, and returns nil; or until its
// context ends, and returns ctx.Err(), when w has left the line and was not granted.
// slept is for how long it slept, 0 if it did not or the line is not timed: a clock is read twice for
// it, which is a tenth of a wait.
//
// look is called if w leaves, under the mutex: the owner counts the departure, and
// grants who can be served now. Wait wakes them. A panic of look comes out of
// Wait, when w has left and the mutex is free; so does one of the context's methods. If w had
// been granted before that, lost is called first, without the mutex: nobody else knows of what it was
// granted. With a nil lost it is gone.
//
// The owner then reads Value, and calls Free.
func (w *Waiter[V]) Wait(look func(k *Woken), lost func()) (slept time.Duration, err error) {
	if w.first && w.yield() {
		return 0, nil
	}
	w.heed(look, lost)
	slept, served := w.sleep(w.line.Timed)
	if served {
		return slept, nil
	}
	if w.Leave(look) {
		return slept, signal.Err(w.ctx) // not under the mutex: it may call back
	}
	w.consume()
	return slept, nil
}

// heed asks for the end of the context, which may be the user's: if it panics or exits w
// leaves. It has not slept, so nobody owes it a signal.
func (w *Waiter[V]) heed(look func(k *Woken), lost func()) {
	stays := false
	defer func() {
		if !stays && !w.Leave(look) && lost != nil {
			lost()
		}
	}()
	w.sleeper.Heed(w.ctx)
	stays = true
}

// Leave takes w out of line, instead of Wait, and calls look as Wait does. It
// reports false if w has been granted before, which stands.
func (w *Waiter[V]) Leave(look func(k *Woken)) bool {
	spin.Lock(w.mu)
	defer func() { // deferred, for a look that panics or exits
		w.mu.Unlock()
		w.left.Wake()
	}()
	if !w.in {
		return false // I3
	}
	w.unlink()
	look(&w.left) // I6
	return true
}

// Free gives the node back, zeroed, when its owner has read Value. Called without
// the mutex or with it; w is not to be touched after.
func (w *Waiter[V]) Free() {
	l := w.line
	*w = Waiter[V]{} // nobody else knows it any more: I3, I4, I5
	l.spare.Store(w) // what was there goes to the collector
}
