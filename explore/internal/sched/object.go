package sched

// An Obj is the scheduler's side of something that goroutines share: a mutex,
// an atomic, a channel. It gets its number when a schedule touches it for the
// first time, so that the numbers of two schedules agree as far as the
// schedules do. The zero value is ready.
type Obj struct {
	_     noCopy
	epoch uint64
	id    int32
	timer bool // the channel of a timer, which seems to have no buffer
}

// Timer says that o is the channel of a timer; OfTimer asks.
func (o *Obj) Timer() { o.timer = true }

//go:norace
func (o *Obj) OfTimer() bool { return o.timer }

// What has a noCopy go vet does not let be copied, as what the shims stand for.
type noCopy struct{}

func (*noCopy) Lock()   {}
func (*noCopy) Unlock() {}

// Two objects that are in every schedule.
const (
	clockID = 1 + iota // the virtual clock: who fires, arms or reads it
	worldID            // what is outside: a cancellation may close channels that nobody named
)

//go:norace
func (o *Obj) number(r *Run) int32 {
	if o.epoch != r.epoch {
		r.objects++
		o.epoch, o.id = r.epoch, r.objects
		if len(r.knocked) > 0 {
			r.shared(o, 0)
		}
	}
	return o.id
}

// An access says what an operation does to an object. Operations that share no
// object, or only read those that they share, lead to the same state in either
// order: that is all the reduction knows.
type access struct {
	id    int32
	write bool
}

// An Op is what a goroutine is about to do.
type Op struct {
	Kind  Kind
	guard Guard // nil: it can always go on, in one way
	acc   [2]access
	n     int
	more  []access
	// Who waits here can be met by the operation of another (an unbuffered
	// channel), so its arrival is an access of the operation that brought it here.
	meets bool
}

// A Guard says in how many ways an operation can go on now; 0: it waits.
type Guard interface{ Ways(t *Thread) int }

// A Marker is a Guard whose ways depend on what others wait for. Its mark differs
// if the ways do, however many there are.
type Marker interface{ Mark() uint64 }

//go:norace
func (op *Op) add(id int32, write bool) {
	if op.n < len(op.acc) {
		op.acc[op.n] = access{id, write}
	} else {
		op.more = append(op.more, access{id, write})
	}
	op.n++
}

//go:norace
func (op *Op) at(i int) access {
	if i < len(op.acc) {
		return op.acc[i]
	}
	return op.more[i-len(op.acc)]
}

// conflicts reports whether the order of op and of an event that touched these
// objects matters.
//
//go:norace
func (op *Op) conflicts(touched []access) bool {
	for i := range op.n {
		a := op.at(i)
		for _, b := range touched {
			if a.id == b.id && (a.write || b.write) {
				return true
			}
		}
	}
	return false
}

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
