package queue

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"sync"
	"sync/atomic"

	"github.com/petiole-go/petiole/internal/park"
	"github.com/petiole-go/petiole/internal/park/signal"
	"github.com/petiole-go/petiole/internal/park/spin"
)

// Unbounded is the capacity of a queue that always has room.
const Unbounded = -1

var (
	// ErrFull is returned by TryPut where Put would wait.
	ErrFull = errors.New("queue: full")
	// ErrEmpty is returned by TryGet where Get would wait.
	ErrEmpty = errors.New("queue: empty")
	// ErrClosed is returned by a put into a closed queue, and by a get from one that is
	// closed and drained.
	ErrClosed = errors.New("queue: closed")
)

// A Queue passes items from goroutines that put them to goroutines that take them.
// It is made by [New], [NewLIFO] or [NewPriority], which say in what order they are
// taken; the zero Queue panics. All methods may be called by any number of
// goroutines. A Queue must not be copied.
//
// The capacity is how many items may be in it, together with the slots that are
// reserved ([Queue.Reserve]). A put waits while there is no room, a get while there
// is nothing in. Capacity 0 is a rendezvous: a put is complete when a get has taken
// the item out of its hands, and the queue holds nothing. [Unbounded] always has
// room, until there is no memory: Peak in [Stats] shows it coming. A bounded queue's
// memory is allocated once, as a channel's; that of an unbounded one grows as
// it is fed, and shrinks when less than a quarter of it is in use.
//
// Waiters are served first come, first served, each side by itself, and nobody,
// TryPut and TryGet included, overtakes one who waits. What is handed to somebody
// who waits is theirs at that moment, before they have run. On a full LIFO or
// priority queue a get first lets in the item of who has waited longest to put, and then
// takes by order: the item that had to wait competes.
//
// While slots hold all the room a put waits even if somebody waits to get.
//
// Every call with a context looks at it first: if it has ended the call returns
// ctx.Err(), even if there is an item or room, and even if the queue is closed. If it ends
// while the call waits, the call returns ctx.Err() and has had no effect, unless it was
// served at the same moment: then it returns nil. There are two exceptions: PutBatch says
// how many are in, and Join returns nil whenever nothing is unfinished. A context whose Done
// panics or exits ends the wait, as if that came right after it: what the call had been served
// with by then is gone with it.
//
// [Queue.Close] ends the puts, and the gets when all is taken. A closed queue is
// drained when nothing is in and no slot is out.
//
// Put and Get, their Try forms and batches allocate nothing if they do not wait, and at
// most twice if they do. Exceptions are the growing and shrinking of an unbounded queue, a
// GetBatch by priority (a log, which is kept up to 64 items), and items of more than 64 KiB,
// which Go moves to the heap. Reserve allocates the Slot, GetAll and CloseNow what they return
// (by priority twice that), a GetAny that waits some for each queue. A Queue owns no
// goroutine. One that was made in a bubble of testing/synctest may be closed, and its Closed
// be received from, only there.
//
// In the terms of the Go memory model a put, or that of a slot, is synchronized before the
// return of the get that takes its item. A get and a Release are synchronized before the
// return of the put or Reserve that uses the room which they made, and a get on a
// rendezvous queue before that of the put which it serves. Every TaskDone that a Join waited
// for is synchronized before its return; Close and CloseNow are before a receive from
// Closed and before the return of an ErrClosed.
//
// For what a channel does, and no more, a channel is the simpler thing, and the
// faster one for a ping-pong without contexts. To select between a queue and
// channels, bridge it to one: see the example.
//
// Put, Get, TaskDone and Join are those of Toro and asyncio; a slot is what tokio calls a
// permit of its mpsc channel.
type Queue[T any] struct {
	slept    atomic.Int64  // WaitDuration: added to by whoever has slept, without mu
	closedCh chan struct{} // closed under mu
	capacity int           // for ever

	// mu guards what follows, and is taken by spin.Lock. Under it runs the comparison, and no
	// other code of the user's: no context is asked, nobody waits, and nobody is woken. No
	// other queue's mu is taken under it.
	mu        sync.Mutex
	items     store[T]
	limit     int // of items and slots, below which a put cannot fail, nor compare; 0: there is none
	slots     int // out
	getters   park.Line[taking[T]]
	putters   park.Line[putting[T]]
	several   int  // of the getters, nodes of GetAny
	closed    bool // by Close or CloseNow
	void      bool // by CloseNow: slots are worth nothing
	peak      int
	gets      int64
	discarded int64
	finished  int64 // by TaskDone
	waits     int64
	finish    signal.Latch[struct{}] // parted whenever nothing is unfinished
}

// New returns a first-in, first-out queue. See [Queue] for what a capacity is; one below 0
// that is not [Unbounded] panics, and so does one that no memory could hold, as make does.
func New[T any](capacity int) *Queue[T] {
	q := build[T](capacity)
	q.items.ring = ring[T]{buf: room[T](capacity), grows: capacity == Unbounded}
	if q.limit = capacity; capacity == Unbounded {
		q.limit = math.MaxInt
	}
	return q
}

// NewLIFO returns a last-in, first-out queue. The capacity is as for [New].
func NewLIFO[T any](capacity int) *Queue[T] {
	q := New[T](capacity)
	q.items.lifo = true
	return q
}

