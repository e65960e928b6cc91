package sync

import "github.com/petiole-go/petiole/explore/internal/sched"

// A Cond stands for sync.Cond. Signal wakes the one that has waited longest, as
// sync.Cond does, though it does not promise to.
type Cond struct {
	L       Locker
	obj     sched.Obj
	waiters []*ticket
}

type ticket struct {
	obj   sched.Obj
	woken bool
}

//go:norace
func (w *ticket) Ways(*sched.Thread) int { return one(w.woken) }

func NewCond(l Locker) *Cond { return &Cond{L: l} }

//go:norace
func (c *Cond) Wait() {
	w := new(ticket)
	t := sched.Enter(&c.obj, sched.CondWait, true)
	c.waiters = append(c.waiters, w)
	t.Leave()
	c.L.Unlock()
	if step(sched.CondWake, &w.obj, true, w) {
		sched.Acquire(&w.obj)
	}
	c.L.Lock()
}

//go:norace
func (c *Cond) Signal() { c.wake(sched.CondSignal, 1) }

//go:norace
func (c *Cond) Broadcast() { c.wake(sched.CondBroadcast, -1) }

//go:norace
func (c *Cond) wake(k sched.Kind, most int) {
	t := sched.Enter(&c.obj, k, true)
	for len(c.waiters) > 0 && most != 0 {
		w := c.waiters[0]
		c.waiters[0] = nil
		c.waiters = c.waiters[1:]
		w.woken = true
		sched.Release(&w.obj)
		t.Touch(&w.obj)
		most--
	}
	t.Leave()
}

// A WaitGroup stands for sync.WaitGroup.
type WaitGroup struct {
	obj sched.Obj
	n   int
}

type groupGuard WaitGroup

//go:norace
func (g *groupGuard) Ways(*sched.Thread) int { return one(g.n == 0) }

//go:norace
func (wg *WaitGroup) Add(delta int) {
	t := sched.Enter(&wg.obj, sched.WaitGroupAdd, true)
	defer t.Leave()
	if t != nil && t.Run().Cut() {
		return
	}
	wg.n += delta
	sched.Release(&wg.obj)
	if wg.n < 0 {
		panic("sync: negative WaitGroup counter")
	}
}

//go:norace
func (wg *WaitGroup) Done() { wg.Add(-1) }

//go:norace
func (wg *WaitGroup) Wait() {
	if step(sched.WaitGroupWait, &wg.obj, false, (*groupGuard)(wg)) {
		sched.Acquire(&wg.obj)
	}
}

// Go calls f in a goroutine that the group counts.
func (wg *WaitGroup) Go(f func()) {
	wg.Add(1)
	sched.Go(func() {
		defer wg.Done()
		f()
	})
}
