package vigil

import (
	"context"
	"fmt"
	"runtime"
	"runtime/pprof"
	"strconv"
	"time"

	"github.com/petiole-go/petiole/internal/park/signal"
)

// A Worker is a function that runs on a goroutine of its own, and the guards that it keeps. It is made by
// [Keeper.Go]. All of its methods may be called by any number of goroutines.
type Worker struct {
	id   uint64
	name string
	home home // of the guards that it keeps
	life life

	// The keeper's mutex guards the rest.
	ended Cause                  // the function has; 0: not yet
	moved signal.Latch[struct{}] // opened when the function has ended, and no guard is left, or one can be claimed
	cause Cause                  // the worker has ended; 0: not yet
	err   error                  // for Wait
	over  signal.Latch[struct{}] // opened when the worker has ended
	given chan struct{}          // by Done, and not closed yet
}

// Go starts f on a goroutine of its own, as a worker: the guards that are bound with its context, or with one derived
// from it, are reclaimed when f has ended, be it by return, panic or [runtime.Goexit]; the last one first, on the
// worker's goroutine, and before Wait returns. A guard that somebody else uses or reclaims just then is waited for.
//
// The context has the values of ctx and ends with it, at Shutdown of the keeper ([context.Cause] is [ErrClosed]), and when
// the worker has ended (ErrEnded). That of ctx may have ended before: f runs all the same. The
// end of the context ends no goroutine, but reclaims the guards that are bound with it. (So a worker that is started with the
// context of another loses its guards when that one ends.)
//
// A panic of f ends the process, when the guards have been reclaimed, unless the keeper captures panics.
//
// After Shutdown f is not called: Wait returns [ErrClosed], and Cause is Shutdown. A nil ctx or f panics.
func (k *Keeper) Go(ctx context.Context, name string, f func(ctx context.Context) error) *Worker {
	switch {
	case ctx == nil:
		panic("vigil: Go with a nil context")
	case f == nil:
		panic("vigil: Go with a nil function")
	}
	w := &Worker{name: name}
	w.home.keeper, w.home.worker = k, w
	w.life.Context, w.life.worker = ctx, w
	k.lock()
	k.ids++
	w.id = k.ids
	if k.o.Labels {
		k.mu.Unlock()
		w.life.Context = pprof.WithLabels(ctx, w.labels())
		k.lock()
	}
	if k.closed.Load() {
		w.ended, w.cause, w.err = Shutdown, Shutdown, ErrClosed
		k.mu.Unlock()
		return w
	}
	w.home.open(&k.home)
	k.mu.Unlock()
	if k.o.Labels {
		go w.labelled(f)
	} else {
		go w.run(f)
	}
	return w
}

// The keys of the pprof labels of a worker: its ID, its name, and of which keeper it is, as IDs are a keeper's own.
const idLabel, nameLabel, keeperLabel = "vigil_id", "vigil_name", "vigil_keeper"

func (w *Worker) labels() pprof.LabelSet {
	return pprof.Labels(idLabel, strconv.FormatUint(w.id, 10), nameLabel, w.name, keeperLabel, fmt.Sprintf("%p", w.home.keeper))
}

// labelled is the goroutine, with Labels. Sweep knows it by its name: the goroutines that f starts, be they workers of other
// keepers, have the labels too.
func (w *Worker) labelled(f func(context.Context) error) {
	pprof.SetGoroutineLabels(w.life.Context)
	w.run(f)
}

// run is the goroutine.
func (w *Worker) run(f func(context.Context) error) {
	how, err, reclaims := Goexited, ErrGoexit, false
	defer func() {
		if !reclaims { // a Goexit
			w.end(0, how, err, true)
		}
	}()
	func() {
		defer func() {
			if how == Returned {
				return
			}
			v := recover()
			if v == nil {
				return
			}
			how, err = Panicked, panicked(v)
			if !w.home.keeper.o.CapturePanics {
				reclaims = true
				defer panic(v) // from here, where the stack still shows who has panicked; and whatever a reclaim does
				w.end(0, how, err, false)
			}
		}()
		err = f(&w.life)
		how = Returned
	}()
	reclaims = true
	tell := true
	if how == Goexited { // a panic(nil), where GODEBUG has that be nothing
		how, err = Panicked, panicked(nil)
		if tell = w.home.keeper.o.CapturePanics; !tell {
			defer panic(nil)
		}
	}
	w.end(0, how, err, tell)
}

