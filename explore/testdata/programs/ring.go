package programs

import "sync/atomic"

// A Ring is a bounded queue for any number of producers and consumers, after Dmitry
// Vyukov. Each put, and each get, has a position; the number of a slot says for
// which of them it is ready.
type Ring struct {
	slots      []slot
	puts, gets atomic.Uint64 // the next positions
	stride     uint64
}

type slot struct {
	number atomic.Uint64 // position*stride: free for that put; one more: full, for that get
	v      int
}

func NewRing(size int) *Ring { return newRing(size, 2) }

// BUG: with one slot, full for a get is free for the next put, which overwrites it
func NewBrokenRing(size int) *Ring { return newRing(size, 1) }

func newRing(size int, stride uint64) *Ring {
	r := &Ring{slots: make([]slot, size), stride: stride}
	for i := range r.slots {
		r.slots[i].number.Store(uint64(i) * stride)
	}
	return r
}

// Put returns false if the ring is full.
func (r *Ring) Put(v int) bool {
	for {
		at := r.puts.Load()
		s := &r.slots[at%uint64(len(r.slots))]
		free := at * r.stride
		switch number := s.number.Load(); {
		case number < free:
			return false
		case number == free && r.puts.CompareAndSwap(at, at+1):
			s.v = v
			s.number.Store(free + 1)
			return true
		}
	}
}

// Get returns false if the ring is empty.
func (r *Ring) Get() (int, bool) {
	for {
		at := r.gets.Load()
		s := &r.slots[at%uint64(len(r.slots))]
		full := at*r.stride + 1
		switch number := s.number.Load(); {
		case number < full:
			return 0, false
		case number == full && r.gets.CompareAndSwap(at, at+1):
			v := s.v
			s.number.Store((at + uint64(len(r.slots))) * r.stride)
			return v, true
		}
	}
}
