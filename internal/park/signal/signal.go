// Package signal is how a goroutine of this toolkit waits: the one place on
// that path with a channel and a select, so that what must be argued about
// wake-ups and cancellation is argued once.
//
// The owner of a [Latch] keeps a fact under a mutex and changes it there. Who
// wants a fact that does not hold yet joins the latch under the same mutex, so
// no change can slip in between the look and the wait. Who changes the fact
// parts from the crowd that has joined, and opens it after unlocking: all of it
// goes on, and is told the event.
//
// A [Sleeper] is for one goroutine that another has to choose: package park
// says who, and when.
package signal

import (
	"context"
	"sync"
)

// A Latch is where goroutines wait for the next event E of one owner. The zero
// value is ready. It holds a channel only while somebody waits: a channel
// belongs to the synctest bubble in which it was made, and one that a wait in
// vain left behind would kill the program that meets it in another bubble.
//
// The owner's mutex guards it.
type Latch[E any] struct{ crowd *Crowd[E] }

// A Crowd is those who wait for the same event.
type Crowd[E any] struct {
	opened  chan struct{} // made for this crowd, closed once, never reused
	waiters int           // guarded by the owner's mutex
	event   E             // written by Part, before opened is closed
}

// Wait is called with mu, the owner's mutex, held and returns without it: with
// the event, or with ctx.Err() if ctx ended first. An event that has come wins
// over a context that has ended.
//
// The Part that ends the wait is synchronized before Wait returns.
func (l *Latch[E]) Wait(ctx context.Context, mu *sync.Mutex) (E, error) {
	if ctx == nil { // told before anything is joined that nobody would leave
		mu.Unlock()
		panic("petiole: a nil context")
	}
	if l.crowd == nil {
		l.crowd = &Crowd[E]{opened: make(chan struct{})}
	}
	c := l.crowd
	c.waiters++
	mu.Unlock()
	stays := true
	defer func() {
		if stays { // the context is the user's, and has panicked or exited
			l.leave(c, mu)
		}
	}()
	done := ctx.Done()
	if done == nil { // a context that cannot end: a receive wakes sooner than a select
		<-c.opened
		stays = false
		return c.event, nil // Part wrote it before Open closed the channel
	}
	select {
	case <-c.opened:
		stays = false
		return c.event, nil
	case <-done:
	}
	err := Err(ctx) // before mu: it may call back
	stays = false
	if !l.leave(c, mu) { // the event has come, and mu orders it before us
		return c.event, nil
	}
	var none E // c.event is no business of one who has left
	return none, err
}

// leave takes one out of c, and reports false if c has been parted from before.
func (l *Latch[E]) leave(c *Crowd[E], mu *sync.Mutex) bool {
	mu.Lock()
	defer mu.Unlock()
	if l.crowd != c {
		return false
	}
	if c.waiters--; c.waiters == 0 {
		l.crowd = nil
	}
	return true
}

// Err is ctx.Err() when ctx.Done() is closed, and never nil: a context that has no error
// yet, as some that are made by hand, would have a wait in vain pass for a success.
func Err(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return context.Canceled
}

// Part takes leave of everybody who has joined, under the owner's mutex; who
// joins later waits for the next event. They go on when the crowd is opened,
// which is for the caller to do, after unlocking: a thousand wake-ups are no
// work to do under a lock. Nil if nobody waits.
func (l *Latch[E]) Part(event E) *Crowd[E] {
	c := l.crowd
	if c != nil {
		c.event, l.crowd = event, nil
	}
	return c
}

// Empty reports whether nobody waits, under the owner's mutex: then there is nobody to part from.
func (l *Latch[E]) Empty() bool { return l.crowd == nil }

// Open wakes the crowd. A nil crowd is nobody.
func (c *Crowd[E]) Open() {
	if c != nil {
		close(c.opened)
	}
}

// A Sleeper is one goroutine that sleeps once and is woken by one other. Its
// owner has a word that says whether it sleeps, and so whether to wake it; it
// orders Ready before Wake.
type Sleeper struct {
	woken chan struct{}
	done  <-chan struct{} // nil: the sleep does not end by a context
}

// Heed has the end of ctx end the sleep. It asks ctx, which may be the user's, and so is
// called without a lock, and where a panic strands nobody.
func (s *Sleeper) Heed(ctx context.Context) { s.done = ctx.Done() }

// Ready is called before the owner's word says that the goroutine sleeps. The
// channel is made here, for this sleep and in this bubble, and never reused.
func (s *Sleeper) Ready() { s.woken = make(chan struct{}, 1) }

// Sleep reports whether Wake has ended it; else the context has, and Consume takes the
// Wake that may follow. If both have come it may say either.
//
// The Wake is synchronized before the Sleep or the Consume that it ends.
func (s *Sleeper) Sleep() bool {
	if s.done == nil { // as in Latch.Wait
		<-s.woken
		return true
	}
	select {
	case <-s.woken:
		return true
	case <-s.done:
		return false
	}
}

// Consume sleeps until Wake.
func (s *Sleeper) Consume() { <-s.woken }

// Wake ends the sleep, or lets it not begin. It is called once at most, by whom
// the owner's word has told that there is a sleeper, and never waits: there is
// room for what it sends.
func (s *Sleeper) Wake() { s.woken <- struct{}{} }
