package semaphore

import (
	"context"
	"sync"
)

// A Permit is some permits that are held, as a value: it may be handed on, and is given back
// once, by whoever comes first. It is made by Take or TryTake of a [Semaphore] or a [Keyed];
// another one panics. All methods may be called by any number of goroutines. A Permit must
// not be copied.
//
// What a Permit holds is given back through it alone. If Release of the semaphore has given it
// back, the Permit's own Release or Forget may panic, and then has changed nothing.
//
// It costs no allocation if it does not leave the function that took it, else one.
type Permit struct {
	_ [0]sync.Mutex // for go vet: a copy would be released twice

	ledger *ledger // nil: not made by Take
	of     *permits
	n      int64
	done   bool   // guarded by ledger's mutex: released or forgotten
	token  *token // nil: its leak is not reported
}

// Take acquires n permits as Acquire does, and returns them as a value; a Permit of 0 if n is 0.
func (s *Semaphore) Take(ctx context.Context, n int64) (*Permit, error) {
	return s.take(ctx, n, new(Permit)) // inlined, so that the caller decides whether it escapes
}

func (s *Semaphore) take(ctx context.Context, n int64, p *Permit) (*Permit, error) {
	if err := s.Acquire(ctx, n); err != nil {
		return nil, err
	}
	s.fill(p, n)
	return p, nil
}

// TryTake is Take if TryAcquire would take n permits; else it returns nil and false.
func (s *Semaphore) TryTake(n int64) (*Permit, bool) {
	return s.tryTake(n, new(Permit))
}

func (s *Semaphore) tryTake(n int64, p *Permit) (*Permit, bool) {
	if !s.TryAcquire(n) {
		return nil, false
	}
	s.fill(p, n)
	return p, true
}

func (s *Semaphore) fill(p *Permit, n int64) {
	p.ledger, p.of, p.n = &s.ledger, &s.permits, n
	if f := s.onLeak.Load(); f != nil {
		p.token = watch(n, *f)
	}
}

// N returns how many permits it holds, or held.
func (p *Permit) N() int64 {
	p.taken()
	return p.n
}

func (p *Permit) taken() {
	if p == nil || p.ledger == nil {
		panic(notTaken)
	}
}

// Release gives back what the Permit holds, and reports true; or false if that has been released or
// forgotten before. So it may be deferred, called early, and called by a timer that comes too late.
func (p *Permit) Release() bool {
	p.taken()
	p.ledger.lock()
	if !p.end() {
		return false
	}
	if p.n == 0 { // of a key, it is noKey's, of which nothing is held
		p.ledger.mu.Unlock()
	} else {
		p.of.release(p.ledger, p.n)
	}
	p.token.stop()
	return true
}

// Forget gives up what the Permit holds without giving it back: the limit shrinks by it. What is
// owed, because the limit has been lowered before, is paid first. As with [Semaphore.Resize] those
// who wait for more than is left fail, and a limit of 0 is a pause. After a Release or a Forget it
// does nothing. A Permit of a Keyed panics.
//
// With it a pool of so many things shrinks when one of them breaks; [Semaphore.Grow] adds one.
func (p *Permit) Forget() {
	p.taken()
	if p.of.gone != nil {
		panic("semaphore: Forget of a key's permit")
	}
	p.ledger.lock()
	if !p.end() {
		return
	}
	s := p.of
	owed := max(0, s.held-s.limit)
	s.held -= p.n
	s.setLimit(p.ledger, s.limit-max(0, p.n-owed))
	p.token.stop()
}

// end marks the Permit as ended, with the mutex held, and reports true; or false, or panics, without the mutex,
// if it has ended before, or cannot.
func (p *Permit) end() bool {
	if p.done {
		p.ledger.mu.Unlock()
		return false
	}
	if p.n > 0 && p.n > p.of.held { // somebody else has given it back
		p.ledger.mu.Unlock()
		panic(overReleased)
	}
	p.done = true
	return true
}
