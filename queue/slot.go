package queue

import (
	"context"

	"github.com/petiole-go/petiole/internal/park"
)

// A Slot is room in a queue for one item that comes later: where the item is costly
// to make, or may not be lost, room is made sure of first. It may be used from any
// goroutine, once: a second Put panics, a second Release does nothing. The zero Slot
// panics.
//
// A slot counts against the capacity until it is put or released, and keeps a
// closed queue from being drained. It is no item: nothing to take, to see or to
// join; its item comes in, and has its place in the order, when it is put. A slot that
// is lost holds its room until CloseNow. So release it on every way out:
//
//	s, err := q.Reserve(ctx)
//	if err != nil {
//		return err
//	}
//	defer s.Release() // does nothing after Put
//
// A Slot must not be copied.
type Slot[T any] struct {
	_    noCopy
	q    *Queue[T]
	used bool // under q's mutex: put, or released
}

// noCopy has go vet report copies of what contains it.
type noCopy struct{}

func (*noCopy) Lock()   {}
func (*noCopy) Unlock() {}

// Reserve waits in line for room, as Put does, and takes it. On an error it has none:
// ctx.Err(), or ErrClosed. A rendezvous queue has no room to reserve, and panics.
func (q *Queue[T]) Reserve(ctx context.Context) (*Slot[T], error) {
	q.made()
	if q.capacity == 0 {
		panic("queue: Reserve on a rendezvous queue, which has no room")
	}
	if err := q.check(ctx); err != nil {
		return nil, err
	}
	w, err := q.tryReserve(ctx)
	if w != nil {
		_, err = q.waitToPut(w)
	}
	if err != nil {
		return nil, err
	}
	return &Slot[T]{q: q}, nil
}

// tryReserve takes room if there is some, or joins the line.
func (q *Queue[T]) tryReserve(ctx context.Context) (*park.Waiter[putting[T]], error) {
	var k park.Woken
	q.lock()
	defer q.unlock(&k)
	switch {
	case q.closed:
		return nil, ErrClosed
	case q.roomy():
		q.slots++
		return nil, nil
	}
	w := q.queueUp(ctx)
	w.Value.reserve = true
	return w, nil
}

// Put puts v into the reserved room. It does not wait, and works on a closed queue; after
// [Queue.CloseNow] it returns ErrClosed, each time. A second Put, or one after Release,
// panics. If a comparison panics the slot is as before.
func (s *Slot[T]) Put(v T) error {
	q := s.queue()
	var k park.Woken
	q.lock()
	defer q.unlock(&k)
	switch {
	case s.used:
		panic("queue: a Slot that is put twice, or after its Release")
	case q.void:
		return ErrClosed
	}
	if q.hand(&v, nil, &k) > 0 {
		q.slots--
		q.admit(&k) // nothing is in, as a getter waited (Q2), so it compares nothing
	} else {
		q.items.push(&v) // first, as it may panic
		q.slots--
	}
	s.used = true
	return nil
}

// Release gives the room back. It does nothing after Put, a second time, and after
// [Queue.CloseNow]. It compares where the room lets an item in, and if that panics the
// slot is as before.
func (s *Slot[T]) Release() {
	q := s.queue()
	var k park.Woken
	q.lock()
	defer q.unlock(&k)
	if s.used || q.void {
		return
	}
	q.slots--
	s.used = true
	done := false
	defer func() {
		if !done { // a comparison panicked
			q.slots++
			s.used = false
		}
	}()
	q.admit(&k)
	done = true
}

func (s *Slot[T]) queue() *Queue[T] {
	if s == nil || s.q == nil {
		panic("queue: a Slot that is not from Reserve")
	}
	return s.q
}
