package queue

import "math"

// NearWrap has the counters of q begin just below where they wrap: the number of the next
// that comes to a priority queue, and the counts of Stats.
func (q *Queue[T]) NearWrap() {
	if h, ok := q.items.(*heap[T]); ok {
		h.seq = math.MaxUint64 - 3
	}
	q.gets = math.MaxInt64 - 3
	q.finished = q.gets
}

// Buffer is for how many items q has memory.
func (q *Queue[T]) Buffer() int {
	switch s := q.items.(type) {
	case *ring[T]:
		return len(s.buf)
	case *stack[T]:
		return len(s.buf)
	case *heap[T]:
		return cap(s.a)
	}
	panic("another store")
}
