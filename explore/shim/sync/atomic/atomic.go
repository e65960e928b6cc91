// Package atomic stands for sync/atomic in code that is explored. Each operation
// is a step, and what sync/atomic promises: sequentially consistent, with an edge
// from each write to the reads that see it.
package atomic

import (
	"reflect"

	"github.com/petiole-go/petiole/explore/internal/sched"
)

func init() { sched.Link() }

type number interface {
	~int32 | ~int64 | ~uint32 | ~uint64 | ~uintptr
}

// An integer is what the atomic integers are made of.
type integer[T number] struct {
	obj sched.Obj
	v   T
}

// The integers of sync/atomic.
type (
	Int32   = integer[int32]
	Int64   = integer[int64]
	Uint32  = integer[uint32]
	Uint64  = integer[uint64]
	Uintptr = integer[uintptr]
)

//go:norace
func (x *integer[T]) Load() T { return load(&x.obj, &x.v) }

//go:norace
func (x *integer[T]) Store(v T) { store(&x.obj, &x.v, v) }

//go:norace
func (x *integer[T]) Swap(v T) (old T) { return swap(&x.obj, &x.v, v) }

//go:norace
func (x *integer[T]) CompareAndSwap(old, v T) bool { return compareAndSwap(&x.obj, &x.v, old, v) }

//go:norace
func (x *integer[T]) Add(delta T) T { return add(&x.obj, &x.v, delta) }

//go:norace
func (x *integer[T]) And(mask T) (old T) { return and(&x.obj, &x.v, mask) }

//go:norace
func (x *integer[T]) Or(mask T) (old T) { return or(&x.obj, &x.v, mask) }

// A Bool stands for atomic.Bool.
type Bool struct {
	obj sched.Obj
	v   bool
}

//go:norace
func (x *Bool) Load() bool { return load(&x.obj, &x.v) }

//go:norace
func (x *Bool) Store(v bool) { store(&x.obj, &x.v, v) }

//go:norace
func (x *Bool) Swap(v bool) (old bool) { return swap(&x.obj, &x.v, v) }

//go:norace
func (x *Bool) CompareAndSwap(old, v bool) bool { return compareAndSwap(&x.obj, &x.v, old, v) }

// A Pointer stands for atomic.Pointer.
type Pointer[T any] struct {
	obj sched.Obj
	v   *T
}

//go:norace
func (x *Pointer[T]) Load() *T { return load(&x.obj, &x.v) }

//go:norace
func (x *Pointer[T]) Store(v *T) { store(&x.obj, &x.v, v) }

//go:norace
func (x *Pointer[T]) Swap(v *T) (old *T) { return swap(&x.obj, &x.v, v) }

//go:norace
func (x *Pointer[T]) CompareAndSwap(old, v *T) bool { return compareAndSwap(&x.obj, &x.v, old, v) }

// A Value stands for atomic.Value.
type Value struct {
	obj sched.Obj
	v   any
}

//go:norace
func (x *Value) Load() any { return load(&x.obj, &x.v) }

//go:norace
func (x *Value) Store(v any) {
	t := x.enter(sched.AtomicStore, "store", v)
	defer t.Leave()
	x.check("store", v)
	x.v = v
	sched.Publish(&x.obj)
}

//go:norace
func (x *Value) Swap(v any) (old any) {
	t := x.enter(sched.AtomicSwap, "swap", v)
	defer t.Leave()
	x.check("swap", v)
	sched.Acquire(&x.obj)
	old, x.v = x.v, v
	sched.Release(&x.obj)
	return old
}

//go:norace
func (x *Value) CompareAndSwap(old, v any) bool {
	if v != nil && old != nil && reflect.TypeOf(old) != reflect.TypeOf(v) {
		panic("sync/atomic: compare and swap of inconsistently typed values")
	}
	t := x.enter(sched.AtomicCAS, "compare and swap", v)
	defer t.Leave()
	x.check("compare and swap", v)
	sched.Acquire(&x.obj)
	if x.v != old {
		return false
	}
	x.v = v
	sched.Release(&x.obj)
	return true
}

// enter begins an operation. A nil is refused before it.
//
//go:norace
func (x *Value) enter(k sched.Kind, what string, v any) *sched.Thread {
	if v == nil {
		panic("sync/atomic: " + what + " of nil value into Value")
	}
	return sched.Enter(&x.obj, k, true)
}

// check panics as atomic.Value does.
//
//go:norace
func (x *Value) check(what string, v any) {
	if x.v != nil && reflect.TypeOf(x.v) != reflect.TypeOf(v) {
		panic("sync/atomic: " + what + " of inconsistently typed value into Value")
	}
}
