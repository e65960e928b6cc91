package sched

import (
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
)

// # Who calls
//
// An operation of a shim is a step if a goroutine of the run calls it. Any other
// goroutine must not be taken for the one that has the baton: the verdict would be
// wrong, and nobody would know.
//
// So the goroutines of a run bear a mark. Go leaves a goroutine one bit that is its
// own, which costs next to nothing to look at: debug.SetPanicOnFault sets it and
// tells what it was. A new goroutine does not have it. Who comes without it is
// looked at closely:
//
//   - a coroutine of a thread (iter.Pull) gets the mark;
//   - a goroutine that a thread started by a go statement that was not rewritten
//     takes part in the scenario, and no schedule says when: the run fails;
//   - any other, a test beside this one or a cleanup, waits until the run is over
//     ([aside]), so that nothing moves meanwhile. If it comes to something that the
//     run uses, the run fails ([Run.halt]).
//
// A goroutine of a run that was given up has the mark, too. Once there are such,
// each call is looked at closely ([Run.distrust]).

// current is the run that is in charge of this process, if one is.
var current atomic.Pointer[Run]

// Current is the thread that calls, nil outside of a run.
//
//go:norace
func Current() *Thread {
	r := current.Load()
	if r == nil {
		if abandoned.Load() > 0 {
			if own := stack(); ofThread(own) || coroutine(own) && parent(own) != "" {
				runtime.Goexit() // it has come back
			}
		}
		return nil
	}
	if r.distrust || !debug.SetPanicOnFault(true) {
		return r.identify()
	}
	return r.running
}

// identify tells who calls, by its stack.
//
//go:norace
func (r *Run) identify() *Thread {
	if t := r.running; r.distrust && t != nil && t.goid == goid() {
		return t
	}
	own := stack()
	if ofThread(own) {
		if !r.distrust {
			return r.running
		}
		runtime.Goexit() // of a run that was given up: it has come back
	}
	if id := parent(own); id != "" {
		switch mine := !r.distrust || r.has(id); {
		case mine && coroutine(own):
			return r.running
		case mine:
			r.intrude(here())
		}
		runtime.Goexit()
	}
	if !r.distrust {
		debug.SetPanicOnFault(false)
	}
	return nil
}

// intrude fails the run for a goroutine that is none of its own.
func (r *Run) intrude(at Place) {
	if r.stranger.CompareAndSwap(nil, &at) {
		r.stop.Store(true)
	}
}

// Intrude is called by a goroutine that uses what belongs to r and is none of its
// own: r fails, if it is in charge.
func (r *Run) Intrude() {
	if current.Load() == r {
		r.intrude(here())
	}
}

// has reports whether a goroutine is one of r's, where there is distrust.
//
//go:norace
func (r *Run) has(goid string) bool {
	for _, t := range r.pool {
		if t.alive && t.goid == goid {
			return true
		}
	}
	return false
}

// parent is the thread that started the goroutine of this stack, itself or from a
// coroutine; "" if it was another.
func parent(stack string) string {
	_, id := creator(stack)
	all := stacks()
	for range all {
		s := find(all, id)
		switch {
		case ofThread(s):
			return id
		case !coroutine(s):
			return ""
		}
		_, id = creator(s)
	}
	return ""
}

// strays are the goroutines that threads started by go statements that were not
// rewritten.
func (r *Run) strays() (found []string) {
	for _, s := range stacks() {
		if by, _ := creator(s); !coroutine(s) && !ofThread(s) && !strings.HasPrefix(by, home+"/internal/sched.") && parent(s) != "" {
			found = append(found, s)
		}
	}
	return found
}

// A knock is what a goroutine wants that waits until the run is over.
type knock struct {
	o     *Obj // or, of what has no object of its own:
	key   uintptr
	place Place
}

// aside waits until no run is in charge. The lock of outside is held.
//
//go:norace
func aside(o *Obj, keys ...uintptr) {
	for r := current.Load(); r != nil; r = current.Load() {
		at := here()
		if o != nil {
			r.knocks = append(r.knocks, knock{o: o, place: at})
		}
		for _, key := range keys {
			r.knocks = append(r.knocks, knock{key: key, place: at})
		}
		r.stop.Store(true)
		for current.Load() == r {
			outside.changed.Wait()
		}
	}
}

// Aside is for an operation outside of a run that does not wait for its turn there:
// on o, or on what has no object of its own, but an address.
func Aside(o *Obj, keys ...uintptr) {
	if current.Load() == nil {
		return
	}
	outside.Lock()
	defer outside.Unlock()
	aside(o, keys...)
}

// halt looks at what somebody outside has said.
//
//go:norace
func (r *Run) halt() {
	hide()
	outside.Lock()
	r.stop.Store(false)
	from := len(r.knocked)
	for i := 0; i < len(r.knocks); i++ {
		r.knocked = append(r.knocked, r.knocks[i])
	}
	r.knocks = r.knocks[:0]
	outside.Unlock()
	show()
	if r.gone.Load() {
		r.fail("unsupported", "given up")
	}
	if p := r.stranger.Load(); p != nil {
		r.strange(*p)
	}
	for i := from; i < len(r.knocked); i++ {
		if k := &r.knocked[i]; k.o != nil && k.o.epoch == r.epoch || k.o == nil && r.addresses.known(r, k.key) {
			r.strange(k.place)
		}
	}
}

// shared fails the schedule if somebody knocks who wants what it has come to first.
//
//go:norace
func (r *Run) shared(o *Obj, key uintptr) {
	for i := 0; i < len(r.knocked); i++ {
		if k := &r.knocked[i]; k.o == o && k.key == key {
			r.strange(k.place)
		}
	}
}

//go:norace
func (r *Run) strange(at Place) {
	r.fail("nondeterministic", "a goroutine that the scheduler does not see takes part, at "+at.String())
}
