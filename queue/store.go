package queue

import "math"

// A store holds items in one of three orders, and knows nothing of who waits. Items come
// and go by pointer, so that each is copied once, whatever its size. If the comparison
// panics nothing has changed in push, pop, swap and takeAll; moveIn keeps those before
// it, and moveOut and swapThrough belong inside atomically.
type store[T any] struct {
	ring[T]          // of these two one is in use
	heap    *heap[T] // by priority
	lifo    bool
}

func (s *store[T]) len() int {
	if s.heap != nil {
		return len(s.heap.a)
	}
	return s.n
}

func (s *store[T]) push(v *T) {
	if s.heap != nil {
		s.heap.push(*v)
	} else {
		s.ring.push(v)
	}
}

// pop takes the next; there is one.
func (s *store[T]) pop(v *T) {
	switch {
	case s.heap != nil:
		*v = s.heap.pop()
	case s.lifo:
		s.ring.popLast(v)
	default:
		s.ring.pop(v)
	}
}

// swap is push and then pop: what comes in may be what goes out.
func (s *store[T]) swap(in, out *T) {
	switch {
	case s.heap != nil:
		*out = s.heap.swap(*in)
	case s.lifo || s.n == 0:
		*out = *in
	default:
		s.ring.pop(out)
		s.ring.push(in)
	}
}

// swapThrough is a swap of each of vs into dst, until either is at its end.
func (s *store[T]) swapThrough(vs, dst []T) (n int) {
	end := min(len(vs), len(dst))
	switch {
	case s.heap != nil:
		for ; n < end; n++ {
			dst[n] = s.heap.swap(vs[n])
		}
	case s.lifo || s.n == 0:
		n = copy(dst, vs)
	default:
		for n < end { // as many at a time as are in
			m := s.ring.moveOut(dst[n:end])
			s.ring.moveIn(vs[n : n+m])
			n += m
		}
	}
	return n
}

// peek is the next; there is one.
func (s *store[T]) peek() T {
	switch {
	case s.heap != nil:
		return s.heap.a[0].v
	case s.lifo:
		return s.buf[s.at(s.n-1)]
	}
	return s.buf[s.head]
}

// moveIn is a push of each; those before one on which the comparison panics are in.
func (s *store[T]) moveIn(vs []T) {
	if s.heap == nil {
		s.ring.moveIn(vs)
		return
	}
	for _, v := range vs {
		s.heap.push(v)
	}
}

// moveOut is a pop into each of dst, as long as there are items.
func (s *store[T]) moveOut(dst []T) int {
	if s.heap == nil && !s.lifo {
		return s.ring.moveOut(dst)
	}
	dst = dst[:min(len(dst), s.len())]
	for i := range dst {
		s.pop(&dst[i])
	}
	return len(dst)
}

// takeAll takes all, in their order. undo puts them back, in place of what has come in
// since, for when that has panicked.
func (s *store[T]) takeAll() (vs []T, undo func()) {
	if s.heap != nil {
		return s.heap.takeAll()
	}
	vs = make([]T, s.n)
	s.moveOut(vs)
	if s.grows {
		s.buf = nil
	}
	s.head = 0
	return vs, func() {}
}

// atomically does f, after which the pops and swaps into dst in it count, or, if it panics
// or exits, none: then all is back, and dst is zero.
func (s *store[T]) atomically(dst []T, f func()) {
	if s.heap != nil {
		s.heap.atomically(dst, f)
	} else {
		f()
	}
}

// few is the size below which a buffer is not worth shrinking.
const few = 8

// A ring is first in, first out: the n items from head on, round the end of buf. A
// slot that has none is zero.
type ring[T any] struct {
	buf   []T
	head  int // below len(buf), or 0
	n     int
	grows bool
}

// at is where the i-th item is, or comes to be, for i up to len(buf).
func (r *ring[T]) at(i int) int {
	if end := len(r.buf) - r.head; i >= end { // i+r.head may be too large for an int
		return i - end
	}
	return i + r.head
}

func (r *ring[T]) push(v *T) {
	if r.n == len(r.buf) {
		r.grow(1)
	}
	r.buf[r.at(r.n)] = *v
	r.n++
}

func (r *ring[T]) pop(v *T) {
	i := r.head
	r.head = r.at(1)
	r.take(i, v)
}

func (r *ring[T]) popLast(v *T) { r.take(r.at(r.n-1), v) }

// take takes what is at i, which is no longer in use.
func (r *ring[T]) take(i int, v *T) {
	*v = r.buf[i]
	clear(r.buf[i : i+1]) // faster than to store a zero value, if it is large
	if r.n--; r.grows {
		r.shrink()
	}
}

func (r *ring[T]) moveIn(vs []T) {
	if len(vs) > len(r.buf)-r.n {
		r.grow(len(vs))
	}
	end := r.at(r.n)
	n := copy(r.buf[end:], vs)
	copy(r.buf, vs[n:])
	r.n += len(vs)
}

func (r *ring[T]) moveOut(dst []T) int {
	n := min(len(dst), r.n)
	first := r.buf[r.head:][:min(n, len(r.buf)-r.head)]
	copy(dst, first)
	rest := r.buf[:n-len(first)]
	copy(dst[len(first):], rest)
	clear(first)
	clear(rest)
	r.head = r.at(n)
	r.n -= n
	if r.grows {
		r.shrink()
	}
	return n
}

// grow makes room for m more, and doubles the buffer at least. Items of no size could be more
// than an int counts.
func (r *ring[T]) grow(m int) {
	if m > math.MaxInt-r.n {
		panic("queue: more than math.MaxInt items")
	}
	r.resize(max(few, 2*min(len(r.buf), math.MaxInt/2), r.n+m))
}

// shrink leaves a buffer of which less than a quarter is in use half as large, or, where
// many went at once, as large as one by one would have left it.
func (r *ring[T]) shrink() {
	if size := shrunk(len(r.buf), r.n); size < len(r.buf) {
		r.resize(size)
	}
}

func shrunk(size, n int) int {
	for n < size/4 && size > few {
		size = max(few, size/2)
	}
	return size
}

func (r *ring[T]) resize(size int) {
	buf := make([]T, size)
	n := copy(buf, r.buf[r.head:][:min(r.n, len(r.buf)-r.head)])
	copy(buf[n:], r.buf[:r.n-n])
	r.buf, r.head = buf, 0
}
