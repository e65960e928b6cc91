package sched

import "sync"

// Outside of a run the shims work as what they stand for, on the same state:
// under one lock for the whole process, and whoever waits looks again after each
// change. As long as there is a run that is in charge they wait for its end ([aside]).
// Slow, and right.
var outside = struct {
	sync.Mutex
	changed *sync.Cond
}{}

func init() { outside.changed = sync.NewCond(&outside.Mutex) }

// Outside does f, on o, as soon as it can be done: it reports whether it has been.
func Outside(o *Obj, f func() bool) {
	outside.Lock()
	defer outside.Unlock()
	for aside(o); !f(); aside(o) {
		outside.changed.Wait()
	}
	outside.changed.Broadcast()
}

// Enter is the operation k on o, which can always go on, and gives the thread that
// calls. Outside of a run that is nil, and the lock is held until Leave.
//
//go:norace
func Enter(o *Obj, k Kind, write bool) *Thread {
	t := Current()
	if t == nil {
		outside.Lock()
		aside(o)
		return nil
	}
	t.Begin(k)
	t.On(o, write)
	t.Step(nil)
	return t
}

// Leave ends what Enter began. t may be nil.
//
//go:norace
func (t *Thread) Leave() {
	if t == nil {
		outside.changed.Broadcast()
		outside.Unlock()
	}
}

// Hidden does f without edges for the race detector: a look into a channel is none,
// and what an event does is done by a goroutine that has nothing to do with it.
//
//go:norace
func Hidden(f func()) {
	hide()
	f()
	show()
}

var linked bool

// Link says that this program's code under test is under the shims. They call it
// when they are initialised.
func Link() { linked = true }

// Linked reports whether there are shims in this program, hence something to
// schedule.
func Linked() bool { return linked }

// Go starts a goroutine: of the run, or outside of one a real one.
func Go(f func()) {
	if t := Current(); t != nil {
		t.Go("", f)
		return
	}
	go f()
}

// Foreign notes that the other side of a channel was none of the run's.
//
//go:norace
func (t *Thread) Foreign() {
	if t.run.foreign.File == "" {
		t.run.foreign = here()
	}
}

// Touch adds an object to what the operation that is being done has changed.
//
//go:norace
func (t *Thread) Touch(o *Obj) {
	if t != nil && !t.run.solo {
		t.run.touched = append(t.run.touched, access{o.number(t.run), true})
	}
}
