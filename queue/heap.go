package queue

import (
	"cmp"
	"slices"
)

// A heap is least first, and of equals first come. It is the binary heap of a slice,
// whose children of i are 2i+1 and 2i+2; each entry has a number by which equals are
// told apart.
//
// Each operation compares first, to find where an entry is to stand, and then moves,
// which cannot panic. A pop walks from the root to a leaf along the lesser children
// and climbs from there to the place of the last entry, which is mostly near: about
// one comparison a level, where sifting down takes two (Wegener's bottom-up heapsort).
type heap[T any] struct {
	a       []entry[T] // zero from len on
	compare func(a, b T) int
	seq     uint64 // of the next that comes; may wrap
	grows   bool
	logs    bool // see atomically
	log     []undo[T]
}

// kept is how long a log may be that is kept for the next batch.
const kept = 64

type entry[T any] struct {
	v   T
	seq uint64
}

// An undo is what was done by a pop or a swap.
type undo[T any] struct {
	root    entry[T] // that was taken
	landing int      // where the entry stands that is in its place
	swapped bool     // that entry has come from outside
}

// order compares two entries, of which none equals another.
func (h *heap[T]) order(a, b entry[T]) int {
	if c := h.compare(a.v, b.v); c != 0 {
		return c
	}
	return cmp.Compare(int64(a.seq-b.seq), 0)
}

func (h *heap[T]) push(v T) {
	i := len(h.a)
	for i > 0 && h.compare(v, h.a[(i-1)/2].v) < 0 { // of equals it is the last
		i = (i - 1) / 2
	}
	h.a = append(h.a, entry[T]{})
	e := entry[T]{v, h.seq}
	h.seq++
	for j := len(h.a) - 1; j > i; j = (j - 1) / 2 {
		h.a[j] = h.a[(j-1)/2]
	}
	h.a[i] = e
}

// landing is where e would stand among the first n if it took the place of the root.
func (h *heap[T]) landing(e entry[T], n int) int {
	i := 0
	for c := 1; c < n; c = 2*i + 1 {
		if c+1 < n && h.order(h.a[c+1], h.a[c]) < 0 {
			c++
		}
		i = c
	}
	for i > 0 && h.order(e, h.a[i]) < 0 {
		i = (i - 1) / 2
	}
	return i
}

// land puts e at i, and what was there and above one step up, over the root.
func (h *heap[T]) land(e entry[T], i int) {
	for ; i > 0; i = (i - 1) / 2 {
		e, h.a[i] = h.a[i], e
	}
	h.a[0] = e
}

func (h *heap[T]) pop() T {
	n := len(h.a) - 1
	root, last := h.a[0], h.a[n]
	i := 0
	if n > 0 {
		i = h.landing(last, n)
	}
	h.note(root, i, false)
	clear(h.a[n:])
	if h.a = h.a[:n]; n > 0 {
		h.land(last, i)
	}
	h.shrink()
	return root.v
}

func (h *heap[T]) swap(v T) T {
	if len(h.a) == 0 || h.compare(v, h.a[0].v) < 0 {
		return v // at once: it would come in and be the least
	}
	e, root := entry[T]{v, h.seq}, h.a[0]
	i := h.landing(e, len(h.a))
	h.seq++
	h.note(root, i, true)
	h.land(e, i)
	return root.v
}

func (h *heap[T]) note(root entry[T], landing int, swapped bool) {
	if h.logs {
		h.log = append(h.log, undo[T]{root, landing, swapped})
	}
}

// atomically is that of store.
func (h *heap[T]) atomically(dst []T, f func()) {
	h.logs = true
	done := false
	defer func() {
		if !done {
			h.rollback()
			clear(dst)
		}
		clear(h.log)
		if h.logs = false; len(h.log) > kept {
			h.log = nil
		}
		h.log = h.log[:0]
	}()
	f()
	done = true
}

func (h *heap[T]) rollback() {
	for _, u := range slices.Backward(h.log) {
		e := u.root
		if len(h.a) > 0 {
			e = h.a[u.landing]
			for i := u.landing; i > 0; i = (i - 1) / 2 {
				h.a[i] = h.a[(i-1)/2]
			}
			h.a[0] = u.root
		}
		if !u.swapped {
			h.a = append(h.a, e)
		}
	}
}

func (h *heap[T]) takeAll() ([]T, func()) {
	sorted := slices.Clone(h.a) // which is a heap, too
	slices.SortFunc(sorted, h.order)
	vs := make([]T, len(sorted))
	for i := range sorted {
		vs[i] = sorted[i].v
	}
	clear(h.a)
	if h.a = h.a[:0]; h.grows {
		h.a = nil
	}
	return vs, func() {
		clear(h.a)
		h.a = append(h.a[:0], sorted...)
	}
}

func (h *heap[T]) shrink() {
	if size := shrunk(cap(h.a), len(h.a)); h.grows && size < cap(h.a) {
		h.a = append(make([]entry[T], 0, size), h.a...)
	}
}
