package rcu

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"github.com/petiole-go/petiole/internal/park/signal"
)

// Func fetches a snapshot. old is the one that is out when the run begins, nil
// if there is none, and must be left as it is; returning it says that nothing
// has changed, and is a success: Version moves, the age begins anew, and Changes
// yields nothing. An error, a nil snapshot, a panic and an exit all mean that the
// run has failed: what is out stays.
//
// ctx is the run's own, not a caller's: it ends with the run, after
// [Options].Timeout (its cause is then context.DeadlineExceeded) and by Close
// (cause: [ErrClosed]). A Func that ignores it holds up the next run, for two
// never overlap. With ctx, or one derived from it, a Func cannot wait for its
// own refresher: that is [ErrReentrant].
type Func[T any] func(ctx context.Context, old *T) (*T, error)

// Options of a [Refresher]. The zero value refreshes on request only, without
// any limit.
type Options struct {
	Interval    time.Duration // from the end of a run to the next; 0: none, only on request
	MinInterval time.Duration // at least so long from the end of a run to the next, requests included; 0: none
	Timeout     time.Duration // of one run's context; 0: none
	MaxBackoff  time.Duration // after failures the delay doubles up to this; 0: Interval
	Jitter      float64       // 0..1: the part of every scheduled delay that is random; 0: none of it
	MaxAge      time.Duration // Get returns ErrStale past it; 0: none, the last good snapshot serves for ever
	OnRefresh   func(Refresh) // called after every run, see Refresh; nil: none
}

// Refresh tells [Options].OnRefresh how a run went. It is called after the
// result was published and all who waited were woken, on the goroutine of the
// run, and holds up no run: calls may overlap. It may call any method but
// Shutdown, which waits for it. Its panic or exit ends nothing and is kept in
// [Status].HookErr.
type Refresh struct {
	Version uint64        // of what is out after the run
	Started time.Time     // when the run began
	Took    time.Duration // from then to the end of f
	Err     error         // nil: published; else ErrClosed, ErrSuperseded, why it failed, or the last two joined
}

// A Refresher holds a snapshot that comes from somewhere (a server, a file) and
// is fetched again, on a schedule or on request, by one goroutine at a time for
// everybody. Readers [Refresher.Load] the last good snapshot and never wait.
// Whoever needs more says how much more:
//
//	Get          the snapshot if it is good now, else why not; never waits
//	Wait         the snapshot, or the first one
//	WaitFor      the first snapshot that a function of yours accepts
//	Refresh      the result of a run that begins after the call
//	RefreshFrom  a snapshot other than the one that failed you
//	Schedule, ScheduleFrom   ask for that and go on
//
// RefreshFrom is what a client of a changing world wants: however many callers
// report the same snapshot, and however late, that costs one run.
//
// Nothing runs before somebody asks (Wait, WaitFor, Refresh, RefreshFrom,
// Schedule, ScheduleFrom): a constructor starts no code of yours. From the first
// run on, with an Interval, the runs go on by themselves until Close. Delays
// count from the end of the previous run. After the n-th failure in a row the
// next scheduled run comes after MinInterval*2^(n-1), or Interval*2^(n-1)
// without a MinInterval, at most MaxBackoff, and never sooner than MinInterval;
// a success ends that. A request skips the backoff but never MinInterval. Jitter
// J makes of a scheduled delay d a random one between d*(1-J) and d, not below
// MinInterval.
//
// A caller that gives up withdraws itself, not the run. A waiter whose run has
// ended gets its result even if its context has ended too. The methods that wait
// look, in this order, at [ErrReentrant], at what they wait for (unless the
// refresher is closed), at the context and at [ErrClosed]; every error comes with
// the snapshot there is. After Close Load and Status go on, Get returns the last
// snapshot with ErrClosed, Changes yields it and ends, and Store does nothing.
//
// An idle Refresher owns no goroutine. One with a timer set belongs to the
// testing/synctest bubble in which it was set.
//
// A Refresher is made by [NewRefresher] or [NewRefresherFor]; the zero value
// panics, except in Load. It must not be copied. All methods may be called by
// any number of goroutines. Load is one atomic load; Get, and Wait and
// RefreshFrom where they need not wait, take no lock while the snapshot is good,
// and none of these allocates. All who wait for the same event are woken together,
// in no promised order.
//
// In the terms of the Go memory model a publication (by a run, Store or
// CompareAndSwap) is synchronized before every call that returns its snapshot
// or a later one; a call that asks for a run before the run that it is given,
// unless it joins the one in flight; the end of a run before the next begins and
// before OnRefresh is told; and all of that before a Shutdown that returns nil.
//
// It is the monitor of PyMongo's Wasp's Nest, with what singleflight,
// refresh-ahead caches and the drivers' server monitors have learned since.
type Refresher[T any] struct {
	// v is what is out. Written under mu, read by anybody.
	v atomic.Pointer[T]
	// out is v with its time, for readers without the lock; nil once closed. It
	// is written under mu after v: one that names another pointer than v is
	// about to be replaced and says nothing.
	out atomic.Pointer[published[T]]

	run   func(ctx context.Context, owner any, old *T) (*T, error)
	owner func() any // nil when the owner has been collected
	o     Options

	// mu guards what follows. No callback runs and nobody waits under it.
	mu      sync.Mutex
	news    signal.Latch[*news[T]] // of every publication, every end of a run, and Close
	latest  *news[T]               // the last of news, from which the next hangs; nil: none yet
	current *flight[T]             // in flight
	next    *flight[T]             // asked for: waiting for MinInterval, or for current to end
	timer   *time.Timer            // begins next, or else a tick; nil: not set
	ended   time.Time              // when the last run ended
	busy    int                    // goroutines of runs, OnRefresh included
	closed  bool
	status  Status // Err, Failures, Runs, Version, UpdatedAt, NextAt and HookErr are kept here
}

