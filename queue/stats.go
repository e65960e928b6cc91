package queue

import "time"

// Stats are counts of a queue, all of one moment, which has passed when you look;
// WaitDuration trails.
type Stats struct {
	Len, Cap, Peak   int   // items in; capacity, -1 if [Unbounded]; the greatest Len there was
	Reserved         int   // slots out; the queue is full when Len+Reserved = Cap
	Getters, Putters int   // who stands in line now: to get, and to put or reserve
	Puts, Gets       int64 // items accepted, and taken. Puts = Gets + Discarded + Len
	Discarded        int64 // items, by CloseNow
	Unfinished       int64 // items accepted, for which there was no TaskDone, and not discarded

	WaitCount    int64         // operations that had to stand in line, however that ended
	WaitDuration time.Duration // for how long those slept, added when each ends
}

// Stats returns the counts. A GetAny stands in the line of each queue that it was given,
// and is counted in each.
func (q *Queue[T]) Stats() Stats {
	q.lock()
	defer q.mu.Unlock()
	n := q.items.len()
	getters := q.getters.Len()
	if q.several > 0 {
		for w := range q.getters.All() {
			if w.Claimed() { // served by another, and not gone yet
				getters--
			}
		}
	}
	return Stats{
		Len: n, Cap: q.capacity, Peak: q.peak,
		Reserved: q.slots,
		Getters:  getters, Putters: q.putters.Len(),
		Puts: q.gets + q.discarded + int64(n), Gets: q.gets,
		Discarded:    q.discarded,
		Unfinished:   q.unfinished(),
		WaitCount:    q.waits,
		WaitDuration: time.Duration(q.slept.Load()),
	}
}

// Len returns how many items are in, at a moment that has passed when you look.
func (q *Queue[T]) Len() int {
	q.lock()
	defer q.mu.Unlock()
	return q.items.len()
}

// Cap returns the capacity, -1 if it is [Unbounded].
func (q *Queue[T]) Cap() int {
	q.made()
	return q.capacity
}

// Peek returns the first of what is in, false if nothing is. It is what Get takes
// next, if nobody is faster, and if nobody waits to put to a full queue whose item
// comes before it.
func (q *Queue[T]) Peek() (v T, ok bool) {
	q.lock()
	defer q.mu.Unlock()
	if q.items.len() == 0 {
		return v, false
	}
	return q.items.peek(), true
}
