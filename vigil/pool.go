package vigil

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/petiole-go/petiole/internal/park"
	"github.com/petiole-go/petiole/internal/park/signal"
	"github.com/petiole-go/petiole/internal/park/spin"
)

// A pool is places, of which some have something idle, and a line of those who wait for either.
//
//	P1  open = idle + those that are lent, being opened, checked or closed; at most Max.
//	P2  If anybody waits nothing is idle, and open is Max.

// PoolOptions are for NewPool.
type PoolOptions[R any] struct {
	Max int                              // how many may be open at once; at least 1
	New func(context.Context) (R, error) // opens one, on the goroutine of an Acquire and with its context

	// Close closes one that goes back no more. Check looks at one that is not new before it is handed out, be it idle or
	// just back: with an error, or if Check panics or exits, it is closed. Nil: nothing to do.
	Close, Check func(R) error

	Interrupt func(R) // called as by the option of that name, for every loan; nil: nothing

	// One that has been idle for so long is closed; 0: never. Its timer is of the bubble of testing/synctest in which
	// something came to be idle, and so must not be left behind there: Reset or Shutdown ends it.
	Idle time.Duration

	// Reuse is after which causes R goes back; after all others it is closed. Nil: Returned and Released; empty: none. A
	// Canceled, Expired, Deadlocked or Shutdown one never does, as who had it may still be at it: they panic here.
	Reuse []Cause
}

// A Pool lends resources that are worth keeping: connections, say. Each loan is a guard of its keeper, and so it
// comes back however its holder ends. It is made by [NewPool], and must not be copied. All methods may be called by
// any number of goroutines.
//
// Those who wait are served first come, first served, by what comes back or by a place in which they open one for
// themselves. What is idle is handed out last in, first out, so that what is too much gets old. Each loan
// has a guard and a token of its own: an old one reaches nothing. One without options that need not wait allocates four
// objects at most.
//
// A worker gives back what it was lent when it ends, at the latest. One that lives long should Release; so should one
// that acquires again, as it may else wait for itself. Detach takes R out of the pool for good.
//
// What is done with R before it goes back is synchronized before the return of the Acquire that gets it next.
//
// The design is that of PyMongo's socket pool, with the line that it lacked: a socket was bound to a thread and came back
// when that had died; reset gave the pool another number, and a socket of an old one was closed.
type Pool[R any] struct {
	k     *Keeper
	o     PoolOptions[R]
	reuse [Shutdown + 1]bool

	// mu guards the rest. Under it nobody waits, nothing runs that is the user's, and the keeper's mutex is not
	// taken.
	mu     sync.Mutex
	open   int
	idle   []idle[R] // the longest idle first
	line   park.Line[turn[R]]
	lot    *lot[R] // of what is opened now
	closed bool    // by Shutdown, of the pool or the keeper: nobody waits
	ended  bool    // by Shutdown of the pool: what comes back is closed
	timer  *time.Timer
	waits  int64
	waited time.Duration
	empty  signal.Latch[struct{}] // opened when ended, and nothing is open
}

type idle[R any] struct {
	r     R
	since time.Time // if the pool has a timer
}

// A turn is what one who waits gets: an R, a place to open one, or an error.
type turn[R any] struct {
	r   R
	lot *lot[R] // of r; nil: a place
	err error
}

// A lot is what was opened between two Resets. When a loan ends back is called.
type lot[R any] struct {
	pool *Pool[R]
	back func(R, Record) error // method came; made once, as that allocates
}

// NewPool returns a pool whose loans are under the vigil of k. A Max below 1, a nil New, a negative Idle, a nil keeper, and
// a Cause in Reuse of which a worker may still be at work panic.
func NewPool[R any](k *Keeper, o PoolOptions[R]) *Pool[R] {
	switch {
	case k == nil:
		panic("vigil: a pool with a nil keeper")
	case o.Max < 1:
		panic(fmt.Sprintf("vigil: a pool with Max %d", o.Max))
	case o.New == nil:
		panic("vigil: a pool with a nil New")
	case o.Idle < 0:
		panic("vigil: a pool with a negative Idle")
	case o.Reuse == nil:
		o.Reuse = []Cause{Returned, Released}
	}
	p := &Pool[R]{k: k, o: o}
	for _, c := range o.Reuse {
		switch c {
		case Returned, Panicked, Goexited, Released, Dropped:
			p.reuse[c] = true
		default:
			panic(fmt.Sprintf("vigil: a pool with Reuse after %v", c))
		}
	}
	p.line.Timed = true
	p.lot = newLot(p)
	return p
}

func newLot[R any](p *Pool[R]) *lot[R] {
	l := &lot[R]{pool: p}
	l.back = l.came
	return l
}