// published is a snapshot and when it was published.
type published[T any] struct {
	v  *T
	at time.Time
}

// NewRefresher makes a refresher that has no owner: once asked, and with an
// Interval, it runs until Close. It panics if f is nil, a duration is negative, or
// Jitter is not in 0..1.
func NewRefresher[T any](f Func[T], o Options) *Refresher[T] {
	if f == nil {
		panic("rcu: NewRefresher: f is nil")
	}
	o.check("NewRefresher")
	return &Refresher[T]{
		run:   func(ctx context.Context, _ any, old *T) (*T, error) { return f(ctx, old) },
		owner: func() any { return true }, // nobody: never collected
		o:     o,
	}
}

// NewRefresherFor makes a refresher that lives as long as its owner, typically
// the client struct that it is a field of, and needs no Close: it refers to the
// owner weakly, and when the owner has been collected the next tick or request
// finds that out and closes it. (Without an Interval there is no tick: it is then
// memory like any other, but a Changes loop on it goes on until its context ends.)
// As long as the owner lives the runs go on, even if nobody holds the refresher.
//
// f is called with the owner: a method expression such as (*Client).refresh is
// the natural f, for it cannot capture. f, OnRefresh and the snapshots must not
// refer to the owner in any other way, or it lives for ever. The owner is held
// while f runs, and while a caller waits for a run. (The weak reference is that
// of PyMongo's monitor, a weakref.proxy.)
//
// A caller for whom the refresher is the last thing it does with the owner may
// find the owner collected, and the refresher closed, before it has begun to
// wait; runtime.KeepAlive(owner) after the call prevents it.
//
// It panics as NewRefresher does, and if owner is nil.
func NewRefresherFor[O, T any](owner *O, f func(owner *O, ctx context.Context, old *T) (*T, error), o Options) *Refresher[T] {
	if owner == nil {
		panic("rcu: NewRefresherFor: owner is nil")
	}
	if f == nil {
		panic("rcu: NewRefresherFor: f is nil")
	}
	o.check("NewRefresherFor")
	ref := weak.Make(owner)
	return &Refresher[T]{
		run: func(ctx context.Context, owner any, old *T) (*T, error) { return f(owner.(*O), ctx, old) },
		owner: func() any {
			if owner := ref.Value(); owner != nil {
				return owner
			}
			return nil
		},
		o: o,
	}
}

