package vigil

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// A Guard keeps the vigil over one resource R: whatever ends it first, R is reclaimed once, by the function that Bind
// was given, with the cause on record. It is made by [Bind] and by Acquire of a [Pool], and must not be copied. All of
// its methods may be called by any number of goroutines, by a reclaim too.
//
// Once something has ended the vigil the guard is gone, even while the reclaim waits or runs. A gone guard holds no R
// when that has been reclaimed and no Use is left.
//
// Without options a Bind and a Release allocate at most 200 B, and a live guard takes at most 300. It has no goroutine, a
// timer only if it has a lease, and a channel only if Done was called. With a context that can end one function is
// registered, for all guards of the keeper that end with it. What one function gets and gives back needs no guard but a
// defer.
//
// # Edges
//
// A Release, and the end of each Use, are synchronized before the reclaim (of an Expired guard: the end of those
// Uses that were over when it began). The reclaim is synchronized before Done is closed, and before the Release or Use
// that ran it returns.
type Guard[R any] struct {
	_       [0]sync.Mutex // for go vet: a copy would be collected by itself
	e       *bound[R]
	cleanup runtime.Cleanup // of one that was bound without a worker; never changes
}

// A bound is an entry with its resource. V5
type bound[R any] struct {
	entry
	r       R
	reclaim func(R, Record) error
}

// call returns a panic as an error, and does not return if there is a Goexit.
func (b *bound[R]) call() (err error) {
	returned := false
	defer func() {
		if !returned {
			err = panicked(recover()) // if it was a Goexit nobody gets it
		}
	}()
	var rec Record
	b.fill(&rec)
	if b.word.Load()&(pooled|forced) == pooled|forced {
		rec.Cause = Expired // whatever it was that the lease has not let wait: it does not go back
	}
	err = b.reclaim(b.r, rec)
	returned = true
	return err
}

func (b *bound[R]) clear() {
	var none R
	b.r, b.reclaim = none, nil
}

// Bind puts r under the vigil of k. When the vigil ends reclaim is called with it, once. What ends it:
//
//   - Release of the guard.
//   - The end of the worker, if ctx carries one of this keeper (see [Keeper.Go]); the nearest, if it carries several.
//   - The end of ctx, also while the worker runs.
//   - The end of a [Lease].
//   - The last mention of the guard, if it has no worker: see the package documentation.
//   - Shutdown of the keeper.
//
// If Bind returns an error the guard is nil, and r has been reclaimed: with Canceled and ctx.Err() if ctx has ended; with
// Shutdown and [ErrClosed] after Shutdown; and with [ErrEnded] if the function of the worker has ended, with its cause.
// Such a Bind counts in Stats as any other.
//
// reclaim runs on the goroutine of the Release, of the last Use to end, of the worker that has ended, or of the Bind that
// fails; and else on one of the keeper's reclaimers, where one that blocks may hold up others of the same keeper, or in
// Flush. It runs under no lock and may use the keeper. What it returns, or panics with, is Err of the record; if it exits
// its goroutine that is [ErrGoexit], and the goroutine ends when the books are right. No other reclaim, and no worker's
// Wait, is changed by that.
//
// A nil context, keeper or reclaim panics.
func Bind[R any](ctx context.Context, k *Keeper, r R, reclaim func(r R, rec Record) error, o ...BindOption) (*Guard[R], error) {
	switch {
	case ctx == nil:
		panic("vigil: Bind with a nil context")
	case k == nil:
		panic("vigil: Bind with a nil keeper")
	case reclaim == nil:
		panic("vigil: Bind with a nil reclaim")
	}
	b := &bound[R]{r: r, reclaim: reclaim}
	b.self = b
	b.options(o)
	b.stack(k)
	to := k.bondOf(ctx, nil)
	if err := k.bind(&b.entry, &to); err != nil {
		return nil, err
	}
	return b.guard(to.worker), nil
}

