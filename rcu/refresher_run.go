package rcu

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"time"
	"weak"

	"github.com/petiole-go/petiole/internal/park/signal"
)

// The machine. A flight is a run, from the request on; current and next say
// where it is. All moves happen under mu.
//
//	current  next   timer     state        leaves it by
//	nil      nil    nil/tick  idle         ask: begin, or wait for MinInterval; tick: begin
//	nil      set    set       waiting      the timer: begin
//	set      nil    nil       in flight    its end: idle, and a tick is set if there is an Interval
//	set      set    nil       one queued   the end of current: next begins, or waits for MinInterval
//	                          closed       (next nil, timer nil; current until it ends)
//
//	I1  At most one flight is current, so runs do not overlap, and at most one is next.
//	I2  A flight becomes current under mu, before the first instruction of its f:
//	    what happened before a request was made happens before the run that the
//	    request is given, unless it is given the one in flight.
//	I3  Whoever waits has joined news under the mu under which it looked, and
//	    every end, publication and Close parts news under mu. Who is woken for what
//	    is not for it and has not got mu again finds what came since behind that: none
//	    is missed, though a publication may have been undone by then.
//	I4  The timer is set only when nothing is in flight. A firing that was
//	    stopped too late finds that r.timer is not its own, and does nothing.

// flight is one run.
type flight[T any] struct {
	seen       []weak.Pointer[T] // reported by who joined before it began
	superseded bool              // a Store came while it was in flight
	cancel     context.CancelCauseFunc

	// The outcome, for those who wait; written under mu before news of it goes out.
	dropped bool // it succeeded, and what it found was dropped for what had been stored
	v       *T
	err     error
}

// news is what those who wait are told. It is complete before it goes out, so
// that a crowd that wakes need not queue up for mu to know what it has got.
type news[T any] struct {
	over   *flight[T] // the flight that has ended, nil: none
	v      *T         // what is out now
	closed bool
	then   *news[T] // what came next; guarded by mu, and written once
}

// part tells n to who waits. It wants mu.
func (r *Refresher[T]) part(n *news[T]) *signal.Crowd[*news[T]] {
	if r.latest != nil {
		r.latest.then = n
	}
	r.latest = n
	return r.news.Part(n)
}

// request returns the flight that serves a caller whom seen does not serve
// (nil, or the snapshot that is out), and whether it had to be asked for.
// It wants mu, and a refresher that is not closed.
func (r *Refresher[T]) request(seen *T) (x *flight[T], asked bool) {
	if seen == nil {
		if r.current != nil {
			return r.current, false
		}
		return r.ask()
	}
	w := weak.Make(seen) // weak: a report keeps no old snapshot alive
	if r.current != nil && slices.Contains(r.current.seen, w) {
		return r.current, false
	}
	x, asked = r.ask()
	if !slices.Contains(x.seen, w) {
		x.seen = append(x.seen, w)
	}
	return x, asked
}

// ask returns the flight that has not begun yet, and whether it is a new one.
// It wants mu, and a refresher that is not closed and whose owner lives.
func (r *Refresher[T]) ask() (x *flight[T], asked bool) {
	if r.next != nil {
		return r.next, false
	}
	x = new(flight[T])
	r.next = x
	if r.current == nil {
		r.proceed()
	}
	return x, true
}

// proceed begins next, or sets the timer for it. Nothing is in flight.
func (r *Refresher[T]) proceed() {
	wait := r.o.MinInterval - time.Since(r.ended)
	if wait > 0 { // before the first run, ended is long ago
		r.arm(wait)
		return
	}
	work := r.begin() // under mu: I2
	go work()
}

// arm sets the timer, instead of what it was set for.
func (r *Refresher[T]) arm(d time.Duration) {
	r.disarm()
	var t *time.Timer
	t = time.AfterFunc(d, func() {
		r.mu.Lock() // also orders the assignment to t before us
		if r.timer != t {
			r.mu.Unlock() // I4
			return
		}
		work := r.begin()
		r.mu.Unlock()
		work()
	})
	r.timer, r.status.NextAt = t, time.Now().Add(d)
}

func (r *Refresher[T]) disarm() {
	if r.timer != nil {
		r.timer.Stop()
		r.timer, r.status.NextAt = nil, time.Time{}
	}
}

// begin puts next, or a tick's flight, in flight. If the owner has been
// collected it closes the refresher instead. It returns what is to be done
// about it after unlocking.
func (r *Refresher[T]) begin() (work func()) {
	owner := r.owner()
	if owner == nil {
		return r.shut()
	}
	r.disarm()
	x := r.next
	if x == nil {
		x = new(flight[T])
	}
	r.current, r.next = x, nil
	r.busy++
	r.status.RunningSince = time.Now()
	ctx, cancel := context.WithCancelCause(context.WithValue(context.Background(), r, true))
	x.cancel = cancel
	old := r.v.Load()
	return func() { r.fly(ctx, x, owner, old) }
}

