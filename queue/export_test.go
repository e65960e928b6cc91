package queue

import "math"

// NearWrap has the counters of q begin just below where they wrap: the number of the next
// that comes to a priority queue, and the counts of Stats.
func (q *Queue[T]) NearWrap() {
	if h := q.items.heap; h != nil {
		h.seq = math.MaxUint64 - 3
	}
	q.gets = math.MaxInt64 - 3
	q.finished = q.gets
}

// InLine is how many stand in the lines of q, a GetAny that another queue has served
// included: Stats does not count that, and what it left here nobody would see.
func (q *Queue[T]) InLine() int { return q.getters.Len() + q.putters.Len() }

// Buffer is for how many items q has memory.
func (q *Queue[T]) Buffer() int {
	if h := q.items.heap; h != nil {
		return cap(h.a)
	}
	return len(q.items.buf)
}
