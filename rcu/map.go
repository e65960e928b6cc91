package rcu

import "sync/atomic"

// The idea: an entry binds one snapshot to the one result that was found for
// it, and the view holds the entry of the newest snapshot that was looked at.
// A reader puts the entry of its snapshot in place before it calls f, so that
// all who race on that snapshot write to one entry: the first result stays.
//
//	I1  An entry never replaces that of a newer snapshot. Who replaces an entry
//	    loads it before the snapshot, so the snapshot is at least as new; that
//	    the swap succeeds shows that the entry was there all along, for entries
//	    are new each time (an empty source has them too) and never come back.
//	I2  An entry that stays in place was the source's snapshot after it was put
//	    there. Otherwise one who stood still between the two would bring back,
//	    and keep alive, what all others have left.
//	I3  An entry has one result for ever: its out goes from nil to non-nil once.
//
// Rejected: a lock round f makes readers wait for one another's f; a single
// pointer to {snapshot, result} that is swapped when f returns gives two racing
// readers two results, and lets a late one replace a newer one.

// Source is anything that has a current snapshot. Load may be called by any number
// of goroutines, what it returns is frozen, and whoever has seen a snapshot is not
// given an older one. (One that comes back is a new one.)
type Source[T any] interface{ Load() *T }

// A View is what [Map] makes; the zero value panics. It is a [Source], so views
// can be mapped again. It must not be copied. Load may be called by any number of
// goroutines.
type View[T, U any] struct {
	src Source[T]
	f   func(*T) *U
	now atomic.Pointer[entry[T, U]] // never nil
}

type entry[T, U any] struct {
	in  *T                 // nil: an empty source
	out atomic.Pointer[*U] // a pointer to the result, for nil is a result
}

// Map derives a view of every snapshot of src: an index, a parsed form, the
// part that one reader needs. A snapshot that is looked at has one result: f runs
// for it on the first Load, not on every one, and on the goroutine that loads.
// Readers that race on a fresh snapshot may each run f, since nobody waits for
// another's f, but all of them get the result of one. f must not alter the
// snapshot, and its result is frozen as the snapshot is.
//
// f is not called for an empty source, whose view is nil. A nil result is a
// result. A panic or an exit of f goes to the caller of Load and leaves nothing
// behind: the next Load calls f again. A source that returns another pointer
// each time costs an f a Load.
//
// A view keeps its last snapshot and result alive until a newer snapshot, or
// none, is looked at. It allocates when a snapshot is first looked at (two small
// objects), and never after. Map panics if src or f is nil.
//
// What f writes is synchronized before every Load that returns its result.
func Map[T, U any](src Source[T], f func(*T) *U) *View[T, U] {
	if src == nil {
		panic("rcu: Map: src is nil")
	}
	if f == nil {
		panic("rcu: Map: f is nil")
	}
	v := &View[T, U]{src: src, f: f}
	v.now.Store(new(entry[T, U]))
	return v
}

// Load returns the view of the current snapshot: the source's Load and three loads
// more, or a call of f.
func (v *View[T, U]) Load() *U {
	if v.src == nil {
		panic("rcu: a View is made by Map")
	}
	in := v.src.Load()
	e := v.now.Load()
	if e.in != in {
		e = v.look()
	}
	if e.in == nil {
		return nil
	}
	if out := e.out.Load(); out != nil {
		return *out
	}
	out := v.f(e.in)
	e.out.CompareAndSwap(nil, &out) // I3: who comes second takes the first's
	return *e.out.Load()
}

// look puts the entry of the current snapshot in place and returns it.
func (v *View[T, U]) look() *entry[T, U] {
	for {
		e := v.now.Load()
		in := v.src.Load() // after e: I1
		next := e
		if e.in != in {
			next = &entry[T, U]{in: in}
		}
		if !v.now.CompareAndSwap(e, next) {
			continue // somebody looked meanwhile, maybe at a newer one
		}
		if next != e && v.src.Load() != in { // I2; next still serves those who hold it
			v.now.CompareAndSwap(next, new(entry[T, U]))
		}
		return next
	}
}
