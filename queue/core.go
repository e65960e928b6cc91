package queue

import (
	"context"
	"sync/atomic"

	"github.com/petiole-go/petiole/internal/park"
	"github.com/petiole-go/petiole/internal/park/spin"
)

// # How it works
//
// One mutex, the items, and two lines of waiters (package park). Whoever makes an
// operation possible does it for the one that waits, under the mutex: a put moves its
// item into the hands of the first getter, a get moves the item of the first putter
// into the queue. So nobody who wakes has to look again, nobody can come in between,
// and one that gives up has nothing to hand back.
//
//	                 getters in line            putters in line
//	                 nothing is in              no room is left
//	   Put -> hand over |                          | <- Get, which lets one in
//	                    '--------- items ----------'
//
// (While slots hold all the room there may be both lines.) To look and to join a line is
// one critical section, so nothing changes in between. What makes an operation possible, and
// who serves whom it makes possible for:
//
//	a put                       hand, to a getter
//	a get                       take, takeBatch, GetAll: who waits to put comes in
//	a slot that is put          hand, and then admit, as its room is free
//	a slot that is released     admit
//	a close                     close, all who wait to put
//	the last of a closed queue  drain, all who wait to get (in unlock)
//
// Each of them ends in unlock, also by a panic, which wakes whom it has granted. One
// that waits in several lines and is served elsewhere is dropped, and the hand goes on to
// the next (park's I7), so the item is not lost with it.
//
// Invariants, whenever the mutex is free:
//
//	Q1  If somebody waits to put or to reserve there is no room: items and slots
//	    together are the capacity. (On a rendezvous queue, of capacity 0, there never
//	    is.) So whoever finds room overtakes nobody.
//	Q2  While anybody stands in the getters' line nothing is in, and on a rendezvous
//	    queue nobody waits to put. (A node whose GetAny is served elsewhere is dropped
//	    by the hand that loses the claim, before the item comes in.)
//	Q3  An accepted item is in, or counted once as taken or discarded, in the critical
//	    section that moved it. Puts is the sum: Gets + Discarded + Len.
//	Q4  Nobody waits to get from a queue that is drained, or to put into a closed one.
//	Q5  A comparison is the user's code, and may panic or exit. Whatever an operation
//	    compares it compares before its first change, or it undoes the change. Put and a
//	    get find the place first and then move; GetBatch keeps a log; GetAll and CloseNow
//	    sort a copy; a slot is used up last. PutBatch is the exception: each item is an
//	    operation of its own, and those before the panic stay in.
//
// From Q1 and Q2 it follows that one who leaves a line frees nobody: each place in
// it wants the same, one room or one item, and there is none. So the look that park
// demands of an owner at a departure is here [nobody].
//
// A lock-free ring in front of the two lines could stand behind the same methods. It
// has to pay for itself on many processors first.

// A putting is what one wants who waits to put or to reserve.
type putting[T any] struct {
	one     T
	rest    []T // what a PutBatch has not put yet; nil for Put, whose item is one, and for
	reserve bool
	in      int // how many of PutBatch are in
	err     error
}

// places is how many places it wants.
func (p *putting[T]) places() int {
	if p.rest != nil {
		return len(p.rest)
	}
	return 1
}

// item is the i-th that it wants to put.
func (p *putting[T]) item(i int) *T {
	if p.rest != nil {
		return &p.rest[i]
	}
	return &p.one
}

// A taking is what one gets who waits to get.
type taking[T any] struct {
	one T
	dst []T // of GetBatch; else nil
	n   int // how many it got
	err error

	// Of a node of GetAny: which of its queues this is, and how many may still serve it, with
	// one more while it is joining their lines. Each queue takes its one away when it is
	// drained, under its own mutex; the GetAny takes its one away when it has joined all. Who
	// brings it to 0 claims it, and reports ErrClosed.
	at    int
	lines *atomic.Int32
}

// nobody can be served because somebody left: Q1, Q2.
func nobody(*park.Woken) {}

// check is what comes before the lock is taken.
func (q *Queue[T]) check(ctx context.Context) error {
	q.made()
	if ctx == nil {
		panic("queue: a nil context")
	}
	return ctx.Err()
}

func (q *Queue[T]) made() {
	if q == nil || q.closedCh == nil {
		panic("queue: a Queue that was not made by New, NewLIFO or NewPriority")
	}
}

func (q *Queue[T]) lock() {
	q.made()
	spin.Lock(&q.mu)
}

// unlock is the end of every operation that may have served somebody or taken the last
// item, also of one that panics: it notes the peak, tells those who can get nothing any more
// (Q4), and wakes who was served.
func (q *Queue[T]) unlock(k *park.Woken) {
	q.peak = max(q.peak, q.items.len())
	if q.closed && q.getters.Len() > 0 && q.drained() {
		q.drain(k)
	}
	q.mu.Unlock()
	k.Wake()
}

