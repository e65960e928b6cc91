package explored_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	gosync "sync"
	goatomic "sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/shim/sync"
	"github.com/petiole-go/petiole/explore/shim/sync/atomic"
)

// A pair is what a shim stands for, and the shim: a function that makes a fresh one.
type pair struct{ real, shim func() any }

// fresh makes values of their types.
func fresh[R, S any]() pair { return pair{func() any { return new(R) }, func() any { return new(S) }} }

// word is a pair of functions on a plain word, of which each call sees what the one
// before has left.
func word(real, shim any) pair {
	bind := func(f any) func() any {
		return func() any {
			v, t := reflect.ValueOf(f), reflect.TypeOf(f)
			p := reflect.New(t.In(0).Elem())
			var in, out []reflect.Type
			for i := 1; i < t.NumIn(); i++ {
				in = append(in, t.In(i))
			}
			for o := range t.Outs() {
				out = append(out, o)
			}
			return reflect.MakeFunc(reflect.FuncOf(in, append(out, t.In(0).Elem()), false), func(args []reflect.Value) []reflect.Value {
				return append(v.Call(append([]reflect.Value{p}, args...)), p.Elem())
			}).Interface()
		}
	}
	return pair{bind(real), bind(shim)}
}

var pairs = map[string]pair{
	"Map": fresh[gosync.Map, sync.Map](), "WaitGroup": fresh[gosync.WaitGroup, sync.WaitGroup](),
	"Int32": fresh[goatomic.Int32, atomic.Int32](), "Int64": fresh[goatomic.Int64, atomic.Int64](),
	"Uint32": fresh[goatomic.Uint32, atomic.Uint32](), "Uint64": fresh[goatomic.Uint64, atomic.Uint64](),
	"Uintptr": fresh[goatomic.Uintptr, atomic.Uintptr](), "Bool": fresh[goatomic.Bool, atomic.Bool](),
	"Pointer": fresh[goatomic.Pointer[int], atomic.Pointer[int]](), "Value": fresh[goatomic.Value, atomic.Value](),

	"LoadInt32": word(goatomic.LoadInt32, atomic.LoadInt32), "LoadInt64": word(goatomic.LoadInt64, atomic.LoadInt64),
	"LoadUint32": word(goatomic.LoadUint32, atomic.LoadUint32), "LoadUint64": word(goatomic.LoadUint64, atomic.LoadUint64),
	"LoadUintptr": word(goatomic.LoadUintptr, atomic.LoadUintptr), "LoadPointer": word(goatomic.LoadPointer, atomic.LoadPointer),
	"StoreInt32": word(goatomic.StoreInt32, atomic.StoreInt32), "StoreInt64": word(goatomic.StoreInt64, atomic.StoreInt64),
	"StoreUint32": word(goatomic.StoreUint32, atomic.StoreUint32), "StoreUint64": word(goatomic.StoreUint64, atomic.StoreUint64),
	"StoreUintptr": word(goatomic.StoreUintptr, atomic.StoreUintptr), "StorePointer": word(goatomic.StorePointer, atomic.StorePointer),
	"SwapInt32": word(goatomic.SwapInt32, atomic.SwapInt32), "SwapInt64": word(goatomic.SwapInt64, atomic.SwapInt64),
	"SwapUint32": word(goatomic.SwapUint32, atomic.SwapUint32), "SwapUint64": word(goatomic.SwapUint64, atomic.SwapUint64),
	"SwapUintptr": word(goatomic.SwapUintptr, atomic.SwapUintptr), "SwapPointer": word(goatomic.SwapPointer, atomic.SwapPointer),
	"CompareAndSwapInt32": word(goatomic.CompareAndSwapInt32, atomic.CompareAndSwapInt32), "CompareAndSwapInt64": word(goatomic.CompareAndSwapInt64, atomic.CompareAndSwapInt64),
	"CompareAndSwapUint32": word(goatomic.CompareAndSwapUint32, atomic.CompareAndSwapUint32), "CompareAndSwapUint64": word(goatomic.CompareAndSwapUint64, atomic.CompareAndSwapUint64),
	"CompareAndSwapUintptr": word(goatomic.CompareAndSwapUintptr, atomic.CompareAndSwapUintptr), "CompareAndSwapPointer": word(goatomic.CompareAndSwapPointer, atomic.CompareAndSwapPointer),
	"AddInt32": word(goatomic.AddInt32, atomic.AddInt32), "AddInt64": word(goatomic.AddInt64, atomic.AddInt64),
	"AddUint32": word(goatomic.AddUint32, atomic.AddUint32), "AddUint64": word(goatomic.AddUint64, atomic.AddUint64), "AddUintptr": word(goatomic.AddUintptr, atomic.AddUintptr),
	"AndInt32": word(goatomic.AndInt32, atomic.AndInt32), "AndInt64": word(goatomic.AndInt64, atomic.AndInt64),
	"AndUint32": word(goatomic.AndUint32, atomic.AndUint32), "AndUint64": word(goatomic.AndUint64, atomic.AndUint64), "AndUintptr": word(goatomic.AndUintptr, atomic.AndUintptr),
	"OrInt32": word(goatomic.OrInt32, atomic.OrInt32), "OrInt64": word(goatomic.OrInt64, atomic.OrInt64),
	"OrUint32": word(goatomic.OrUint32, atomic.OrUint32), "OrUint64": word(goatomic.OrUint64, atomic.OrUint64), "OrUintptr": word(goatomic.OrUintptr, atomic.OrUintptr),
}

