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
	//
	//	P1  open = idle + those that are lent, being opened, checked or closed; at most Max.
	//	P2  If anybody waits nothing is idle, and open is Max.
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
	if !spin.TryLock(&p.mu) {
		spin.Lock(&p.mu)
	}
}

// Acquire lends an R: one that is idle, or a new one, or one that comes back. The guard is as of [Bind], with ctx for its
// worker; but the end of ctx ends only the wait, not the loan. One that is not new is checked first; if it fails another
// is opened in its place.
//
// With an error the guard is nil, and nothing was taken. It is ctx.Err(); [ErrClosed] after Shutdown of the pool or the
// keeper; [ErrEnded] if the function of the worker has ended; or that of New. A panic of New or Check goes on, when its
// place is free again. So does a Goexit. Those who wait then have that place. A nil ctx panics.
//
// An [Interrupt] among the options runs after the pool's own.
func (p *Pool[R]) Acquire(ctx context.Context, o ...BindOption) (*Guard[R], error) {
	if ctx == nil {
		panic("vigil: Acquire with a nil context")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := p.k.workerOf(ctx)
	if err := p.refuses(w); err != nil { // who takes and puts back changes how long it has been idle
		return nil, err
	}
	t, quick := p.quick()
	if !quick {
		var err error
		if t, err = p.slow(ctx); err != nil {
			return nil, err
		}
	}
	b := &bound[R]{r: t.r, reclaim: t.lot.back}
	b.self = b
	b.word.Store(pooled)
	if f := p.o.Interrupt; f != nil {
		r := t.r
		b.more().interrupts = append(b.more().interrupts, func() { f(r) })
	}
	b.options(o)
	b.stack(p.k)
	if err := p.k.lend(&b.entry, w); err != nil {
		p.restore(t)
		return nil, err
	}
	return b.guard(w), nil
}

// quick takes what is idle and need not be checked. Nobody waits then. P2
func (p *Pool[R]) quick() (t turn[R], ok bool) {
	p.fresh()
	if p.o.Check == nil && !p.closed && len(p.idle) > 0 {
		t, ok = p.take()
	}
	p.mu.Unlock()
	return t, ok
}

// slow waits for an R or a place, and makes sure that R is good.
func (p *Pool[R]) slow(ctx context.Context) (turn[R], error) {
	t, err := p.turn(ctx)
	if err != nil {
		return t, err
	}
	if t, err = p.ready(ctx, t); err != nil {
		return t, err
	}
	p.lock()
	ended := p.ended // meanwhile
	p.mu.Unlock()
	if ended {
		p.restore(t)
		return t, ErrClosed
	}
	return t, nil
}

// lend is bind for a loan, which ends with no context. If it fails nothing is reclaimed: the caller gives R back.
func (k *Keeper) lend(e *entry, w *Worker) error {
	e.born = time.Now()
	k.lock()
	defer k.mu.Unlock()
	if err := k.refusal(w); err != nil {
		return err
	}
	b := bond{keeper: k, worker: w}
	b.add(e)
	k.count(e)
	return nil
}

// refuses returns why nothing can be lent to a worker, which may be nil.
func (p *Pool[R]) refuses(w *Worker) error {
	p.k.lock()
	err := p.k.refusal(w)
	p.k.mu.Unlock()
	if err == ErrEnded { // an end that comes first in the order of things
		p.lock()
		defer p.mu.Unlock()
		if p.closed {
			err = ErrClosed
		}
	}
	return err
}

func (k *Keeper) refusal(w *Worker) error {
	switch {
	case k.closed:
		return ErrClosed
	case w != nil && w.ended != 0:
		return ErrEnded
	}
	return nil
}

// turn waits for an R or a place.
func (p *Pool[R]) turn(ctx context.Context) (turn[R], error) {
	p.fresh()
	if t, ok := p.take(); ok {
		p.mu.Unlock()
		return t, t.err
	}
	p.mu.Unlock()
	if err := p.k.joins(p); err != nil { // Shutdown of the keeper refuses from now on
		return turn[R]{}, err
	}
	defer p.k.leaves(p)
	p.lock()
	if t, ok := p.take(); ok {
		p.mu.Unlock()
		return t, t.err
	}
	p.waits++
	w := p.line.Join(ctx, &p.mu)
	p.mu.Unlock()
	slept, err := w.Wait(func(*park.Woken) {}, func() { p.restore(w.Value) })
	t := w.Value
	w.Free()
	p.lock()
	p.waited = sum(p.waited, slept)
	p.mu.Unlock()
	if err == nil {
		err = t.err
	}
	return t, err
}

// take takes what is there for somebody who comes now: an R, a place or an error. With the mutex.
func (p *Pool[R]) take() (t turn[R], ok bool) {
	switch n := len(p.idle); {
	case p.closed:
		return turn[R]{err: ErrClosed}, true
	case n > 0: // and nobody waits. P2
		t = turn[R]{r: p.idle[n-1].r, lot: p.lot}
		p.idle[n-1] = idle[R]{}
		p.idle = p.idle[:n-1]
		p.rest()
		return t, true
	case p.open < p.o.Max:
		p.open++
		return t, true
	}
	return t, false
}

// restore gives back what somebody was granted who does not take it.
func (p *Pool[R]) restore(t turn[R]) {
	switch {
	case t.err != nil:
	case t.lot == nil:
		p.free()
	default:
		p.k.call(func() {
			if err := t.lot.came(t.r, Record{Cause: Released}); err != nil {
				p.k.failed(err)
			}
		})
	}
}

// ready has an R that is good, for who has a place, or an R that is not new.
func (p *Pool[R]) ready(ctx context.Context, t turn[R]) (turn[R], error) {
	kept := false
	defer func() {
		if !kept {
			p.free()
		}
	}()
	if t.lot != nil && p.good(t.r) {
		kept = true
		return t, nil
	}
	p.lock()
	t.lot = p.lot // a Reset while New is under way is for this one too
	p.mu.Unlock()
	r, err := p.o.New(ctx)
	if err != nil {
		return t, err
	}
	t.r, kept = r, true
	return t, nil
}

// good checks r, and closes it if it is not, or if that panics or exits.
func (p *Pool[R]) good(r R) (ok bool) {
	if p.o.Check == nil {
		return true
	}
	returned := false
	defer func() {
		if !returned {
			if v := recover(); v != nil { // or a Close that exits the goroutine would end the panic
				defer panic(v)
			}
		}
		if !ok {
			p.discard(r)
		}
	}()
	ok = p.o.Check(r) == nil
	returned = true
	return ok
}

// discard closes r where nobody is returned what comes of it.
func (p *Pool[R]) discard(r R) {
	p.k.call(func() {
		if err := p.close(r); err != nil {
			p.k.failed(err)
		}
	})
}

func (p *Pool[R]) close(r R) error {
	if p.o.Close == nil {
		return nil
	}
	return p.o.Close(r)
}

// came is the reclaim of a loan: r goes to who waits, or is idle, or is closed and its place is free. A Record without a
// cause says that r has been detached.
func (l *lot[R]) came(r R, rec Record) error {
	p := l.pool
	if rec.Cause == 0 {
		p.free()
		return nil
	}
	if p.reuse[rec.Cause] || rec.ID == 0 { // 0: it has not been lent
		var since time.Time
		if p.o.Idle > 0 {
			since = time.Now()
		}
		p.lock()
		if !p.ended && p.lot == l {
			var w park.Woken
			p.give(turn[R]{r: r, lot: l}, since, &w)
			p.mu.Unlock()
			w.Wake()
			return nil
		}
		p.mu.Unlock()
	}
	defer p.free()
	return p.close(r)
}

// give hands an R to the first who waits, or has it be idle. With the mutex.
func (p *Pool[R]) give(t turn[R], since time.Time, w *park.Woken) {
	if h := p.line.Head(); h != nil {
		h.Value = t
		h.Grant(w)
		return
	}
	p.idle = append(p.idle, idle[R]{t.r, since})
	p.rest()
}

// free gives a place to the first who waits, or there is one less open.
func (p *Pool[R]) free() {
	var w park.Woken
	p.lock()
	if h := p.line.Head(); h != nil {
		h.Grant(&w) // its Value is a place
		p.mu.Unlock()
		w.Wake()
		return
	}
	p.open--
	var empty *signal.Crowd[struct{}]
	if p.ended && p.open == 0 {
		empty = p.empty.Part(struct{}{})
	}
	p.mu.Unlock()
	empty.Open()
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

// joins has Shutdown of the keeper refuse those who wait in p.
func (k *Keeper) joins(p refuser) error {
	k.lock()
	defer k.mu.Unlock()
	if k.closed {
		return ErrClosed
	}
	k.pools[p]++
	return nil
}

func (k *Keeper) leaves(p refuser) {
	k.lock()
	defer k.mu.Unlock()
	if k.pools[p]--; k.pools[p] == 0 {
		delete(k.pools, p)
	}
}