// guard makes the handle. Without a worker nobody keeps it but those who use it, and a cleanup tells when there are none.
func (b *bound[R]) guard(w *Worker) *Guard[R] {
	g := &Guard[R]{e: b}
	if w == nil {
		g.cleanup = runtime.AddCleanup(g, dropped, &b.entry)
	}
	return g
}

// bind has the vigil over e begin, or reclaims it.
func (k *Keeper) bind(e *entry, b *bond) error {
	e.born = time.Now() // not under the mutex, as clocks are slow
	k.lock()
	c, err := b.refused()
	if err == nil {
		b.add(e)
		k.count(e)
		k.mu.Unlock()
		b.drop()
		return nil
	}
	k.home.add(e)
	k.count(e)
	if b.worker != nil {
		e.more().refused = b.worker
	}
	e.decide(c, 0)
	j := e.claim()
	k.mu.Unlock()
	defer b.drop()
	_ = j.run()
	return err
}

// refused returns why nothing can be bound, and with which cause it would be reclaimed; or nil, when there is a source
// to tie to. With the mutex.
func (b *bond) refused() (Cause, error) {
	for {
		w := b.worker
		switch {
		case b.err != nil:
			return Canceled, b.err
		case b.keeper.closed.Load():
			return Shutdown, ErrClosed
		case w != nil && w.ended != 0:
			return w.ended, ErrEnded
		case b.tie():
			return 0, nil
		}
	}
}

// count gives e, which is in a list, its number, and starts its lease, which may end at once. With the mutex.
func (k *Keeper) count(e *entry) {
	k.bound++
	k.live++
	k.left++
	k.ids++
	e.id = k.ids
	if x := e.extra.Load(); x != nil && x.lease > 0 {
		e.hold(x.lease, 0)
	}
}

// dropped is called, on a goroutine of the runtime's, when nobody has the guard of e any more. It waits for nothing but
// the mutex, and runs nothing of anybody's.
func dropped(e *entry) {
	k := e.keeper()
	k.lock()
	if e.home.Load().worker == nil { // else it has been transferred, and its cleanup came too late to be stopped
		e.take(Dropped, time.Now())
		k.spawn(1)
	}
	k.mu.Unlock()
}

// made is the guard's entry.
func (g *Guard[R]) made() *bound[R] {
	if g == nil || g.e == nil {
		panic("vigil: a Guard that neither Bind nor Acquire has made")
	}
	return g.e
}

// Use calls f with R and returns what f returns. R is not reclaimed before f has ended, unless the lease ends
// (Expired). If the vigil has ended Use returns [ErrReclaimed], and f is not called. Use is no lock: others may use R at
// the same time, and a Use may be within another. A nil f panics.
//
// What ends while R is in use is reclaimed by the last Use to end, on its goroutine, before it returns. A panic or a
// Goexit of f ends the Use, and goes on. An R that f carries out of the Use is on its own.
func (g *Guard[R]) Use(f func(r R) error) error {
	if f == nil {
		panic("vigil: Use with a nil function")
	}
	g.made().lapse()
	if !g.e.pin() {
		return ErrReclaimed
	}
	returned, err := g.use(f)
	if !returned {
		panic(nil) // recovered, where GODEBUG has that be nothing
	}
	g.used()
	return err
}

// use calls f. A panic or a Goexit of f ends the Use.
func (g *Guard[R]) use(f func(R) error) (returned bool, err error) {
	defer func() {
		if returned {
			return
		}
		if v := recover(); v != nil { // or a reclaim that exits the goroutine would end the panic
			defer panic(v)
		}
		g.used()
	}()
	err = f(g.e.r)
	return true, err
}

func (g *Guard[R]) used() {
	g.e.unpin()
	runtime.KeepAlive(g) // a Use keeps the guard
}

