package semaphore

import (
	"context"

	"github.com/petiole-go/petiole/internal/park"
	"github.com/petiole-go/petiole/internal/park/signal"
)

// # How it works
//
// One mutex, a limit, how many are held, and a line of waiters (package park). Whoever makes
// permits free gives them to the first in line, as far as they reach, under the mutex: nobody
// who wakes has to look again, nobody can come in between, and one that gives up has nothing to
// hand back.
//
//	            limit
//	              |    free = limit - held: below 0 while a lowered limit is owed
//	   |----held------|-------|
//	   acquire ->    held     -> grant, from the head of the line, each whole or not at all
//	   release <-    held
//
// That is all there is for each of the types: a lock is permits of which a writer takes all and
// a reader one; a key has permits of its own under the mutex of all.
//
// Invariants, whenever the mutex is free:
//
//	S1  held is the sum of what was granted and has not come back: granted once, at once or to
//	    one in line, in the critical section that counted it. (What is held of all keys is the
//	    ledger's sum.)
//	S2  If somebody waits, the head wants more than is free. So who finds the line empty and
//	    enough free overtakes nobody, and nobody waits in vain.
//	S3  While the limit is above 0 nobody waits for more than it; nobody waits for what is
//	    closed, or for nothing at all.
//	S4  WaitCount = Waiting + Canceled + those who were granted in line; and the time that each has
//	    waited is counted when it is decided.
//	S5  Nobody drains while nothing is held. A permit that passes from one to the next is held all
//	    the while.
//	S6  A key is there as long as some of its permits are held; so as long as somebody waits for it:
//	    its limit is at least 1 and does not change, so if nothing is held the head fits, and by S2
//	    there is none.
//
// What may make S2 false, more that is free or another head, ends in serve: a release, a new limit, a
// departure from the line. (One may leave that wanted more than was free, and those behind it less:
// golang/go#37852.) A release skips it when nobody waits. A close leaves the line empty.
//
// # Rejected
//
// One atomic word of what is free, with bits for "closed" and "somebody waits", changed by
// compare-and-swap as long as nobody does, and a count of acquisitions beside it. Alone it is
// faster, 8 ns for an Acquire and a Release where the mutex takes 11 (of a loop of just that, two
// processors of an AMD EPYC). But where two processors meet in it their swaps fail each other,
// 30 to 39 ns, while one who finds the mutex held stays away for a moment: 14. And an
// over-release, which must leave no trace, would meet a new limit, which is a second word.
//
// Waits that are not timed. A clock is read twice for each, under the mutex, so that WaitDuration and MaxWait are
// of the same moment as all else. Where many wait that is a seventh of what a wait costs, and why x/sync, which
// counts nothing, is the faster one there on one processor (sem-matrix). A clock that is read by who has slept, after the
// mutex, costs as much, and misses those who were served before they slept.

// MaxLimit is the highest limit, and so the heaviest call.
const MaxLimit int64 = 1 << 60

// permits are those of one semaphore or of one key. The methods are called with the mutex of
// the ledger, and say so if they let it go.
type permits struct {
	limit int64
	held  int64 // S1
	line  park.Line[request]
	idle  signal.Latch[struct{}] // parted when nothing is held
	gone  func()                 // of a key: called when nothing is held
}

// take takes n, if they are free and nobody waits. Nothing at all is always free.
func (p *permits) take(l *ledger, n int64) bool {
	if l.closed || n > 0 && (p.line.Len() > 0 || n > p.limit-p.held) {
		return false // S2
	}
	p.grant(l, n)
	return true
}

func (p *permits) grant(l *ledger, n int64) {
	p.held += n
	if p.gone != nil {
		l.held.add(n)
	}
	l.acquired++
}

// put gives n back, of which at least as many are held, and reports whether that is all there is
// to do: whether there is nobody to be served or told.
func (p *permits) put(l *ledger, n int64) bool {
	p.held -= n
	if p.gone != nil {
		l.held.sub(n)
	}
	return p.line.Len() == 0 && (p.held > 0 || p.idle.Empty() && p.gone == nil)
}

// acquire takes n, or waits for them. It lets the mutex go.
func (p *permits) acquire(ctx context.Context, l *ledger, n int64) error {
	if p.take(l, n) {
		l.mu.Unlock()
		return nil
	}
	return p.wait(ctx, l, n)
}

// refuse says why n can never be granted.
func (p *permits) refuse(l *ledger, n int64) error {
	switch {
	case l.closed:
		return ErrClosed
	case n > MaxLimit:
		return &tooLarge{n, MaxLimit}
	case n > p.limit && p.limit > 0:
		return &tooLarge{n, p.limit}
	}
	return nil
}

// wait stands in line for n, which take has not taken. It lets the mutex go.
func (p *permits) wait(ctx context.Context, l *ledger, n int64) error {
	if err := p.refuse(l, n); err != nil { // S3
		l.mu.Unlock()
		return err
	}
	w := p.line.Join(ctx, &l.mu)
	w.Value.n = n
	l.join(&w.Value)
	l.mu.Unlock()

	_, err := w.Wait(func(k *park.Woken) {
		l.part(&w.Value, now())
		l.canceled++
		p.serve(l, k) // S2: it may have been the head
	}, func() { p.lost(l, w) })
	if err == nil {
		err = w.Value.err
	}
	w.Free()
	return err
}

// lost gives back what w was granted whose context panicked then: nobody else does. (If somebody has
// released more than was theirs, that was it.)
func (p *permits) lost(l *ledger, w *park.Waiter[request]) {
	l.lock()
	if w.Value.err != nil || w.Value.n > p.held {
		l.mu.Unlock()
		return
	}
	p.release(l, w.Value.n)
}

// serve grants, from the head of the line, as far as what is free reaches. S2
func (p *permits) serve(l *ledger, k *park.Woken) {
	w := p.line.Head()
	if !p.fits(w) {
		return
	}
	for at := now(); p.fits(w); w = p.line.Head() {
		l.part(&w.Value, at)
		p.grant(l, w.Value.n)
		w.Grant(k)
	}
}

// fits reports whether there is a w, and what it wants is free.
func (p *permits) fits(w *park.Waiter[request]) bool {
	return w != nil && w.Value.n <= p.limit-p.held
}

// fail refuses those in line whom refuse refuses now. S3
func (p *permits) fail(l *ledger, k *park.Woken) {
	at := now()
	for w := range p.line.All() {
		if err := p.refuse(l, w.Value.n); err != nil {
			l.part(&w.Value, at)
			l.canceled++
			w.Value.err = err
			w.Grant(k)
		}
	}
}

// release gives n back, as put, and does the rest. It lets the mutex go.
func (p *permits) release(l *ledger, n int64) {
	if p.put(l, n) {
		l.mu.Unlock()
		return
	}
	p.settle(l, park.Woken{})
}

// settle is the end of what has changed the limit, or has given back. It lets the mutex go, and
// wakes k.
func (p *permits) settle(l *ledger, k park.Woken) {
	p.serve(l, &k)
	var c *signal.Crowd[struct{}]
	if p.held == 0 { // after serve: S5
		c = p.idle.Part(struct{}{})
		if p.gone != nil {
			p.gone() // S6; p may be another key's when mu is let go
		}
	}
	l.mu.Unlock()
	k.Wake()
	c.Open()
}

// setLimit changes the limit. It lets the mutex go.
func (p *permits) setLimit(l *ledger, limit int64) {
	var k park.Woken
	was := p.limit
	p.limit = limit
	if limit < was || was == 0 { // else nobody waits for more than it: S3
		p.fail(l, &k)
	}
	p.settle(l, k)
}
