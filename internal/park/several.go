package park

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/petiole-go/petiole/internal/park/signal"
)

// A Several is a waiter that stands in several lines, which may have different
// owners, and is served in one of them. It has a node in each line and one claim
// for all, which is taken once. No two owners' mutexes are held at once: who serves
// has that of its own line, and takes the claim.
//
// Under the mutex of its line a granter takes the claim before it moves anything,
// as another line may have served already, and then grants: whatever might keep it
// from that comes before the claim. If it loses the claim it drops the node and goes on
// to the next in line, at once: what the other does it could wait for only under a
// mutex.
//
// The waiter takes the claim to leave, and also when it finds what it wants on
// its way from line to line: in the second queue, when the first may be serving it.
type Several[V any] struct {
	ticket
	ctx   context.Context
	claim atomic.Bool // I7
	first bool        // joined an empty line
	// served is the node that was granted: written by who has the claim, before the
	// word says granted.
	served *Waiter[V]
	stands []stand[V] // of the waiter alone
}

type stand[V any] struct {
	w    *Waiter[V]
	look func(*Woken)
}

// NewSeveral returns a waiter that stands nowhere yet. A nil ctx panics. It asks ctx for its
// Done before there is a line to leave.
func NewSeveral[V any](ctx context.Context) *Several[V] {
	if ctx == nil {
		panic("petiole: a nil context")
	}
	a := &Several[V]{ctx: ctx}
	a.sleeper.Heed(ctx)
	return a
}

// Join puts a node of a at the end of l, under mu, the mutex of its owner. look is
// called under mu when it leaves. See [Line.Join]; the node is not to be waited
// for or freed by itself.
func (a *Several[V]) Join(l *Line[V], mu *sync.Mutex, look func(k *Woken)) *Waiter[V] {
	w := l.Join(a.ctx, mu)
	w.several = a
	a.first = a.first || w.first
	a.stands = append(a.stands, stand[V]{w, look})
	return w
}

// Claim takes the claim, and reports whether it did. If it did no line will serve
// a, and Leave must follow; if it did not one is serving it now, and Wait must follow.
func (a *Several[V]) Claim() bool { return a.claim.CompareAndSwap(false, true) }

// Wait waits until a is granted in one of its lines, and returns the node whose
// Value says how, to be freed; or until its context ends, and returns ctx.Err().
// When it returns a is in no line. slept is for how long it slept, 0 if it did not.
func (a *Several[V]) Wait() (w *Waiter[V], slept time.Duration, err error) {
	if a.first && a.yield() {
		a.Leave()
		return a.served, 0, nil
	}
	slept, served := a.sleep(true)
	if !served {
		if a.Claim() {
			a.Leave()
			return nil, slept, signal.Err(a.ctx)
		}
		a.consume() // who has the claim grants
	}
	a.Leave()
	return a.served, slept, nil
}

// Leave takes a out of all lines, one after the other, after Claim. What panics in
// a look comes out when a has left them all.
func (a *Several[V]) Leave() {
	defer func() {
		if len(a.stands) > 0 { // a look panicked or exited
			a.Leave()
		}
	}()
	for len(a.stands) > 0 {
		last := len(a.stands) - 1
		s := a.stands[last]
		a.stands = a.stands[:last]
		if s.w != a.served {
			s.w.Leave(s.look)
			s.w.Free()
		}
	}
}

// Claim is called under the mutex before w is granted, and before anything is moved
// for it. It is true for a waiter in one line. If it is true w must be granted, before
// the mutex is let go. If a waiter in several is being served elsewhere, or leaves, w is
// dropped, and the answer is false.
func (w *Waiter[V]) Claim() bool {
	if w.several == nil || w.several.Claim() {
		return true
	}
	w.Drop()
	return false
}

// Claimed reports whether w, of a waiter in several lines, is only still in this one:
// another serves it, or its goroutine leaves.
func (w *Waiter[V]) Claimed() bool { return w.several != nil && w.several.claim.Load() }

// Drop takes w, of a waiter in several lines, out of this one: it can no longer be
// served here, and waits on in the others. The owner sees to it that there are some.
func (w *Waiter[V]) Drop() { w.unlink() }
