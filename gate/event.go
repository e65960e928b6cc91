package gate

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/petiole-go/petiole/internal/park/signal"
)

// An Event is set or not, and goroutines wait until it is. It may be set and cleared
// again and again. The zero Event is not set. All methods may be called by any number of
// goroutines. An Event must not be copied.
//
// Set is synchronized before the return of a Wait that it lets go, a receive from Done that
// it ends, and an IsSet that is true by it.
//
// For what happens once and has no Clear, closing a channel does as well. It is Toro's
// Event, and that of Python's threading.
type Event struct {
	// set is written under mu. Who reads true has seen what came before Set.
	set  atomic.Bool
	mu   sync.Mutex
	wait signal.Latch[struct{}]
	done chan struct{} // given by Done since it was last set; closed under mu by Set
}

// closed is what Done gives when the fact holds. It is made here, outside any bubble of
// testing/synctest, and so may be received from in each.
var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Set sets the event, and frees all who are waiting, even if Clear follows at once. It
// reports whether the event was not set before.
func (e *Event) Set() bool {
	e.mu.Lock()
	if e.set.Load() {
		e.mu.Unlock()
		return false
	}
	e.set.Store(true) // first: who is told by Done finds it set
	finish(&e.done)   // under mu: who finds that it was set already finds all of it done
	c := e.wait.Part(struct{}{})
	e.mu.Unlock()
	c.Open()
	return true
}

// finish closes the channel that Done gave, if it gave one, and forgets it.
func finish(done *chan struct{}) {
	if *done != nil {
		close(*done)
		*done = nil
	}
}

// Clear has those who come wait again. It reports whether the event was set.
func (e *Event) Clear() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.set.Swap(false)
}

// IsSet reports whether the event is set, which may have changed by the time you look.
func (e *Event) IsSet() bool { return e.set.Load() }

// Wait waits until the event is set, or returns ctx.Err(). One that is set wins over a
// context that has ended.
func (e *Event) Wait(ctx context.Context) error {
	known(ctx)
	if e.set.Load() {
		return nil
	}
	e.mu.Lock()
	if e.set.Load() {
		e.mu.Unlock()
		return nil
	}
	_, err := e.wait.Wait(ctx, &e.mu)
	return err
}

// Done returns a channel that is closed when the event is set: one and the same until then,
// and another after a Clear. It is made by the first Done that needs one, and belongs to the
// bubble of testing/synctest in which that is called, as does the Set that closes it. The
// channel of an event that is set serves everywhere.
func (e *Event) Done() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.set.Load() {
		return closed
	}
	if e.done == nil {
		e.done = make(chan struct{})
	}
	return e.done
}

func known(ctx context.Context) {
	if ctx == nil {
		panic("gate: a nil context")
	}
}
