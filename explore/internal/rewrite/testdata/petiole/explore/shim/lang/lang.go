// Package lang does with the language's own means what the real one has the
// scheduler do. Calls counts, so that a test sees that it was used.
package lang

import (
	"iter"
	"reflect"
	"runtime"
	"sync/atomic"
)

var Calls atomic.Int64

func Go(f func()) { Calls.Add(1); go f() }
func Gosched()    { Calls.Add(1); runtime.Gosched() }
func Forever()    { Calls.Add(1); select {} }

func Send[T any](ch chan<- T) func(v T) { return func(v T) { Calls.Add(1); ch <- v } }
func Recv[T any](ch <-chan T) T         { Calls.Add(1); return <-ch }
func Recv2[T any](ch <-chan T) (T, bool) {
	Calls.Add(1)
	v, ok := <-ch
	return v, ok
}
func Range[T any](ch <-chan T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for v := range ch {
			if !yield(v) {
				return
			}
		}
	}
}
func Close[T any](ch chan<- T)       { Calls.Add(1); close(ch) }
func LenRecv[T any](ch <-chan T) int { Calls.Add(1); return len(ch) }
func LenSend[T any](ch chan<- T) int { Calls.Add(1); return len(ch) }

type Case interface {
	of() reflect.SelectCase
	got(v reflect.Value, ok bool)
}
type Receive[T any] struct {
	ch <-chan T
	v  T
	ok bool
}
type Sending struct{ ch, v reflect.Value }

func RecvCase[T any](ch <-chan T) *Receive[T] { return &Receive[T]{ch: ch} }
func (r *Receive[T]) Value() T                { return r.v }
func (r *Receive[T]) Value2() (T, bool)       { return r.v, r.ok }
func (r *Receive[T]) of() reflect.SelectCase {
	return reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(r.ch)}
}
func (r *Receive[T]) got(v reflect.Value, ok bool) {
	if r.ok = ok; ok {
		reflect.ValueOf(&r.v).Elem().Set(v)
	}
}

func SendCase[T any](ch chan<- T) func(v T) *Sending {
	return func(v T) *Sending { return &Sending{reflect.ValueOf(ch), reflect.ValueOf(&v).Elem()} }
}
func (s *Sending) of() reflect.SelectCase {
	return reflect.SelectCase{Dir: reflect.SelectSend, Chan: s.ch, Send: s.v}
}
func (s *Sending) got(reflect.Value, bool) {}

func Select(block bool, cases ...Case) int {
	Calls.Add(1)
	var all []reflect.SelectCase
	for _, c := range cases {
		all = append(all, c.of())
	}
	if !block {
		all = append(all, reflect.SelectCase{Dir: reflect.SelectDefault})
	}
	i, v, ok := reflect.Select(all)
	if i == len(cases) {
		return -1
	}
	cases[i].got(v, ok)
	return i
}