// NewPriority returns a queue from which the least item is taken first, and of equal
// ones the one that came first. The capacity is as for [New]; a nil compare panics. compare is negative if a is to be taken before b,
// positive if after, 0 if they are equal, as for [slices.SortFunc].
//
// compare runs under the queue's lock, about once or twice for each level of a binary heap, and
// in GetAll and CloseNow for a sort: it must be quick and pure, must not wait, and must not
// touch the queue. One that contradicts itself costs the order, and no more. If it panics or
// exits, that reaches the caller whose operation compared, and the queue is as it was; what
// [Queue.PutBatch] had put before stays in. If it panics on the item of one who waits to put
// to a full queue, it will for every get, and for the Release of a slot, until that one's
// context ends or the queue is closed. Close compares nothing; CloseNow, if it panics, has
// not closed.
func NewPriority[T any](capacity int, compare func(a, b T) int) *Queue[T] {
	if compare == nil {
		panic("queue: NewPriority without a comparison")
	}
	q := build[T](capacity)
	q.items.heap = &heap[T]{a: room[entry[T]](capacity)[:0], compare: compare, grows: capacity == Unbounded}
	return q
}

func build[T any](capacity int) *Queue[T] {
	if capacity < Unbounded {
		panic(fmt.Sprintf("queue: a capacity of %d", capacity))
	}
	q := &Queue[T]{capacity: capacity, closedCh: make(chan struct{})}
	q.getters.Timed, q.putters.Timed = true, true
	return q
}

// room is the buffer of a queue: all of it, or none if it grows.
func room[E any](capacity int) []E { return make([]E, max(capacity, 0)) }

// Put puts v, and waits for room if there is none, or on a rendezvous queue for
// who takes it. On an error v is not in the queue: ctx.Err(), or ErrClosed.
func (q *Queue[T]) Put(ctx context.Context, v T) error {
	if err := q.check(ctx); err != nil {
		return err
	}
	if !spin.TryLock(&q.mu) {
		spin.Lock(&q.mu)
	}
	if q.pushes() {
		q.push(&v)
		q.mu.Unlock()
		return nil
	}
	return q.put(ctx, &v)
}

// atOnce, a nil context, has tryPut and tryGet return ErrFull or ErrEmpty instead of
// joining the line. A user's nil context does not get there.
var atOnce context.Context

// TryPut puts v at once, or returns ErrClosed or ErrFull. On a rendezvous queue it
// succeeds only if somebody waits to take it.
func (q *Queue[T]) TryPut(v T) error {
	q.lock()
	if q.pushes() {
		q.push(&v)
		q.mu.Unlock()
		return nil
	}
	_, err := q.tryPut(atOnce, &v)
	return err
}

// put is Put with the mutex, which it lets go.
func (q *Queue[T]) put(ctx context.Context, v *T) error {
	w, err := q.tryPut(ctx, v)
	if w == nil {
		return err
	}
	_, err = q.waitToPut(w)
	return err
}

// tryPut puts v, or joins the line with it if there is a context. It is called with the
// mutex, and lets it go.
func (q *Queue[T]) tryPut(ctx context.Context, v *T) (*park.Waiter[putting[T]], error) {
	var k park.Woken
	defer q.unlock(&k)
	switch {
	case q.closed:
		return nil, ErrClosed
	case q.give(v, &k):
		return nil, nil
	case ctx == atOnce:
		return nil, ErrFull
	}
	w := q.queueUp(ctx)
	w.Value.one = *v
	return w, nil
}

// Get takes the next item, and waits for one if nothing is in. On an error nothing
// was taken: ctx.Err(), or ErrClosed if the queue is closed and drained.
func (q *Queue[T]) Get(ctx context.Context) (v T, err error) {
	if err = q.check(ctx); err != nil {
		return v, err
	}
	if !spin.TryLock(&q.mu) {
		spin.Lock(&q.mu)
	}
	if q.pops() {
		q.pop(&v)
		q.mu.Unlock()
		return v, nil
	}
	err = q.get(ctx, &v)
	return v, err
}

// TryGet takes the next item at once, or returns ErrClosed or ErrEmpty. On a
// rendezvous queue it succeeds only if somebody waits to put.
func (q *Queue[T]) TryGet() (v T, err error) {
	q.lock()
	if q.pops() {
		q.pop(&v)
		q.mu.Unlock()
		return v, nil
	}
	_, err = q.tryGet(atOnce, &v)
	return v, err
}

// get is Get with the mutex, which it lets go.
func (q *Queue[T]) get(ctx context.Context, v *T) error {
	w, err := q.tryGet(ctx, v)
	if w == nil {
		return err
	}
	slept, err := w.Wait(nobody, nil)
	q.slept.Add(int64(slept))
	if err == nil {
		*v, err = w.Value.one, w.Value.err
	}
	w.Free()
	return err
}

// tryGet takes an item, or joins the line if there is a context. It is called with the
// mutex, and lets it go.
func (q *Queue[T]) tryGet(ctx context.Context, v *T) (*park.Waiter[taking[T]], error) {
	var k park.Woken
	defer q.unlock(&k)
	switch {
	case q.ready():
		q.take(v, &k)
		return nil, nil
	case q.drained():
		return nil, ErrClosed
	case ctx == atOnce:
		return nil, ErrEmpty
	}
	q.waits++
	return q.getters.Join(ctx, &q.mu), nil
}

// All yields items from Get until that fails: the queue is closed and drained, or ctx has
// ended (see ctx.Err). Breaking out takes nothing more. It may be ranged over again, and by
// several goroutines, each of which gets its own items.
func (q *Queue[T]) All(ctx context.Context) iter.Seq[T] {
	q.made()
	return func(yield func(T) bool) {
		for {
			if v, err := q.Get(ctx); err != nil || !yield(v) {
				return
			}
		}
	}
}