// roomy reports whether an item may come in; of a rendezvous queue, into the hands of a
// getter, if there is one: that is not yet room.
func (q *Queue[T]) roomy() bool {
	return q.capacity <= 0 || q.items.len()+q.slots < q.capacity
}

// ready reports whether there is something to take. Q2
func (q *Queue[T]) ready() bool {
	return q.items.len() > 0 || q.capacity == 0 && q.putters.Len() > 0
}

func (q *Queue[T]) drained() bool { return q.closed && q.items.len() == 0 && q.slots == 0 }

// pushes reports whether a put has only to push. A limit of 0 rules out heaps, rendezvous
// and closed queues. There is room, so nobody waits to put (Q1), and nobody waits to get.
func (q *Queue[T]) pushes() bool {
	return q.items.n < q.limit-q.slots && q.getters.Len() == 0
}

func (q *Queue[T]) push(v *T) {
	q.items.ring.push(v)
	q.peak = max(q.peak, q.items.n)
}

// pops reports whether a get has only to pop. There is an item, so nobody waits to get (Q2):
// nobody is overtaken, and if it is the last of a closed queue nobody has to be told (Q4).
// Nobody waits to put, so nobody comes in.
func (q *Queue[T]) pops() bool {
	return q.items.n > 0 && q.putters.Len() == 0 // n is the ring's, and 0 if there is a heap
}

func (q *Queue[T]) pop(v *T) {
	q.items.pop(v)
	q.gets++
}

// give puts v into the hands of a getter, or in, if there is room for it.
func (q *Queue[T]) give(v *T, k *park.Woken) bool {
	switch {
	case !q.roomy():
		return false
	case q.hand(v, nil, k) > 0:
		return true
	case q.capacity == 0:
		return false
	}
	q.items.push(v)
	return true
}

// hand gives of vs, in their order, to the first getter that it can serve, as many as
// that one takes; or one, if vs is nil. 0: there is none.
func (q *Queue[T]) hand(one *T, vs []T, k *park.Woken) (n int) {
	for w := q.getters.Head(); w != nil; w = q.getters.Head() {
		g := &w.Value
		if !q.claim(w) {
			continue
		}
		n = 1
		switch {
		case g.dst != nil && vs != nil:
			n = copy(g.dst, vs)
		case g.dst != nil:
			g.dst[0] = *one
		case vs != nil:
			g.one = vs[0]
		default:
			g.one = *one
		}
		g.n = n
		q.gets += int64(n)
		w.Grant(k)
		return n
	}
	return 0
}

// claim reports whether w may be granted. It is out of line if not.
func (q *Queue[T]) claim(w *park.Waiter[taking[T]]) bool {
	if w.Value.lines != nil {
		q.several--
	}
	return w.Claim()
}

// take takes an item, where one is ready. Who waits to put comes in for it, and where
// the order is another than that of coming, its item competes. Q5
func (q *Queue[T]) take(v *T, k *park.Woken) {
	w := q.putters.Head()
	if w != nil && !w.Value.reserve {
		q.items.swap(w.Value.item(0), v)
	} else {
		q.items.pop(v)
	}
	if w != nil {
		q.move(1, k)
	}
	q.gets++
}

// move counts the first n places of the line of putters as in, after their items have been
// moved, and grants who has no more. There are n.
func (q *Queue[T]) move(n int, k *park.Woken) {
	for n > 0 {
		w := q.putters.Head()
		p := &w.Value
		m := min(n, p.places())
		if n -= m; p.reserve {
			q.slots++
		}
		if p.in += m; p.rest != nil && m < len(p.rest) {
			p.rest = p.rest[m:]
		} else {
			w.Grant(k)
		}
	}
}

// admit lets in those who wait to put where a slot has left its room: into the hands of
// getters as long as there are any, and then at most one into the queue. If it handed any
// over nothing was in (Q2), and that push compares nothing; if not, the push is its first
// change. Q5
func (q *Queue[T]) admit(k *park.Woken) {
	for w := q.putters.Head(); w != nil && q.roomy(); w = q.putters.Head() {
		p := &w.Value
		n := 1
		if !p.reserve {
			if n = q.hand(&p.one, p.rest, k); n == 0 {
				q.items.push(p.item(0))
				n = 1
			}
		}
		q.move(n, k)
	}
}

// queueUp joins the line of putters.
func (q *Queue[T]) queueUp(ctx context.Context) *park.Waiter[putting[T]] {
	q.waits++
	return q.putters.Join(ctx, &q.mu)
}

// waitToPut waits until w has its room, and returns how many of a PutBatch are in.
func (q *Queue[T]) waitToPut(w *park.Waiter[putting[T]]) (in int, err error) {
	slept, err := w.Wait(nobody, nil)
	q.slept.Add(int64(slept))
	in = w.Value.in
	if err == nil {
		err = w.Value.err
	}
	w.Free()
	return in, err
}