// Release reclaims R, here and now, and returns what came of that: Err of the record. If R is in use the last Use reclaims
// it, and Release returns nil; what came of it only the record tells. If the vigil has ended before it returns
// [ErrReclaimed], at once: the reclaim may be still to come, and Done tells when it is over.
func (g *Guard[R]) Release() error {
	e := &g.made().entry
	e.lapse()
	k := e.keeper()
	ended := time.Since(e.born)
	k.lock()
	won, busy := e.decide(Released, ended)
	if !won || busy {
		k.mu.Unlock()
		if won {
			return nil
		}
		return ErrReclaimed
	}
	j := e.claim()
	k.mu.Unlock()
	g.forget()
	return j.run()
}

// forget is called when the guard need not be watched any more.
func (g *Guard[R]) forget() {
	g.cleanup.Stop()
	runtime.KeepAlive(g) // until then it must not be collected
}

// Detach takes R out of the vigil and returns it: it will not be reclaimed, and no hook hears of it. Those who use it
// go on. What a [Pool] has lent leaves the pool, which does not close it and has its place free. If the vigil has ended
// before it returns false.
func (g *Guard[R]) Detach() (R, bool) {
	e := g.made()
	e.lapse()
	k := e.keeper()
	k.lock()
	if !e.live() {
		k.mu.Unlock()
		var none R
		return none, false
	}
	r, reclaim := e.r, e.reclaim // V5
	v := e.word.Or(detached)
	k.live--
	k.detached++
	stop := e.leave()
	if x := e.extra.Load(); x != nil && x.timer != nil {
		x.timer.Stop()
	}
	e.end()
	g.forget()
	if v&pooled != 0 {
		_ = reclaim(r, Record{}) // its place is free
	}
	k.stop(stop)
	return r, true
}

// Transfer hands the guard to another worker, as if it had been bound with the context that to was started with: it
// leaves its old worker and its old context, and keeps its name, lease and token. (A loan of a [Pool] no context ends, that
// one neither.) Of a worker whose function has ended it returns [ErrEnded], of one whose context has ended ctx.Err(),
// and then nothing has changed. A gone guard returns [ErrReclaimed]. A nil worker, and one of another keeper, panics.
func (g *Guard[R]) Transfer(to *Worker) error {
	e := &g.made().entry
	k := e.keeper()
	if to == nil || to.home.keeper != k {
		panic("vigil: Transfer to no worker of this keeper")
	}
	e.lapse()
	if !e.live() {
		return ErrReclaimed
	}
	b := k.bondOf(to.life.Context, to)
	if e.word.Load()&pooled != 0 {
		b.done = nil
	}
	k.lock()
	err := ErrReclaimed
	for e.live() {
		err = b.err
		if to.ended != 0 {
			err = ErrEnded
		}
		if err != nil || b.tie() {
			break
		}
		err = ErrReclaimed
	}
	if err != nil {
		k.mu.Unlock()
		b.drop()
		return err
	}
	e.home.Load().remove(e)
	stop := b.add(e)
	k.mu.Unlock()
	g.forget()
	k.stop(stop)
	b.drop()
	return nil
}

// Beat has the lease start anew, and reports false if it is too late: the vigil has ended. Without a lease it reports
// whether the guard is live.
func (g *Guard[R]) Beat() bool { return g.made().beat() }

// Token is the guard's number. It grows with every Bind of the keeper, is never 0 and never used again: who has a
// larger one came later, so who receives the tokens can refuse those who were fenced off by a successor. Tokens of two
// keepers, or of two processes, cannot be compared: put before them what tells their order, an epoch.
func (g *Guard[R]) Token() uint64 { return g.made().id }

// Done returns a channel that is closed when R has been reclaimed, and the hooks have run; and by Detach.
func (g *Guard[R]) Done() <-chan struct{} { return g.made().done() }

func (e *entry) done() <-chan struct{} {
	k := e.keeper()
	k.lock()
	defer k.mu.Unlock()
	if e.word.Load()&over != 0 {
		return closed
	}
	x := e.more()
	if x.done == nil {
		x.done = make(chan struct{})
	}
	return x.done
}

// closed is what Done gives when it is too late for a channel. It is made here, outside of any bubble of
// testing/synctest, and so may be received from in each.
var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()
