package gate

import (
	"context"
	"errors"
)

// ErrNotReady is returned by TryGet while the promise is pending.
var ErrNotReady = errors.New("gate: the promise is pending")

// A Promise is a result that is there once and for all: a value or an error. Goroutines wait
// for it, and all get the same. The zero Promise is pending. All methods may be called by any
// number of goroutines. A Promise must not be copied.
//
// Set and Fail are synchronized before the return of a Get or TryGet that has their result,
// and before a receive from Done.
//
// It runs nothing, and knows of nobody who will settle it: if nobody does, Get waits for
// its context. It is Toro's AsyncResult, which is gevent's.
type Promise[T any] struct {
	fact fact // holds once v and err are written, which do not change from then on
	v    T
	err  error
}

// Set settles the promise with v. It reports false if it was settled already: then it stays
// as it was.
func (p *Promise[T]) Set(v T) bool { return p.settle(v, nil) }

// Fail settles the promise with err: Get returns the zero value and err itself. It reports
// false if it was settled already: then it stays as it was. A nil err panics.
func (p *Promise[T]) Fail(err error) bool {
	if err == nil {
		panic("gate: a promise that fails without an error")
	}
	var none T
	return p.settle(none, err)
}

func (p *Promise[T]) settle(v T, err error) bool {
	p.fact.mu.Lock()
	if p.fact.state.Load() == settled {
		p.fact.mu.Unlock()
		return false
	}
	p.v, p.err = v, err // before anybody is told: who knows that the fact holds reads them without mu
	p.fact.establish()
	return true
}

// Get waits until the promise is settled, and returns its result, or ctx.Err(). A result
// wins over a context that has ended.
func (p *Promise[T]) Get(ctx context.Context) (T, error) {
	if err := p.fact.await(ctx); err != nil {
		var none T
		return none, err
	}
	return p.v, p.err
}

// TryGet returns the result, or ErrNotReady.
func (p *Promise[T]) TryGet() (T, error) {
	if p.fact.holds() {
		return p.v, p.err
	}
	var none T
	return none, ErrNotReady
}

// Done returns a channel that is closed when the promise is settled. It is made by the first
// Done that needs one, and belongs to the bubble of testing/synctest in which that is called,
// as does the Set or Fail that closes it. The channel of a promise that is settled serves
// everywhere.
func (p *Promise[T]) Done() <-chan struct{} { return p.fact.done() }
