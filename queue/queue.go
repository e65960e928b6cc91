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
)

// Unbounded is the capacity of a queue that always has room.
const Unbounded = -1

var (
	// ErrFull is returned by TryPut where Put would wait.
	ErrFull = errors.New("queue: full")
	// ErrEmpty is returned by TryGet where Get would wait.
	ErrEmpty = errors.New("queue: empty")
	// ErrClosed is for who wants to put into a closed queue, or to take from one that
	// is closed and drained.
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
// A method with a context returns ctx.Err() if that has ended before, whatever
// there is to take or whatever room; and if it ends while it waits, and then the
// call had no effect. If it was served at the same moment it returns nil, and was.
// Nothing is lost, and nothing doubled. ([Queue.PutBatch] says how many are in.)
//
// [Queue.Close] ends the puts, and the gets when all is taken. A closed queue is
// drained when nothing is in and no slot is out.
//
// A put or a get that does not wait allocates nothing (but where an unbounded
// queue grows, where more than 64 are taken at once by priority, and where an item is of more
// than 64 KiB, which Go moves to the heap), and one that does allocates twice at most. A Queue owns no goroutine.
// A queue that was made in a bubble of testing/synctest may be closed only there.
//
// In the terms of the Go memory model a put is synchronized before the return of the
// get that takes its item; each TaskDone before the return of the Join that it lets
// go; Close and CloseNow before whatever observes them.
//
// For what a channel does, and no more, a channel is the simpler thing, and the
// faster one for a ping-pong without contexts. To select between a queue and
// channels, bridge it to one: see the example.
//
// The methods are those of Toro's queues and of asyncio's, with contexts.
type Queue[T any] struct {
	slept    atomic.Int64  // WaitDuration: added to by whoever has slept, without mu
	closedCh chan struct{} // closed under mu

	// mu guards all that follows. Under it runs the comparison, and nothing else that
	// is the user's; nobody waits under it.
	mu        sync.Mutex
	items     store[T]
	capacity  int
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

// New returns a queue of which the item that came first is taken first. See [Queue]
// for what a capacity is; one below 0 that is not [Unbounded] panics.
func New[T any](capacity int) *Queue[T] {
	q := build[T](capacity)
	q.items.ring = ring[T]{buf: room[T](capacity), grows: capacity == Unbounded}
	if q.limit = capacity; capacity == Unbounded {
		q.limit = math.MaxInt
	}
	return q
}

// NewLIFO returns a queue of which the item that came last is taken first.
func NewLIFO[T any](capacity int) *Queue[T] {
	q := New[T](capacity)
	q.items.lifo = true
	return q
}

// NewPriority returns a queue of which the least item is taken first, and of equal
// ones the one that came first. compare is negative if a is to be taken before b,
// positive if after, 0 if they are equal, as for [slices.SortFunc].
//
// compare runs under the queue's lock: it must be quick and pure, must not wait, and
// must not touch the queue. If it panics the panic reaches the caller whose operation
// compared, and the queue is as it was. (What [Queue.PutBatch] had
// put before stays in.) If it panics on the item of one who waits to put to a full
// queue, it will for every get; closing the queue gets rid of that item.
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
	return &Queue[T]{capacity: capacity, closedCh: make(chan struct{})}
}

// room is the buffer of a queue: all of it, or none if it grows.
func room[E any](capacity int) []E { return make([]E, max(capacity, 0)) }

// Put puts v, and waits for room if there is none, or on a rendezvous queue for
// who takes it. On an error v is not in the queue: ctx.Err(), or ErrClosed.
func (q *Queue[T]) Put(ctx context.Context, v T) error {
	if err := q.look(ctx); err != nil {
		return err
	}
	q.mu.Lock()
	if q.pushes() {
		q.push(&v)
		q.mu.Unlock()
		return nil
	}
	return q.put(ctx, &v)
}

// atOnce is, in place of a context, for who does not wait.
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
	slept, err := w.Wait(nobody)
	q.slept.Add(int64(slept))
	if err == nil {
		err = w.Value.err
	}
	w.Free()
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
	if err = q.look(ctx); err != nil {
		return v, err
	}
	q.mu.Lock()
	if q.pops() {
		q.pop(&v)
		q.mu.Unlock()
		return v, nil
	}
	return v, q.get(ctx, &v)
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
	slept, err := w.Wait(nobody)
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

// All is a Get in each turn of the loop, until the queue is closed and drained or
// ctx has ended, which ctx.Err() then tells. To leave the loop takes nothing more. It
// may be ranged over again, and by several goroutines, each of which gets its own items.
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