func (p *Pool[R]) lock() {
	if p.k == nil {
		panic("vigil: a Pool that NewPool has not made")
	}
	if !spin.TryLock(&p.mu) {
		spin.Lock(&p.mu)
	}
}

// rest has a timer run if something is idle, and none else, as one must not be left behind in a bubble of
// testing/synctest. With the mutex.
func (p *Pool[R]) rest() {
	switch {
	case p.o.Idle == 0:
	case len(p.idle) == 0 && p.timer != nil:
		p.timer.Stop()
		p.timer = nil
	case len(p.idle) > 0 && p.timer == nil:
		var t *time.Timer
		t = time.AfterFunc(p.o.Idle-time.Since(p.idle[0].since), func() { p.old(&t) })
		p.timer = t
	}
}

// old closes what has been idle for too long. It is called by timer t, which may have been stopped too late.
func (p *Pool[R]) old(t **time.Timer) {
	p.lock()
	if *t != p.timer { // both are written with the mutex
		p.mu.Unlock()
		return
	}
	p.timer = nil
	p.closes(p.stale())
}

// stale counts those that have been idle for too long. With the mutex.
func (p *Pool[R]) stale() (n int) {
	if p.o.Idle == 0 || len(p.idle) == 0 {
		return 0
	}
	now := time.Now()
	for n < len(p.idle) && now.Sub(p.idle[n].since) >= p.o.Idle {
		n++
	}
	return n
}

// fresh locks, when nothing has been idle for too long: the clock decides that, not when the timer gets to run.
func (p *Pool[R]) fresh() {
	p.lock()
	for n := p.stale(); n > 0; n = p.stale() {
		p.closes(n)
		p.lock()
	}
}

// closes closes the n that have been idle for longest. With the mutex, which is let go.
func (p *Pool[R]) closes(n int) {
	gone := append([]idle[R](nil), p.idle[:n]...)
	p.idle = append([]idle[R](nil), p.idle[n:]...)
	p.rest()
	p.mu.Unlock()
	each(gone, func(i idle[R]) {
		defer p.free()
		p.discard(i.r)
	})
}

// Reset has the pool begin anew, as after a failure of what it is connected to: what is idle is closed, and what is
// lent, or being opened, when it comes back.
func (p *Pool[R]) Reset() {
	p.lock()
	p.lot = newLot(p)
	p.closes(len(p.idle))
}

// PoolStats are counts of one moment, which has passed when you look.
type PoolStats struct {
	Max          int
	Open         int           // idle or in use; at most Max
	InUse        int           // lent, being opened, checked or closed
	Idle         int           // there for the next Acquire
	Waiting      int           // calls of Acquire in line
	WaitCount    int64         // calls that have stood in line
	WaitDuration time.Duration // for how long those slept there that are through
}

// Stats returns the counts.
func (p *Pool[R]) Stats() PoolStats {
	p.lock()
	defer p.mu.Unlock()
	return PoolStats{
		Max: p.o.Max, Open: p.open, InUse: p.open - len(p.idle), Idle: len(p.idle),
		Waiting: p.line.Len(), WaitCount: p.waits, WaitDuration: p.waited,
	}
}

// Shutdown refuses those who wait and who come, with [ErrClosed], closes what is idle, and waits until what is lent has
// come back and is closed. It returns the errors of Close for what was idle, joined. If ctx ends first the error wraps
// ctx.Err() and says how many are out; they are closed as they come. It may be called by many, and again. A nil ctx panics.
//
// Shutdown of the keeper takes back what is lent, for which this one only waits; what is idle stays for this one. So who
// will not wait until all have given back what they have shuts the keeper first.
func (p *Pool[R]) Shutdown(ctx context.Context) error {
	if ctx == nil {
		panic("vigil: a nil context")
	}
	p.refuse()
	p.lock()
	p.ended = true
	gone := p.idle
	p.idle = nil
	p.rest()
	p.mu.Unlock()
	var errs []error
	each(gone, func(i idle[R]) {
		defer p.free()
		defer func() {
			if v := recover(); v != nil {
				errs = append(errs, panicked(v))
			}
		}()
		errs = append(errs, p.close(i.r))
	})

	p.lock()
	if p.open == 0 {
		p.mu.Unlock()
		return errors.Join(errs...)
	}
	if _, err := p.empty.Wait(ctx, &p.mu); err != nil {
		if n := p.Stats().Open; n > 0 {
			errs = append(errs, fmt.Errorf("vigil: Shutdown of a pool: %w; %d are out", err, n))
		}
	}
	return errors.Join(errs...)
}

// refuse is what Shutdown does to those who wait.
func (p *Pool[R]) refuse() {
	var w park.Woken
	p.lock()
	p.closed = true
	for h := range p.line.All() {
		h.Value.err = ErrClosed
		h.Grant(&w)
	}
	p.mu.Unlock()
	w.Wake()
}
