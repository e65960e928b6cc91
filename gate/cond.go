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
// which is in line before it looks, while Wait misses what came before it.
//
// A notification is not remembered: with nobody in line it goes to nobody. It is a sign to
// look again, and no promise of what will be found: prefer WaitFor, which looks. One that
// meets the end of its waiter's context is not lost: it counts as delivered, and Wait
// returns nil.
//
// A Notify is synchronized before the return of the Wait that it woke.
//
// For a bounded buffer, package queue is simpler and loses no notification: see the example.
// It is Toro's Condition; the pair of look and wait is Hoare's and Lampson's.
type Cond struct {
	L sync.Locker

	mu   sync.Mutex // guards line; L may be held when it is taken, and it is never held when L is
	line park.Line[struct{}]
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
	w := c.join(ctx)
	defer c.release(w)()
	_, err := w.Wait(nobody)
	w.Free()
	return err
}

func (c *Cond) join(ctx context.Context) *park.Waiter[struct{}] {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.line.Join(ctx, &c.mu)
}

// release lets go of L, and returns what takes it again. If L panics w has left the line.
func (c *Cond) release(w *park.Waiter[struct{}]) (hold func()) {
	if c.L == nil {
		return func() {}
	}
	unlocked := false
	defer func() {
		if !unlocked {
			c.leave(w)
		}
	}()
	c.L.Unlock()
	unlocked = true
	return c.L.Lock
}

// WaitFor waits until pred is true. It looks at first, each time that it is notified, and
// once more when ctx has ended: a true pred wins over that. pred runs with L held, and
// without L by a goroutine that is in line; it may panic or exit, which leaves with L held
// and out of line. A nil pred panics.
func (c *Cond) WaitFor(ctx context.Context, pred func() bool) error {
	known(ctx)
	if pred == nil {
		panic("gate: WaitFor without a predicate")
	}
	if c.L == nil {
		return c.waitInLine(ctx, pred)
	}
	for {
		if pred() {
			return nil
		}
		if err := c.Wait(ctx); err != nil {
			return last(pred, err)
		}
	}
}

// last is the look of one whose context has ended.
func last(pred func() bool, err error) error {
	if pred() {
		return nil
	}
	return err
}

// waitInLine is WaitFor without L: it joins before it looks, so what changes after the look
// is notified to it.
func (c *Cond) waitInLine(ctx context.Context, pred func() bool) error {
	for {
		w := c.join(ctx)
		if c.sees(w, pred) {
			return nil
		}
		_, err := w.Wait(nobody)
		w.Free()
		if err == nil {
			err = ctx.Err() // which w has not looked at, if it was notified before it slept
		}
		if err != nil {
			return last(pred, err)
		}
	}
}

// sees looks, and has w leave if it need not wait. If pred is true, what it was notified of
// by then is delivered.
func (c *Cond) sees(w *park.Waiter[struct{}], pred func() bool) (seen bool) {
	looked := false
	defer func() {
		if !looked {
			c.leave(w)
		}
	}()
	seen = pred()
	looked = true
	if seen {
		w.Leave(nobody)
		w.Free()
	}
	return seen
}

// leave is for who panics or exits: what it was notified of is the next one's.
func (c *Cond) leave(w *park.Waiter[struct{}]) {
	if !w.Leave(nobody) {
		c.notify(1)
	}
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
