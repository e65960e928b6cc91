package rcu

import (
	"context"
	"runtime"
)

// Wait returns the current snapshot, however old ([Refresher.Get] is the one that
// minds MaxAge), or waits for the first: it joins the run that is in flight or asked for, or asks for one, and returns
// what comes of it, failed or not. A Store serves it at once.
func (r *Refresher[T]) Wait(ctx context.Context) (*T, error) { return r.RefreshFrom(ctx, nil) }

// RefreshFrom is for a caller whose snapshot turned out wrong (the primary that
// it names is gone), and returns another than seen. If another is out already it
// is returned at once and nothing runs. Else the caller joins the run that was
// asked for because of seen, or asks for one, and goes on as soon as another
// snapshot is published, by whomever, or that run has ended: a run that publishes
// seen itself is an answer too. However many callers report the same snapshot,
// and however late, it costs one run if that run publishes. If it fails, its
// waiters get the error and the next report asks again. Where a new snapshot may
// be as bad as the last, set a MinInterval, or reports and runs chase each other.
//
// With seen nil, or no snapshot out, it is [Refresher.Wait]. Who needs a run that
// begins after the call uses [Refresher.Refresh].
func (r *Refresher[T]) RefreshFrom(ctx context.Context, seen *T) (*T, error) {
	if err := r.enter(ctx); err != nil {
		return r.v.Load(), err
	}
	if p := r.good(); p != nil && p.v != seen {
		return p.v, nil
	}
	return r.await(ctx, func(v *T) bool { return v != nil && v != seen }, func() *flight[T] {
		if r.v.Load() == nil {
			seen = nil // any will do
		}
		x, _ := r.request(seen)
		return x
	})
}

// Refresh returns the result of a run that begins after this call: the run that
// is in flight may have looked before what you know of happened. It joins the
// run that is asked for already, or asks for one.
func (r *Refresher[T]) Refresh(ctx context.Context) (*T, error) {
	if err := r.enter(ctx); err != nil {
		return r.v.Load(), err
	}
	return r.await(ctx, func(*T) bool { return false }, func() *flight[T] {
		x, _ := r.ask()
		return x
	})
}

// enter tells misuse before anything is looked at.
func (r *Refresher[T]) enter(ctx context.Context) error {
	r.made()
	if ctx.Value(r) != nil { // begin put it there
		return ErrReentrant
	}
	return nil
}

// await returns the snapshot that is out if it will do; else it waits for one
// that will, or for the end of the flight that join gives it. join runs under mu.
func (r *Refresher[T]) await(ctx context.Context, suits func(*T) bool, join func() *flight[T]) (*T, error) {
	owner := r.owner()
	defer runtime.KeepAlive(owner)
	var x *flight[T]
	var n *news[T] // the last that we know
	serves := func() bool { return n.over == x || !n.closed && suits(n.v) }
	for {
		gone := ctx.Err() // before mu: a context may be the user's, and call back
		r.mu.Lock()
		for n != nil && n.then != nil { // came while we were awake: I3
			if n = n.then; serves() {
				r.mu.Unlock()
				return n.result(x)
			}
		}
		v := r.v.Load()
		if !r.closed && suits(v) {
			r.mu.Unlock()
			return v, nil
		}
		if err := r.refuse(gone, owner); err != nil {
			return v, err
		}
		if x == nil {
			x = join()
		}
		if heard, err := r.news.Wait(ctx, &r.mu); err != nil {
			return v, err // v is out: nothing was published while we waited
		} else if n = heard; serves() { // what the news says needs no lock: a crowd wakes here
			return n.result(x)
		}
	}
}

// result is what n is to one who waits for x and is served by it.
func (n *news[T]) result(x *flight[T]) (*T, error) {
	if n.over == x {
		return x.v, x.err
	}
	return n.v, nil
}

