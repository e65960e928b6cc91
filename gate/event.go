package gate

import "context"

// An Event is set or not, and goroutines wait until it is. It may be set and cleared
// again and again. The zero Event is not set. All methods may be called by any number of
// goroutines. An Event must not be copied.
//
// Set is synchronized before the return of a Wait that it lets go, a receive from Done that
// it ends, and an IsSet that is true by it.
//
// For what happens once and has no Clear, closing a channel does as well. It is Toro's
// Event, and that of Python's threading.
type Event struct{ fact fact }

// Set sets the event, and frees all who are waiting, even if Clear follows at once. It
// reports whether the event was not set before.
func (e *Event) Set() bool {
	e.fact.mu.Lock()
	if e.fact.state.Load() == settled {
		e.fact.mu.Unlock()
		return false
	}
	e.fact.establish()
	return true
}

// Clear has those who come wait again. It reports whether the event was set.
func (e *Event) Clear() bool {
	e.fact.mu.Lock()
	defer e.fact.mu.Unlock()
	return e.fact.state.Swap(open) == settled
}

// IsSet reports whether the event is set, which may have changed by the time you look.
func (e *Event) IsSet() bool { return e.fact.holds() }

// Wait waits until the event is set, or returns ctx.Err(). One that is set wins over a
// context that has ended.
func (e *Event) Wait(ctx context.Context) error { return e.fact.await(ctx) }

// Done returns a channel that is closed when the event is set: one and the same until then,
// and another after a Clear. It is made by the first Done that needs one, and belongs to the
// bubble of testing/synctest in which that is called, as does the Set that closes it. The
// channel of an event that is set serves everywhere.
func (e *Event) Done() <-chan struct{} { return e.fact.done() }
