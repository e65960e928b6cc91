package queue

import "slices"

// A store holds items in an order, and knows nothing of who waits. In none of its
// methods anything has changed if the comparison panics.
type store[T any] interface {
	len() int
	push(v T)
	pop() T        // there is one
	swap(v T) T    // v comes in and one goes out, which may be v
	peek() T       // there is one
	moveIn(vs []T) // push of each; those before one that panics are in
	moveOut(dst []T) int
	// takeAll takes all, in their order. undo puts them back, in place of what has come
	// in since.
	takeAll() (vs []T, undo func())
	// Between begin and commit pops and swaps can be undone; both do nothing where
	// there is no comparison.
	begin()
	commit()
	rollback()
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

func (r *ring[T]) len() int { return r.n }

// at is where the i-th item is, or comes to be, for i up to len(buf).
func (r *ring[T]) at(i int) int {
	if i += r.head; i >= len(r.buf) {
		i -= len(r.buf)
	}
	return i
}

func (r *ring[T]) push(v T) {
	if r.n == len(r.buf) {
		r.resize(max(few, 2*r.n))
	}
	r.buf[r.at(r.n)] = v
	r.n++
}

func (r *ring[T]) pop() T {
	v := r.buf[r.head]
	clear(r.buf[r.head : r.head+1])
	r.head = r.at(1)
	r.n--
	r.shrink()
	return v
}

func (r *ring[T]) swap(v T) T {
	if r.n == 0 { // a rendezvous
		return v
	}
	out := r.pop()
	r.push(v)
	return out
}

func (r *ring[T]) peek() T { return r.buf[r.head] }

func (r *ring[T]) moveIn(vs []T) {
	if want := r.n + len(vs); want > len(r.buf) {
		r.resize(max(few, 2*len(r.buf), want))
	}
	end := r.at(r.n)
	n := copy(r.buf[end:], vs)
	copy(r.buf, vs[n:])
	r.n += len(vs)
}

func (r *ring[T]) moveOut(dst []T) int {
	n := min(len(dst), r.n)
	first := r.buf[r.head:min(r.head+n, len(r.buf))]
	copy(dst, first)
	rest := r.buf[:n-len(first)]
	copy(dst[len(first):], rest)
	clear(first)
	clear(rest)
	r.head = r.at(n)
	r.n -= n
	r.shrink()
	return n
}

func (r *ring[T]) takeAll() ([]T, func()) {
	vs := make([]T, r.n)
	r.moveOut(vs)
	if r.head = 0; r.grows {
		r.buf = nil
	}
	return vs, func() {}
}

// shrink leaves a buffer of which less than a quarter is in use half as large.
func (r *ring[T]) shrink() {
	if r.grows && r.n < len(r.buf)/4 && len(r.buf) > few {
		r.resize(max(few, len(r.buf)/2))
	}
}

func (r *ring[T]) resize(size int) {
	buf := make([]T, size)
	n := copy(buf, r.buf[r.head:min(r.head+r.n, len(r.buf))])
	copy(buf[n:], r.buf[:r.n-n])
	r.buf, r.head = buf, 0
}

func (r *ring[T]) begin()    {}
func (r *ring[T]) commit()   {}
func (r *ring[T]) rollback() {}

// A stack is last in, first out.
type stack[T any] struct{ ring[T] } // head is always 0

func (s *stack[T]) pop() T {
	s.n--
	v := s.buf[s.n]
	clear(s.buf[s.n : s.n+1])
	s.shrink()
	return v
}

// swap gives back what it was given: it has come last.
func (s *stack[T]) swap(v T) T { return v }

func (s *stack[T]) peek() T { return s.buf[s.n-1] }

func (s *stack[T]) moveOut(dst []T) (n int) {
	for ; n < len(dst) && s.n > 0; n++ {
		dst[n] = s.pop()
	}
	return n
}

func (s *stack[T]) takeAll() ([]T, func()) {
	vs, undo := s.ring.takeAll()
	slices.Reverse(vs)
	return vs, undo
}