func (o Options) check(who string) {
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"Interval", o.Interval},
		{"MinInterval", o.MinInterval},
		{"Timeout", o.Timeout},
		{"MaxBackoff", o.MaxBackoff},
		{"MaxAge", o.MaxAge},
	} {
		if d.value < 0 {
			panic(fmt.Sprintf("rcu: %s: Options.%s is negative (%v)", who, d.name, d.value))
		}
	}
	if !(o.Jitter >= 0 && o.Jitter <= 1) { // so written, NaN fails too
		panic(fmt.Sprintf("rcu: %s: Options.Jitter is not between 0 and 1 (%v)", who, o.Jitter))
	}
}

func (r *Refresher[T]) made() {
	if r.run == nil {
		panic("rcu: a Refresher is made by NewRefresher or NewRefresherFor")
	}
}

// Load returns the current snapshot, nil before the first. It goes on after Close.
func (r *Refresher[T]) Load() *T { return r.v.Load() }

// good returns the snapshot that is out, without the lock, unless there is none,
// the refresher is closed, or another is about to be published.
func (r *Refresher[T]) good() *published[T] {
	p := r.out.Load()
	if p == nil || p.v == nil || r.v.Load() != p.v {
		return nil // v is loaded second: p.v was out at that moment, published at p.at or once more since
	}
	return p
}

// Get returns the current snapshot if it is good, and never waits. The errors,
// joined with that of the last run if it failed: [ErrClosed], [ErrNotReady]
// while there is no snapshot, [ErrStale] if it was published more than MaxAge
// ago. Each comes with the snapshot there is.
func (r *Refresher[T]) Get() (*T, error) {
	r.made()
	if p := r.good(); p != nil && r.young(p.at) {
		return p.v, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	v, err := r.v.Load(), error(nil)
	switch {
	case r.closed:
		err = ErrClosed
	case v == nil:
		err = ErrNotReady
	case !r.young(r.status.UpdatedAt):
		err = ErrStale
	default:
		return v, nil
	}
	return v, also(err, r.status.Err)
}

func (r *Refresher[T]) young(at time.Time) bool {
	return r.o.MaxAge == 0 || time.Since(at) <= r.o.MaxAge
}

// also joins err with what the last run failed of, if it did.
func also(err, last error) error {
	if last == nil {
		return err
	}
	return errors.Join(err, last)
}

// Changes yields the current snapshot (nil too), then each newer one, as
// [Cell.Changes] does, until ctx ends or, after the last one, the refresher is
// closed. It asks for no run and does not keep the owner alive.
func (r *Refresher[T]) Changes(ctx context.Context) iter.Seq[*T] {
	r.made()
	return follow(ctx, r.Load, func(last *T) bool {
		r.mu.Lock()
		changed := r.v.Load() != last
		if changed || r.closed {
			r.mu.Unlock()
			return changed
		}
		_, err := r.news.Wait(ctx, &r.mu)
		return err == nil
	})
}

// Status is how a [Refresher] is doing, all of it at one moment.
type Status struct {
	Version      uint64    // publications so far: by runs, Store, and CompareAndSwap where it swapped; 0: none yet
	UpdatedAt    time.Time // when it was published; zero: never
	Err          error     // of the last run; nil after a success
	Failures     int       // in a row; a success makes it 0
	Runs         uint64    // that have ended
	RunningSince time.Time // zero: none in flight
	NextAt       time.Time // when the run that waits, or the next tick, is due; zero: none (on request only, in flight, closed)
	HookErr      error     // the last panic (*PanicError) or exit (ErrGoexit) of OnRefresh
}

// Status returns how the refresher is doing.
func (r *Refresher[T]) Status() Status {
	r.made()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}