// calls makes n random calls of what x can do, but for what may wait, and tells what
// came of each: the results, or with what it panicked.
func calls(r *rand.Rand, x any, n int) (seen []string) {
	v := reflect.ValueOf(x)
	skip := map[string]bool{"Wait": true, "Go": true}
	var names []string
	if v.Kind() != reflect.Func {
		for m := range v.Type().Methods() {
			if !skip[m.Name] {
				names = append(names, m.Name)
			}
		}
	}
	for range n {
		f, name := v, ""
		if names != nil {
			name = names[r.IntN(len(names))]
			f = v.MethodByName(name)
		}
		var args []reflect.Value
		var yielded []string
		for t := range f.Type().Ins() {
			args = append(args, argument(r, t, &yielded))
		}
		result := call(f, args)
		slices.Sort(yielded) // Range has no order
		seen = append(seen, name+" "+result+fmt.Sprint(yielded))
	}
	return seen
}

var ints = [3]int{1, 2, 3}

// argument is one of a few values of a type; of a function one that stops at random.
func argument(r *rand.Rand, t reflect.Type, yielded *[]string) reflect.Value {
	few := r.IntN(4)
	switch {
	case t.Kind() == reflect.Interface:
		return reflect.ValueOf([]any{1, "a", "b", []int(nil), nil, 2.5, 1}).Index(r.IntN(7)).Convert(t)
	case t.Kind() == reflect.Func:
		return reflect.MakeFunc(t, func(args []reflect.Value) []reflect.Value {
			*yielded = append(*yielded, fmt.Sprint(args[0], args[1]))
			return []reflect.Value{reflect.ValueOf(true)}
		})
	case t == reflect.TypeFor[*int]():
		return reflect.ValueOf([]*int{nil, &ints[0], &ints[1], &ints[2]}[few])
	case t.Kind() == reflect.UnsafePointer:
		return reflect.ValueOf(reflect.ValueOf(&ints[few%3]).UnsafePointer())
	case t.Kind() == reflect.Bool:
		return reflect.ValueOf(few%2 == 0)
	}
	return reflect.ValueOf(int64(few) - 1).Convert(t) // one is below 0, or the largest
}

func call(f reflect.Value, args []reflect.Value) (text string) {
	defer func() {
		e := recover()
		if _, ok := e.(runtime.Error); ok {
			text = "panics by itself" // in one of several wordings
		} else if e != nil {
			text = fmt.Sprint("panics: ", e)
		}
	}()
	var results []string
	for _, v := range f.Call(args) {
		results = append(results, fmt.Sprintf("%#v", v))
	}
	return fmt.Sprint(args, results)
}

// Called by one goroutine a shim does what it stands for does, misuse included, in a
// run and outside of one.
func TestShimsAreTheSame(t *testing.T) {
	for name, p := range pairs {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(10) {
				many := func(x any) []string { return calls(rand.New(rand.NewPCG(seed, 0)), x, 30) }
				want := many(p.real())
				require.Equal(t, want, many(p.shim()), "outside of a run")
				passes(t, explore.Options{}, func(s *explore.S) {
					got := many(p.shim())
					s.Go("a", func() { s.Assert(reflect.DeepEqual(got, many(p.shim())), "not as alone") })
					s.Assert(reflect.DeepEqual(want, got), "%v\n%v", want, got)
				})
			}
		})
	}
}