// fly is the goroutine of a run. Everything after f is deferred, for f may exit.
func (r *Refresher[T]) fly(ctx context.Context, x *flight[T], owner any, old *T) {
	var v *T
	err := ErrGoexit
	defer func() {
		outcome := r.land(x, v, err)
		x, v = nil, nil // OnRefresh may take long: it holds no snapshot, nor the owner
		r.tell(outcome)
	}()
	if r.o.Timeout > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, r.o.Timeout)
		defer stop()
	}
	err = contain(func() (err error) {
		v, err = r.run(ctx, owner, old)
		return err
	})
}

// contain returns what f returns, or the panic it ends with. An exit goes on.
func contain(f func() error) (err error) {
	err = ErrGoexit // what a panic(nil) under GODEBUG=panicnil=1 gives
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Value: p, Stack: debug.Stack()}
		}
	}()
	return f()
}

// land books the outcome of x, goes on with what is due next, and wakes.
func (r *Refresher[T]) land(x *flight[T], v *T, err error) Refresh {
	x.cancel(nil)
	if err == nil && v == nil {
		err = ErrNilSnapshot
	}
	r.mu.Lock()
	outcome := Refresh{Started: r.status.RunningSince, Took: time.Since(r.status.RunningSince)}
	r.current, r.ended = nil, time.Now()
	x.seen, x.cancel = nil, nil // latest keeps x
	r.status.RunningSince = time.Time{}
	r.status.Runs++
	var crowd *signal.Crowd[*news[T]]
	if r.closed {
		outcome.Err = ErrClosed // those who waited were told by Close
	} else {
		outcome.Err = r.settle(x, v, err)
		if r.next != nil {
			r.proceed()
		} else if r.o.Interval > 0 {
			r.arm(r.delay())
		}
		crowd = r.part(&news[T]{over: x, v: r.v.Load(), closed: r.closed}) // closed by proceed, if the owner is gone
	}
	outcome.Version = r.status.Version
	r.mu.Unlock()
	crowd.Open()
	return outcome
}

// settle gives x its outcome and returns what OnRefresh is told of it.
func (r *Refresher[T]) settle(x *flight[T], v *T, err error) error {
	r.status.Err = err
	switch {
	case err != nil:
		r.status.Failures++
		x.v, x.err = r.v.Load(), err
		if x.superseded {
			return errors.Join(ErrSuperseded, err)
		}
		return err
	case x.superseded:
		r.status.Failures, x.dropped = 0, true
		if x.v = r.v.Load(); x.v == nil { // a Store(nil)
			x.err = ErrNotReady
		}
		return ErrSuperseded
	default:
		r.status.Failures = 0
		r.publish(v)
		x.v = v
		return nil
	}
}

// publish puts v out. It wants mu.
func (r *Refresher[T]) publish(v *T) {
	now := time.Now()
	r.v.Store(v)
	r.out.Store(&published[T]{v, now}) // second: see good
	r.status.Version++
	r.status.UpdatedAt = now
}

// delay is the time to the next tick. Doubling ends at a bound and never overflows.
func (r *Refresher[T]) delay() time.Duration {
	d := r.o.Interval
	if n := r.status.Failures; n > 0 {
		bound := r.o.MaxBackoff
		if bound == 0 {
			bound = r.o.Interval
		}
		if r.o.MinInterval > 0 {
			d = r.o.MinInterval
		}
		for ; n > 1 && d < bound; n-- {
			d += min(d, bound-d)
		}
		d = min(d, bound)
	}
	d = max(d, r.o.MinInterval)
	part := d
	if p := float64(d) * r.o.Jitter; p < float64(d) { // else it might not fit a Duration
		part = time.Duration(p)
	}
	if spread := min(part, d-r.o.MinInterval); spread > 0 {
		d -= rand.N(spread)
	}
	return d
}

// tell calls OnRefresh, keeps what it did wrong, and ends the goroutine of the run.
func (r *Refresher[T]) tell(outcome Refresh) {
	defer r.leave()
	if r.o.OnRefresh == nil {
		return
	}
	err := ErrGoexit
	defer func() {
		if err != nil {
			r.mu.Lock()
			r.status.HookErr = err
			r.mu.Unlock()
		}
	}()
	err = contain(func() error {
		r.o.OnRefresh(outcome)
		return nil
	})
}

// leave ends a goroutine of a run.
func (r *Refresher[T]) leave() {
	r.mu.Lock()
	r.busy--
	var crowd *signal.Crowd[*news[T]]
	if r.closed && r.busy == 0 { // Shutdown waits for it
		crowd = r.part(&news[T]{v: r.v.Load(), closed: true})
	}
	r.mu.Unlock()
	crowd.Open()
}

// shut closes the refresher and returns what is to be done after unlocking.
func (r *Refresher[T]) shut() (wake func()) {
	r.disarm()
	r.closed, r.next = true, nil
	r.out.Store(nil)
	crowd := r.part(&news[T]{v: r.v.Load(), closed: true})
	cancel := func(error) {}
	if r.current != nil {
		cancel = r.current.cancel
	}
	return func() {
		cancel(ErrClosed) // first: who is woken finds it so
		crowd.Open()
	}
}