// refuse returns why a request cannot be served, and then has unlocked mu; nil, and
// mu is still held, if it can. err is what the caller's context has said. If the
// owner has been collected it closes the refresher.
func (r *Refresher[T]) refuse(err error, owner any) error {
	wake := func() {}
	switch {
	case err != nil:
	case r.closed:
		err = ErrClosed
	case owner == nil:
		wake, err = r.shut(), ErrClosed
	default:
		return nil
	}
	r.mu.Unlock()
	wake()
	return err
}

// WaitFor returns the current snapshot if ok accepts it, else the first later
// one that ok accepts, however it came; if several are published at once, or
// while ok is busy, it may look at the newest only. For each snapshot that ok
// rejects it asks for one run, as [Refresher.ScheduleFrom] does, so set a
// MinInterval; without a snapshot it asks as [Refresher.Wait] does. A run that
// fails, or that publishes the rejected snapshot again, asks for nothing: with an
// Interval the next tick tries again, without one somebody else must. One that
// succeeds and was overtaken by a Store, before or just after, asks for another.
// When ctx ends the error joins ctx.Err() and the last failure.
//
// ok is never called with nil. It runs under no lock on the caller's goroutine,
// may call any method, and if it panics or exits that is the caller's.
func (r *Refresher[T]) WaitFor(ctx context.Context, ok func(*T) bool) (*T, error) {
	if ok == nil {
		panic("rcu: WaitFor: ok is nil")
	}
	if err := r.enter(ctx); err != nil {
		return r.v.Load(), err
	}
	owner := r.owner()
	defer runtime.KeepAlive(owner)
	r.mu.Lock()
	// v is what is looked at (nil: there is none), open whether the refresher was open
	// then, and fresh whether ok has not seen v yet.
	v, open, fresh := r.v.Load(), !r.closed, true
	var gone error   // ctx's, when last looked at
	var x *flight[T] // the run that was asked for because of v
	for {
		r.mu.Unlock()
		if v != nil && open && fresh && ok(v) {
			return v, nil
		}
		before := gone
		gone = ctx.Err()
		r.mu.Lock()
		// Published while ok was busy. Once ctx has ended this is looked at once more,
		// for a fact wins, but not again and again.
		now := r.v.Load()
		if now != v && !r.closed && before == nil {
			v, open, fresh = now, true, true
			continue
		}
		last := r.status.Err
		if err := r.refuse(gone, owner); err == ErrClosed {
			return now, err
		} else if err != nil {
			return now, also(err, last)
		}
		// What x found was dropped for a Store, or is out no more and was never looked at.
		if fresh || x.dropped || x.v != nil && x.v != v {
			x, _ = r.request(v)
		}
		n, err := r.news.Wait(ctx, &r.mu)
		if err != nil {
			return v, also(err, last) // both are as they were: there was no news
		}
		r.mu.Lock()
		v, open, fresh = n.v, !n.closed, n.v != v // what is out by now comes next
	}
}

// Schedule asks for a run that begins after this call, as [Refresher.Refresh]
// does, and goes on. It reports false if such a run is asked for already, or the
// refresher is closed.
func (r *Refresher[T]) Schedule() bool {
	return r.schedule(func() (asked bool) {
		_, asked = r.ask()
		return asked
	})
}

// ScheduleFrom asks for a run because of seen, as [Refresher.RefreshFrom] does,
// and goes on. It reports false if that run is asked for already, if another
// snapshot is out, or if the refresher is closed.
func (r *Refresher[T]) ScheduleFrom(seen *T) bool {
	return r.schedule(func() (asked bool) {
		switch v := r.v.Load(); v {
		case nil:
			_, asked = r.request(nil)
		case seen:
			_, asked = r.request(seen)
		}
		return asked
	})
}

func (r *Refresher[T]) schedule(ask func() bool) bool {
	r.made()
	owner := r.owner()
	defer runtime.KeepAlive(owner)
	r.mu.Lock()
	if r.refuse(nil, owner) != nil {
		return false
	}
	defer r.mu.Unlock()
	return ask()
}
