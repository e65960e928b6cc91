package vigil

import (
	"context"
	"time"

	"github.com/petiole-go/petiole/internal/park"
	"github.com/petiole-go/petiole/internal/park/signal"
)

// How a pool lends, and what becomes of what comes back.

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
	if w == nil && !p.k.closed.Load() { // what happens meanwhile lend sees
		return nil
	}
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
	case k.closed.Load():
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

// joins has Shutdown of the keeper refuse those who wait in p.
func (k *Keeper) joins(p refuser) error {
	k.lock()
	defer k.mu.Unlock()
	if k.closed.Load() {
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
