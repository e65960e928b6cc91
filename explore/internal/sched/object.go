package sched

// An Obj is the scheduler's side of something that goroutines share: a mutex,
// an atomic, a channel. It gets its number when a schedule touches it for the
// first time, so that the numbers of two schedules agree as far as the
// schedules do. The zero value is ready.
type Obj struct {
	_     noCopy
	epoch uint64
	id    int32
	timer bool // it is the channel of a timer, of which len and cap are 0
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
// order: that is all the reduction knows (and what ends a goroutine: search.go).
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