// end is what comes when f has ended, from a stage on: 0 is all of it. What an Interrupt or a reclaim cuts short by
// exiting the goroutine goes on with the next stage. If the process is about to end by a panic nobody is told that the
// worker has ended: it might get away with it.
func (w *Worker) end(stage int, how Cause, err error, tell bool) {
	defer func() {
		if stage++; stage < 4 { // as it is more, if nothing was cut short
			w.end(stage, how, err, tell)
		}
	}()
	for ; stage < 4; stage++ {
		switch {
		case stage == 0:
			j, more := w.decide(how)
			if more {
				w.reclaim(j)
			}
			stage = 1
		case stage == 1: // where an Interrupt has cut short the one before
			w.reclaim(job{})
		case stage == 2 && tell:
			w.life.end(atEnd)
		case tell:
			w.tell(how, err)
		}
	}
}

// decide ends the vigil over all that w keeps, and reports whether there is any. It claims the first to be reclaimed, if it may: each turn of
// the mutex counts where ten thousand workers end.
//
//go:noinline
func (w *Worker) decide(how Cause) (j job, more bool) {
	k := w.home.keeper
	k.lock()
	w.ended = how // nothing comes in any more
	if w.home.first == nil {
		k.mu.Unlock()
		return job{}, false
	}
	now := time.Now()
	var used []*entry
	for e := w.home.last; e != nil; e = e.prev {
		if e.late(now) {
			if e.take(Expired, now) {
				used = append(used, e)
			}
		} else if won, busy := e.decide(how, now.Sub(e.born)); won && busy && e.interruptible() {
			used = append(used, e)
		}
	}
	if len(used) == 0 {
		j = w.claim()
	}
	k.spawn(1) // if a lease was over
	k.mu.Unlock()
	k.interrupt(used)
	return j, true
}

// reclaim reclaims j, if that is one, and what is left and nobody else does, the last first; and waits for what somebody else
// does.
func (w *Worker) reclaim(j job) {
	k := w.home.keeper
	exits := false // a reclaim does
	defer func() {
		if exits {
			w.reclaim(job{})
		}
	}()
	for {
		if j.e != nil {
			exits = true
			_ = j.run()
			exits = false
			if j.alone {
				return
			}
		}
		k.lock()
		for j = w.claim(); j.e == nil && w.home.first != nil; j = w.claim() {
			_, _ = w.moved.Wait(forever, &k.mu)
			k.lock()
		}
		k.mu.Unlock()
		if j.e == nil {
			return
		}
	}
}

// claim claims the last guard that may be claimed, if there is one. With the mutex.
func (w *Worker) claim() job {
	for e := w.home.last; e != nil; e = e.prev {
		if e.claimable() {
			return e.claim()
		}
	}
	return job{}
}

// tell has the worker be over.
func (w *Worker) tell(how Cause, err error) {
	k := w.home.keeper
	k.lock()
	w.cause, w.err = how, err
	w.home.shut()
	if w.given != nil {
		close(w.given)
	}
	over := w.over.Part(struct{}{})
	var alone *signal.Crowd[struct{}]
	if k.idle() {
		alone = k.alone.Part(struct{}{})
	}
	quiet := k.quiet()
	k.mu.Unlock()
	over.Open()
	alone.Open()
	quiet.Open()
}

// Wait waits until the worker has ended and all its guards are reclaimed, and returns what f returned; or a
// [*PanicError], or [ErrGoexit]; or [ErrClosed] if f was not called. All that the worker did, and the reclaims, are
// synchronized before it returns. The worker itself, its reclaims and the Uses that it waits for must not call it.
func (w *Worker) Wait() error {
	k := w.home.keeper
	k.lock()
	if w.cause == 0 {
		k.mu.Unlock()
		runtime.Gosched() // a worker that is quick, and has not had its turn, ends now, and nobody needs to sleep
		k.lock()
	}
	if w.cause == 0 {
		_, _ = w.over.Wait(forever, &k.mu)
		k.lock()
	}
	defer k.mu.Unlock()
	return w.err
}

// Cause is how f ended: Returned, Panicked or Goexited, or Shutdown if it was not called. It is 0 until Done is closed.
func (w *Worker) Cause() Cause {
	k := w.home.keeper
	k.lock()
	defer k.mu.Unlock()
	return w.cause
}

// Done returns a channel that is closed when the worker has ended, as for Wait.
func (w *Worker) Done() <-chan struct{} {
	k := w.home.keeper
	k.lock()
	defer k.mu.Unlock()
	if w.cause != 0 {
		return closed
	}
	if w.given == nil {
		w.given = make(chan struct{})
	}
	return w.given
}

// ID is the worker's number, which is never 0 and which no other worker, guard or watch of the keeper has or will have.
func (w *Worker) ID() uint64 { return w.id }

// FromContext returns the nearest worker that ctx carries, of whatever keeper; false: it carries none.
func FromContext(ctx context.Context) (*Worker, bool) {
	w, ok := ctx.Value(workerKey{}).(*Worker)
	return w, ok
}

// workerOf returns the nearest worker of k that ctx carries, or nil.
func (k *Keeper) workerOf(ctx context.Context) *Worker {
	w, _ := ctx.Value(k).(*Worker)
	return w
}
