package sched

// An addresses gives objects to what has no field for one: channels, and the
// words of atomic.AddInt32 and its like. It is a hash table and no map, because
// a map tells the race detector of its accesses, and goroutines of a schedule
// share this one without an edge between them.
type addresses struct {
	slots []slot
	used  int
}

type slot struct {
	key   uintptr
	epoch uint64
	obj   *Obj
	ref   any // keeps the address from being given to another object
}

//go:norace
func (a *addresses) obj(r *Run, key uintptr, ref any) *Obj {
	if 2*(a.used+1) > len(a.slots) {
		a.grow(r)
	}
	s := a.find(r, key)
	if s.epoch != r.epoch {
		s.key, s.epoch, s.ref = key, r.epoch, ref
		if s.obj == nil {
			s.obj = new(Obj)
		}
		s.obj.epoch, s.obj.timer = 0, false
		a.used++
		if len(r.knocked) > 0 {
			r.shared(nil, key)
		}
	}
	return s.obj
}

//go:norace
func (a *addresses) known(r *Run, key uintptr) bool {
	return len(a.slots) > 0 && a.find(r, key).epoch == r.epoch
}

// find gives the slot of key, or the free one that it may have.
//
//go:norace
func (a *addresses) find(r *Run, key uintptr) *slot {
	mask := uintptr(len(a.slots) - 1)
	for i := (key >> 4) * 0x9E3779B1 & mask; ; i = (i + 1) & mask {
		if s := &a.slots[i]; s.epoch != r.epoch || s.key == key {
			return s
		}
	}
}

//go:norace
func (a *addresses) grow(r *Run) {
	old := a.slots
	a.slots = make([]slot, max(16, 2*len(old)))
	for i := range old {
		if old[i].epoch == r.epoch {
			*a.find(r, old[i].key) = old[i]
		}
	}
}

// forget lets the addresses of the last schedule go.
//
//go:norace
func (a *addresses) forget() {
	if a.used == 0 {
		return
	}
	for i := range a.slots {
		a.slots[i].ref, a.slots[i].epoch = nil, 0
	}
	a.used = 0
}
