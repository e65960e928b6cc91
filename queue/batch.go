package queue

import (
	"context"

	"github.com/petiole-go/petiole/internal/park"
)

// PutBatch puts vs, in their order, and waits for room as Put does. It returns how many
// are in, which are the first; err is nil exactly if all are: else ctx.Err() or
// ErrClosed. It is not atomic: others may take some before the rest is in, and put in
// between. If it has to wait it stands in line once, with all that it has left, and keeps
// its place until all are in. Where there is room for one, a waiting GetBatch takes up to
// len(dst) of vs in one piece. vs must not change until PutBatch returns.
//
// If the comparison of a priority queue panics on one, those before it are in, and how many
// that is nobody is told.
//
// Without vs it looks at ctx, and whether the queue is closed, and does nothing.
func (q *Queue[T]) PutBatch(ctx context.Context, vs []T) (n int, err error) {
	if err := q.check(ctx); err != nil {
		return 0, err
	}
	n, w, err := q.tryPutBatch(ctx, vs)
	if w == nil {
		return n, err
	}
	in, err := q.waitToPut(w)
	return n + in, err
}

// tryPutBatch puts as many as there is room for, and joins the line with the rest.
func (q *Queue[T]) tryPutBatch(ctx context.Context, vs []T) (n int, w *park.Waiter[putting[T]], err error) {
	var k park.Woken
	q.lock()
	defer q.unlock(&k)
	if q.closed {
		return 0, nil, ErrClosed
	}
	for len(vs) > n && q.roomy() {
		m := q.hand(nil, vs[n:], &k)
		if m == 0 {
			if q.capacity == 0 {
				break
			}
			m = len(vs) - n
			if q.capacity > 0 {
				m = min(m, q.capacity-q.slots-q.items.len())
			}
			q.items.moveIn(vs[n : n+m])
		}
		n += m
	}
	if n == len(vs) {
		return n, nil, nil
	}
	w = q.queueUp(ctx)
	w.Value.rest = vs[n:]
	return n, w, nil
}

// GetBatch takes what is there into dst, waits for one item if there is none, and
// returns how many it took: it is Gets in a row that nobody interrupts. One that
// waited returns with what the put that served it brought: one item from Put, up to
// len(dst) from PutBatch. On an error it took none: ctx.Err(), or ErrClosed if
// the queue is closed and drained. dst must not be used until GetBatch returns; what is
// beyond the first n is left as it was. If a comparison panics dst is zero.
//
// Without dst it looks at ctx, and whether the queue is closed and drained, and does nothing.
func (q *Queue[T]) GetBatch(ctx context.Context, dst []T) (n int, err error) {
	if err := q.check(ctx); err != nil {
		return 0, err
	}
	n, w, err := q.tryGetBatch(ctx, dst)
	if w == nil {
		return n, err
	}
	slept, err := w.Wait(nobody, nil)
	q.slept.Add(int64(slept))
	if err == nil {
		n, err = w.Value.n, w.Value.err
	}
	w.Free()
	return n, err
}

// tryGetBatch takes what is there, or joins the line if nothing is.
func (q *Queue[T]) tryGetBatch(ctx context.Context, dst []T) (n int, w *park.Waiter[taking[T]], err error) {
	var k park.Woken
	q.lock()
	defer q.unlock(&k)
	switch {
	case len(dst) > 0 && q.ready():
		return q.takeBatch(dst, &k), nil, nil
	case q.drained():
		return 0, nil, ErrClosed
	case len(dst) == 0:
		return 0, nil, nil
	}
	q.waits++
	w = q.getters.Join(ctx, &q.mu)
	w.Value.dst = dst
	return 0, w, nil
}

// takeBatch is take until dst is full or nothing is ready. The putters are not let
// in before the last comparison. Q5
func (q *Queue[T]) takeBatch(dst []T, k *park.Woken) (n int) {
	in := 0 // places of the line
	q.items.atomically(dst, func() {
	line:
		for w := range q.putters.All() {
			m := 1
			switch p := &w.Value; {
			case n == len(dst) || q.capacity != 0 && q.items.len() == 0:
				break line
			case p.reserve:
				q.items.pop(&dst[n])
			case p.rest == nil:
				q.items.swap(&p.one, &dst[n])
			default:
				m = q.items.swapThrough(p.rest, dst[n:])
			}
			n += m
			in += m
		}
		n += q.items.moveOut(dst[n:])
	})
	q.gets += int64(n)
	q.move(in, k)
	return n
}

// GetAll takes all that is in, in the queue's order, without waiting. Those who wait to
// put come in afterwards, and do not compete. It returns nil if nothing was in: from a
// drained queue, too, and from a rendezvous queue always.
func (q *Queue[T]) GetAll() []T {
	var k park.Woken
	q.lock()
	defer q.unlock(&k)
	vs, undo := q.items.takeAll()
	whole := false
	defer func() {
		if !whole {
			undo()
		}
	}()
	in := 0
line:
	for w := range q.putters.All() {
		for i := range w.Value.places() {
			if in == len(vs) { // as much room as there is now: it was full (Q1)
				break line
			}
			if in++; !w.Value.reserve {
				q.items.push(w.Value.item(i))
			}
		}
	}
	whole = true
	if len(vs) == 0 {
		return nil
	}
	q.gets += int64(len(vs))
	q.move(in, &k)
	return vs
}
