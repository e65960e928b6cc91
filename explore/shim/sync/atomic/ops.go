package atomic

import (
	"reflect"

	"github.com/petiole-go/petiole/explore/internal/sched"
)

// The operations, on the word p whose object is o.

//go:norace
func load[T any](o *sched.Obj, p *T) T {
	t := sched.Enter(o, sched.AtomicLoad, false)
	sched.Acquire(o)
	v := *p
	t.Leave()
	return v
}

//go:norace
func store[T any](o *sched.Obj, p *T, v T) {
	t := sched.Enter(o, sched.AtomicStore, true)
	*p = v
	sched.Publish(o)
	t.Leave()
}

//go:norace
func swap[T any](o *sched.Obj, p *T, v T) (old T) {
	t := sched.Enter(o, sched.AtomicSwap, true)
	sched.Acquire(o)
	old, *p = *p, v
	sched.Release(o)
	t.Leave()
	return old
}

//go:norace
func compareAndSwap[T comparable](o *sched.Obj, p *T, old, v T) bool {
	t := sched.Enter(o, sched.AtomicCAS, true)
	defer t.Leave() // comparing two anys may panic
	sched.Acquire(o)
	if *p != old {
		return false
	}
	*p = v
	sched.Release(o)
	return true
}

//go:norace
func add[T number](o *sched.Obj, p *T, delta T) T {
	t := sched.Enter(o, sched.AtomicAdd, true)
	sched.Acquire(o)
	*p += delta
	v := *p
	sched.Release(o)
	t.Leave()
	return v
}

//go:norace
func and[T number](o *sched.Obj, p *T, mask T) (old T) {
	t := sched.Enter(o, sched.AtomicAnd, true)
	sched.Acquire(o)
	old = *p
	*p &= mask
	sched.Release(o)
	t.Leave()
	return old
}

//go:norace
func or[T number](o *sched.Obj, p *T, mask T) (old T) {
	t := sched.Enter(o, sched.AtomicOr, true)
	sched.Acquire(o)
	old = *p
	*p |= mask
	sched.Release(o)
	t.Leave()
	return old
}

// object is that of a plain word.
//
//go:norace
func object[T any](p *T) *sched.Obj {
	key := reflect.ValueOf(p).Pointer()
	if t := sched.Current(); t != nil {
		return t.Address(key, p)
	}
	sched.Aside(nil, key)
	return new(sched.Obj)
}
