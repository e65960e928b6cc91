package sync

import "github.com/petiole-go/petiole/explore/internal/sched"

// A Cond stands for sync.Cond. Signal wakes the one that has waited longest, as
// sync.Cond does, though it does not promise to.
type Cond struct {
	L           Locker
	obj         sched.Obj
	first, last *ticket // who waits; no slice, as that cannot be compared
	self        *Cond   // where it was first used
}

// A ticket is one that waits: it holds its place.
type ticket struct {
	obj   sched.Obj
	place sched.Hold
	next  *ticket
}

//go:norace
func (w *ticket) Ways(*sched.Thread) int { return one(w.place.Count() == 0) }

//go:norace
func (w *ticket) do(*sched.Thread) { sched.Acquire(&w.obj) }

func NewCond(l Locker) *Cond { return &Cond{L: l} }

//go:norace
func (c *Cond) Wait() {
	w := new(ticket)
	t := sched.Enter(&c.obj, sched.CondWait, true)
	c.check(t)
	w.place.Add(t, 1)
	if c.first == nil {
		c.first = w
	} else {
		c.last.next = w
	}
	c.last = w
	t.Leave()
	c.L.Unlock()
	step(sched.CondWake, &w.obj, true, w)
	c.L.Lock()
}

//go:norace
func (c *Cond) Signal() { c.wake(sched.CondSignal, 1) }

//go:norace
func (c *Cond) Broadcast() { c.wake(sched.CondBroadcast, -1) }

//go:norace
func (c *Cond) wake(k sched.Kind, most int) {
	t := sched.Enter(&c.obj, k, true)
	c.check(t)
	for c.first != nil && most != 0 {
		w := c.first
		c.first = w.next
		if w.place.Count() == 0 {
			continue // its schedule was cut short
		}
		w.place.Add(t, -1)
		sched.Release(&w.obj)
		t.Touch(&w.obj)
		most--
	}
	t.Leave()
}

//go:norace
func (c *Cond) check(t *sched.Thread) {
	if c.self == nil {
		c.self = c
	}
	if c.self != c {
		t.Leave()
		panic("sync.Cond is copied")
	}
}

// A WaitGroup stands for sync.WaitGroup. An Add from 0 must be synchronized with a Wait:
// as there, that is a read and a write for the race detector. Only the first Wait that
// waits writes, or Waits would race with each other.
type WaitGroup struct {
	obj     sched.Obj
	count   sched.Hold
	zeros   int        // how often the count has come to 0
	waiters sched.Hold // since then
}

// A waiting is a call of Wait. In its first step it looks at the count, and if that is
// not 0 it waits in a second one. Once the count has been 0 it can go on, though it be
// another by then.
type waiting struct {
	wg    *WaitGroup
	waits bool
	first bool // nobody waited before
	zeros int
}

//go:norace
func (w *waiting) Ways(*sched.Thread) int { return one(!w.waits || w.wg.zeros != w.zeros) }

//go:norace
func (w *waiting) do(t *sched.Thread) {
	again := w.waits
	if w.waits = w.wg.count.Count() != 0; !w.waits {
		sched.Acquire(&w.wg.obj)
	} else if again {
		panic("sync: WaitGroup is reused before previous Wait has returned")
	} else {
		w.first = w.wg.waiters.Add(t, 1) == 1
	}
	w.zeros = w.wg.zeros
}

func (wg *WaitGroup) Add(delta int) {
	if wg.add(delta) {
		sched.Read(&wg.obj)
	}
}

// add reports whether it has added to 0.
//
//go:norace
func (wg *WaitGroup) add(delta int) (first bool) {
	t := sched.Enter(&wg.obj, sched.WaitGroupAdd, true)
	defer t.Leave()
	if t != nil && t.Run().Cut() {
		return false
	}
	n := wg.count.Add(t, delta)
	sched.Release(&wg.obj)
	if n < 0 {
		panic("sync: negative WaitGroup counter")
	}
	if n == 0 && delta != 0 {
		wg.zeros++
		wg.waiters = sched.Hold{}
	}
	return delta > 0 && n == delta
}

func (wg *WaitGroup) Done() { wg.Add(-1) }

func (wg *WaitGroup) Wait() {
	w := &waiting{wg: wg}
	for ok := true; ok; ok = ok && w.waits {
		ok = step(sched.WaitGroupWait, &wg.obj, false, w)
		if ok && w.waits && w.first {
			sched.Write(&wg.obj)
		}
	}
}

// Go calls f in a goroutine that the group counts.
func (wg *WaitGroup) Go(f func()) {
	wg.Add(1)
	sched.Go(func() {
		defer func() {
			if e := recover(); e != nil {
				panic(e) // nobody is to go on
			}
			wg.Done()
		}()
		f()
	})
}
