// Package lang stands for what the language does itself in code that is explored:
// go statements and operations on channels. The channels are real ones. They hold
// what is in them and know whether they are closed, so that code which is not
// explored may share them; only the meeting of two goroutines at an unbuffered
// channel is done here.
//
// Who stands before an operation may already wait in it, or not yet: nobody can
// tell. So where Go finds a receiver that waits, a schedule may also not have it
// waiting yet, and a select with a default may go either way.
package lang

import (
	"reflect"
	"runtime"

	"github.com/petiole-go/petiole/explore/internal/sched"
)

func init() { sched.Link() }

// Go is the go statement.
func Go(f func()) { sched.Go(f) }

// Gosched is runtime.Gosched: another may go on at no cost.
//
//go:norace
func Gosched() {
	t := sched.Current()
	if t == nil {
		runtime.Gosched()
		return
	}
	t.Begin(sched.Gosched)
	t.Step(nil)
}

// Send is ch <- v. It is called in two parts, so that T is that of the channel and v is
// converted to it, as a send does.
func Send[T any](ch chan<- T) func(v T) {
	return func(v T) {
		t := sched.Current()
		if t == nil {
			aside(ch)
			ch <- v
			return
		}
		do(t, sched.ChanSend, true, []Case{&sending[T]{ch: ch, v: v}})
	}
}

// Recv is <-ch.
func Recv[T any](ch <-chan T) T {
	v, _ := Recv2(ch)
	return v
}

// Recv2 is v, ok := <-ch.
func Recv2[T any](ch <-chan T) (T, bool) {
	t := sched.Current()
	if t == nil {
		aside(ch)
		v, ok := <-ch
		return v, ok
	}
	c := &Receive[T]{ch: ch}
	do(t, sched.ChanRecv, true, []Case{c})
	return c.v, c.ok
}

// Close is close(ch).
//
//go:norace
func Close[T any](ch chan<- T) {
	if t := sched.Current(); t == nil {
		aside(ch)
	} else if ch != nil {
		t.Begin(sched.ChanClose)
		t.On(t.Address(reflect.ValueOf(ch).Pointer(), ch), true)
		if _, ok := t.Step(nil); !ok {
			return
		}
	}
	close(ch)
}

// LenRecv is len(ch), and LenSend of a channel that one can only send to.
func LenRecv[T any](ch <-chan T) int {
	look(ch, ch == nil)
	if ofTimer(ch) {
		return 0
	}
	return len(ch)
}

// LenSend: see LenRecv.
func LenSend[T any](ch chan<- T) int {
	look(ch, ch == nil)
	return len(ch)
}

// CapRecv is cap(ch) for a channel that a timer may have.
func CapRecv[T any](ch <-chan T) int {
	if ofTimer(ch) {
		return 0
	}
	return cap(ch)
}

// ofTimer reports whether it is a timer's channel, of which len and cap are 0 since
// Go 1.23.
//
//go:norace
func ofTimer[T any](ch <-chan T) bool {
	t := sched.Current()
	return t != nil && ch != nil && t.Address(reflect.ValueOf(ch).Pointer(), ch).OfTimer()
}

//go:norace
func look(ch any, none bool) {
	if t := sched.Current(); t == nil {
		aside(ch)
	} else if !none {
		t.Begin(sched.ChanLen)
		t.On(t.Address(reflect.ValueOf(ch).Pointer(), ch), false)
		t.Step(nil)
	}
}

// RecvCase is a case of a select that receives.
func RecvCase[T any](ch <-chan T) *Receive[T] { return &Receive[T]{ch: ch} }

// SendCase is one that sends, in two parts as Send.
func SendCase[T any](ch chan<- T) func(v T) *Sending {
	return func(v T) *Sending { return &Sending{&sending[T]{ch: ch, v: v}} }
}

// Select is the select statement: it gives the index of the case that is taken,
// -1 for the default, which there is unless it blocks.
func Select(block bool, cases ...Case) int {
	t := sched.Current()
	if t == nil {
		var keys []uintptr
		for _, c := range cases {
			keys = append(keys, c.key())
		}
		sched.Aside(nil, keys...)
		return outside(block, cases)
	}
	return do(t, sched.Select, block, cases)
}

// aside lets a run end before somebody outside does something to a channel.
func aside(ch any) { sched.Aside(nil, reflect.ValueOf(ch).Pointer()) }

// Forever is select {}.
func Forever() {
	if t := sched.Current(); t != nil {
		do(t, sched.Forever, true, nil)
		return
	}
	select {}
}
