package lang

import (
	"reflect"

	"github.com/petiole-go/petiole/explore/internal/sched"
)

// A Case is one of a select's: a channel and a direction.
type Case interface {
	channel() any // nil for a nil channel
	key() uintptr
	receives() bool
	// ready reports whether the case can go on by the channel alone: there is room,
	// or something in it, or it is closed.
	ready() bool
	unbuffered() bool
	// done reports that looking was doing: the other side is not explored.
	done() bool
	// commit does it, when it is ready.
	commit()
	// meet takes the value of a send, or gives one to a receive, of a goroutine that
	// waits there.
	meet(Case)
	edges() *sched.Obj
	reflected() reflect.SelectCase
	result(v reflect.Value, ok bool)
}

// A Receive is a receive, and what came of it.
type Receive[T any] struct {
	ch     <-chan T
	v      T
	ok     bool
	taken  bool // v came while looking: somebody who is not explored gave it
	closed bool
	obj    sched.Obj
}

// Value is what was received.
//
//go:norace
func (c *Receive[T]) Value() T { return c.v }

// Value2 is Value, and false if it is that of a closed channel.
//
//go:norace
func (c *Receive[T]) Value2() (T, bool) { return c.v, c.ok }

//go:norace
func (c *Receive[T]) receives() bool { return true }

//go:norace
func (c *Receive[T]) unbuffered() bool { return cap(c.ch) == 0 }

//go:norace
func (c *Receive[T]) edges() *sched.Obj { return &c.obj }

//go:norace
func (c *Receive[T]) key() uintptr { return reflect.ValueOf(c.ch).Pointer() }

//go:norace
func (c *Receive[T]) channel() any {
	if c.ch == nil {
		return nil
	}
	return c.ch
}

// ready looks into the channel. To see whether an empty one is closed it must try
// to receive, without telling the race detector: it is not who looks that will
// have received.
//
//go:norace
func (c *Receive[T]) ready() bool {
	if c.ch == nil {
		return false
	}
	if c.taken || c.closed || len(c.ch) > 0 {
		return true
	}
	sched.Hidden(c.try)
	return c.taken || c.closed
}

//go:norace
func (c *Receive[T]) try() {
	select {
	case v, ok := <-c.ch:
		if ok {
			c.v, c.ok, c.taken = v, true, true
		} else {
			c.closed = true
		}
	default:
	}
}

//go:norace
func (c *Receive[T]) done() bool { return c.taken }

//go:norace
func (c *Receive[T]) commit() {
	if !c.taken {
		c.v, c.ok = <-c.ch
	}
}

// meet is an unbuffered channel: the send is synchronized before the receive, and
// the receive before the return of the send.
//
//go:norace
func (c *Receive[T]) meet(other Case) {
	s, ok := other.(*sending[T])
	if !ok {
		convert(c, other, other)
		return
	}
	sched.Acquire(&s.obj)
	c.v, c.ok = s.v, true
	sched.Release(&s.obj)
}

// convert is meet for sides whose types differ in the tags of a struct: one of them
// has converted the channel.
//
//go:norace
func convert(to, from, other Case) {
	sched.Acquire(other.edges())
	to.result(from.reflected().Send, true)
	sched.Release(other.edges())
}

//go:norace
func (c *Receive[T]) reflected() reflect.SelectCase {
	return reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c.ch)}
}

//go:norace
func (c *Receive[T]) result(v reflect.Value, ok bool) {
	c.ok = ok
	if ok {
		to := reflect.ValueOf(&c.v).Elem()
		to.Set(v.Convert(to.Type())) // v.Interface() would lose a nil interface
	}
}

// A Sending is a send among the cases of a select.
type Sending struct{ Case }

type sending[T any] struct {
	ch     chan<- T
	v      T
	taken  bool // while looking, by somebody who is not explored
	closed bool
	obj    sched.Obj
}

//go:norace
func (c *sending[T]) receives() bool { return false }

//go:norace
func (c *sending[T]) unbuffered() bool { return cap(c.ch) == 0 }

//go:norace
func (c *sending[T]) edges() *sched.Obj { return &c.obj }

//go:norace
func (c *sending[T]) key() uintptr { return reflect.ValueOf(c.ch).Pointer() }

//go:norace
func (c *sending[T]) channel() any {
	if c.ch == nil {
		return nil
	}
	return c.ch
}

// ready: a send on a closed channel can go on, and panics. To see whether it is
// closed it must try.
//
//go:norace
func (c *sending[T]) ready() bool {
	if c.ch == nil {
		return false
	}
	if c.taken || c.closed || len(c.ch) < cap(c.ch) {
		return true
	}
	sched.Hidden(c.try)
	return c.taken || c.closed
}

//go:norace
func (c *sending[T]) try() {
	defer c.tried()
	select {
	case c.ch <- c.v:
		c.taken = true
	default:
	}
}

//go:norace
func (c *sending[T]) tried() { c.closed = recover() != nil }

//go:norace
func (c *sending[T]) commit() {
	if !c.taken {
		c.ch <- c.v
	}
}

//go:norace
func (c *sending[T]) done() bool { return c.taken }

//go:norace
func (c *sending[T]) meet(other Case) {
	r, ok := other.(*Receive[T])
	if !ok {
		convert(other, c, other)
		return
	}
	sched.Acquire(&r.obj)
	r.v, r.ok = c.v, true
	sched.Release(&r.obj)
}

//go:norace
func (c *sending[T]) reflected() reflect.SelectCase {
	v := reflect.ValueOf(&c.v).Elem() // also of a nil interface
	return reflect.SelectCase{Dir: reflect.SelectSend, Chan: reflect.ValueOf(c.ch), Send: v}
}

//go:norace
func (c *sending[T]) result(reflect.Value, bool) {}

// outside is a select outside of a run: a real one.
func outside(block bool, cases []Case) int {
	all := make([]reflect.SelectCase, 0, len(cases)+1)
	for _, c := range cases {
		all = append(all, c.reflected())
	}
	if !block {
		all = append(all, reflect.SelectCase{Dir: reflect.SelectDefault})
	}
	i, v, ok := reflect.Select(all)
	if i == len(cases) {
		return -1
	}
	cases[i].result(v, ok)
	return i
}
