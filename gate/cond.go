package gate

import (
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/petiole-go/petiole/internal/park"
)

// A Cond is where goroutines wait to be told that something may have changed: sync.Cond with
// a context, and first come first served. The zero Cond is ready. All methods may be called
// by any number of goroutines. A Cond must not be copied.
//
// L is held when what is waited for is looked at and changed, as with sync.Cond. It is set
// before first use and not changed after. Without L nobody holds a lock: then use WaitFor,
// which is in line before it looks, while Wait misses what came before it. And use only the one: a
// notification that meets a WaitFor whose predicate is true is delivered, and a Wait behind it sleeps on.
//
// A notification is not remembered: with nobody in line it goes to nobody. It is a sign to
// look again, and no promise of what will be found: prefer WaitFor, which looks. One that
// meets the end of its waiter's context is not lost: it counts as delivered, and Wait
// returns nil. What was notified to one who then panics or exits before it could hear of it, in L, in pred
// or in its context, is the next one's, though that may have come later.
//
// A Notify is synchronized before the return of the Wait that it woke.
//
// For a bounded buffer, package queue is simpler and loses no notification: see the example.
// It is Toro's Condition; the pair of look and wait is Hoare's and Lampson's.
type Cond struct {
	L sync.Locker

	mu   sync.Mutex      // guards line. L first, then mu: nothing is locked under mu
	line park.Line[bool] // true: of one who looks for itself, without L
}

// nobody is freed by one that leaves: all wait for notifications, and there is none.
func nobody(*park.Woken) {}

// Wait lets go of L, waits until it is notified, and takes L again. It returns ctx.Err() if
// ctx has ended before or ends first; it holds L when it returns, whatever it returns, and
// taking it does not look at ctx.
func (c *Cond) Wait(ctx context.Context) error {
	known(ctx)
	if err := ctx.Err(); err != nil {
		return err
	}
	w := c.join(ctx, false)
	c.release(w)
	heard := false // true while L is taken again, and after it only if that has panicked or exited
	defer func() {
		if heard {
			c.notify(1)
		}
	}()
	err := c.waitAndHold(w, &heard)
	heard = false
	return err
}

// waitAndHold waits, and takes L again, however that ends.
func (c *Cond) waitAndHold(w *park.Waiter[bool], heard *bool) error {
	defer c.hold()
	err := c.wait(w)
	*heard = err == nil
	return err
}

func (c *Cond) hold() {
	if c.L != nil {
		c.L.Lock()
	}
}

// join stands in line. looks says that it is for one who looks for itself, without L, when it is
// woken, however that came.
func (c *Cond) join(ctx context.Context, looks bool) *park.Waiter[bool] {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := c.line.Join(ctx, &c.mu)
	w.Value = looks
	return w
}

// wait waits until w is notified. If its context panics, what it was notified of is the next one's.
func (c *Cond) wait(w *park.Waiter[bool]) error {
	_, err := w.Wait(nobody, func() { c.notify(1) })
	w.Free()
	return err
}

// release lets go of L. If that panics w has left the line.
func (c *Cond) release(w *park.Waiter[bool]) {
	if c.L == nil {
		return
	}
	unlocked := false
	defer func() {
		if !unlocked {
			c.leave(w)
		}
	}()
	c.L.Unlock()
	unlocked = true
}

// leave is for who panics or exits: what it was notified of is the next one's.
func (c *Cond) leave(w *park.Waiter[bool]) {
	if !w.Leave(nobody) {
		c.notify(1)
	}
}

// WaitFor waits until pred is true. It looks at first, each time that it is notified, and
// once more when ctx has ended: a true pred wins over that. It may panic or exit, which leaves with L
// held and out of line. A nil pred panics.
//
// With L, pred runs while L is held. Without, it runs under no lock, by several goroutines at once: it must be
// fit for that, as a look at an atomic is. Then it must not notify c either: it would wake itself, and look
// again and again.
func (c *Cond) WaitFor(ctx context.Context, pred func() bool) error {
	known(ctx)
	if pred == nil {
		panic("gate: WaitFor without a predicate")
	}
	l := look{c: c, ctx: ctx, pred: pred}
	defer l.end()
	if c.L == nil {
		return l.inLine()
	}
	return l.locked()
}

// A look is a WaitFor.
type look struct {
	c       *Cond
	ctx     context.Context
	pred    func() bool
	unheard bool // it was notified, and has not looked since
}

// end hands on what one has been notified of who panics or exits before it has looked.
func (l *look) end() {
	if l.unheard {
		l.c.notify(1)
	}
}

func (l *look) sees() bool {
	seen := l.pred()
	l.unheard = false
	return seen
}

func (l *look) locked() error {
	for !l.sees() {
		if err := l.c.Wait(l.ctx); err != nil {
			return l.last(err)
		}
		l.unheard = true
	}
	return nil
}

// last is for one whose context has ended.
func (l *look) last(err error) error {
	if l.sees() {
		return nil
	}
	return err
}

// inLine joins before it looks, so what changes after the look is notified to it.
func (l *look) inLine() error {
	for {
		w := l.c.join(l.ctx, true)
		if l.seesInLine(w) {
			return nil
		}
		err := l.c.wait(w)
		if err == nil {
			l.unheard = true
			err = l.ctx.Err() // which w has not looked at, if it was notified before it slept
		}
		if err != nil {
			return l.last(err)
		}
	}
}

// seesInLine looks, and has w leave if it need not wait. What it was notified of by then is
// delivered, as it has what it wants. But another may have been meant, if pred takes what it finds: so
// the next one who looks for itself is woken, which is never wrong.
func (l *look) seesInLine(w *park.Waiter[bool]) (seen bool) {
	looked := false
	defer func() {
		if !looked {
			l.c.leave(w)
		}
	}()
	seen = l.sees()
	looked = true
	if seen {
		left := w.Leave(nobody)
		if w.Free(); !left {
			l.c.another()
		}
	}
	return seen
}

// another wakes the first in line who looks for itself.
func (c *Cond) another() {
	var k park.Woken
	c.mu.Lock()
	for w := range c.line.All() {
		if w.Value {
			w.Grant(&k)
			break
		}
	}
	c.mu.Unlock()
	k.Wake()
}

// Notify wakes up to n of those in line, first come first served, and returns how many those
// were. A negative n panics.
func (c *Cond) Notify(n int) int {
	if n < 0 {
		panic(fmt.Sprintf("gate: a notification of %d", n))
	}
	return c.notify(n)
}

// NotifyAll wakes all in line, and returns how many those were.
func (c *Cond) NotifyAll() int { return c.notify(math.MaxInt) }

func (c *Cond) notify(n int) (woken int) {
	var k park.Woken
	c.mu.Lock()
	for w := c.line.Head(); w != nil && woken < n; w = c.line.Head() {
		w.Grant(&k)
		woken++
	}
	c.mu.Unlock()
	k.Wake()
	return woken
}
