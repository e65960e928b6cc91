// Package time stands for time in code that is explored: its clock is virtual. It
// stands still but for timers that fire, in the order of their times, at any
// moment, whoever else could go on.
package time

import (
	"reflect"
	"time"

	"github.com/petiole-go/petiole/explore/internal/sched"
	"github.com/petiole-go/petiole/explore/internal/virtual"
)

func init() { sched.Link() }

// Now is the virtual time, and a step if any schedule has timers.
//
//go:norace
func Now() Time {
	if sched.Current() == nil {
		return time.Now()
	}
	return virtual.Now()
}

// Since is Now().Sub(t).
func Since(t Time) Duration {
	if sched.Current() == nil {
		return time.Since(t)
	}
	return Now().Sub(t)
}

// Until is t.Sub(Now()).
func Until(t Time) Duration {
	if sched.Current() == nil {
		return time.Until(t)
	}
	return t.Sub(Now())
}

// Sleep waits until the clock has gone on by d.
//
//go:norace
func Sleep(d Duration) {
	t := sched.Current()
	if t == nil {
		time.Sleep(d)
		return
	}
	if d <= 0 {
		return
	}
	s := &sleeper{}
	s.timer.Fire = func() {}
	start(t, &s.timer, d)
	t.Begin(sched.Sleep)
	t.On(&s.timer.Obj, true)
	t.OnClock(false)
	t.Step(s)
}

type sleeper struct{ timer sched.Timer }

//go:norace
func (s *sleeper) Ways(t *sched.Thread) int {
	if s.timer.Armed(t.Run()) {
		return 0
	}
	return 1
}

// start is a step: which time it is now depends on who goes first.
//
//go:norace
func start(t *sched.Thread, timer *sched.Timer, d Duration) (active bool) {
	t.Begin(sched.TimerStart)
	t.OnClock(true)
	t.On(&timer.Obj, true)
	if _, ok := t.Step(nil); !ok {
		return false
	}
	active = timer.Armed(t.Run())
	sched.Release(&timer.Obj) // until send
	t.Run().Arm(timer, d)
	return active
}

// A Timer stands for time.Timer.
type Timer struct {
	C     <-chan Time
	c     chan Time
	timer *sched.Timer // apart, as it cannot be compared
	real  *time.Timer  // of one that was made outside of a run
}

// NewTimer stands for time.NewTimer.
//
//go:norace
func NewTimer(d Duration) *Timer {
	t := sched.Current()
	if t == nil {
		real := time.NewTimer(d)
		return &Timer{C: real.C, real: real}
	}
	x := &Timer{c: make(chan Time, 1), timer: new(sched.Timer)}
	x.C = own(t, x.c)
	x.timer.Fire = func() { send(t.Run(), &x.timer.Obj, x.c) }
	start(t, x.timer, d)
	return x
}

// own marks the channel of a timer.
//
//go:norace
func own(t *sched.Thread, c chan Time) <-chan Time {
	t.Address(reflect.ValueOf(c).Pointer(), c).Timer()
	return c
}

// send is what a timer or ticker with a channel does, if the last one was taken.
//
//go:norace
func send(r *sched.Run, o *sched.Obj, c chan Time) {
	sched.Acquire(o)
	select {
	case c <- sched.Epoch.Add(r.Now()):
	default:
	}
}

// After stands for time.After.
func After(d Duration) <-chan Time { return NewTimer(d).C }

// AfterFunc stands for time.AfterFunc: f runs in a goroutine of its own.
//
//go:norace
func AfterFunc(d Duration, f func()) *Timer {
	t := sched.Current()
	if t == nil {
		return &Timer{real: time.AfterFunc(d, f)}
	}
	x := &Timer{timer: new(sched.Timer)}
	r := t.Run()
	x.timer.Fire = func() {
		r.Spawn("AfterFunc", func() {
			sched.Acquire(&x.timer.Obj)
			f()
		})
	}
	sched.Release(&x.timer.Obj)
	start(t, x.timer, d)
	return x
}

// Stop stands for the method of time.Timer.
//
//go:norace
func (x *Timer) Stop() bool {
	t := x.begin("Stop", sched.TimerStop)
	if t == nil {
		return x.real != nil && x.real.Stop()
	}
	return x.stop(t)
}

//go:norace
func (x *Timer) stop(t *sched.Thread) bool {
	active := t.Run().Disarm(x.timer)
	return drain(x.c) || active
}

// drain takes what has been sent and not been received: since Go 1.23 nothing old
// is received after a Stop or a Reset.
func drain(c chan Time) (was bool) {
	sched.Hidden(func() {
		select {
		case <-c:
			was = true
		default:
		}
	})
	return was
}

// Reset stands for the method of time.Timer.
//
//go:norace
func (x *Timer) Reset(d Duration) bool {
	t := x.begin("Reset", sched.TimerStart)
	if t == nil {
		return x.real != nil && x.real.Reset(d)
	}
	return x.reset(t, d)
}

//go:norace
func (x *Timer) reset(t *sched.Thread, d Duration) bool {
	active := x.stop(t)
	sched.Release(&x.timer.Obj)
	t.Run().Arm(x.timer, d)
	return active
}

// begin is the step of Stop and Reset; nil if the timer is a real one.
//
//go:norace
func (x *Timer) begin(what string, k sched.Kind) *sched.Thread {
	if x.real == nil && x.timer == nil {
		panic("time: " + what + " called on uninitialized Timer")
	}
	t := sched.Current()
	if t == nil && x.real == nil {
		sched.Aside(&x.timer.Obj)
	}
	if x.real != nil || t == nil {
		return nil
	}
	t.Begin(k)
	t.OnClock(true)
	t.On(&x.timer.Obj, true)
	if x.c != nil {
		t.OnWorld(true) // what was sent may be taken back
	}
	if _, ok := t.Step(nil); !ok {
		return nil
	}
	return t
}

// A Ticker stands for time.Ticker.
type Ticker struct {
	C     <-chan Time
	c     chan Time
	every Duration
	timer Timer
	real  *time.Ticker
}

// NewTicker stands for time.NewTicker.
//
//go:norace
func NewTicker(d Duration) *Ticker {
	if d <= 0 {
		panic("non-positive interval for NewTicker")
	}
	t := sched.Current()
	if t == nil {
		real := time.NewTicker(d)
		return &Ticker{C: real.C, real: real}
	}
	x := &Ticker{c: make(chan Time, 1), every: d}
	x.C, x.timer = own(t, x.c), Timer{c: x.c, timer: new(sched.Timer)}
	r := t.Run()
	x.timer.timer.Fire = func() {
		send(r, &x.timer.timer.Obj, x.c)
		r.Arm(x.timer.timer, x.every)
	}
	c := x.c
	x.timer.timer.Idle = func() bool { return len(c) == cap(c) }
	start(t, x.timer.timer, d)
	return x
}

// Tick stands for time.Tick.
func Tick(d Duration) <-chan Time {
	if d <= 0 {
		return nil
	}
	return NewTicker(d).C
}

// Stop stands for the method of time.Ticker.
//
//go:norace
func (x *Ticker) Stop() {
	switch {
	case x.real != nil:
		x.real.Stop()
	case x.every > 0:
		x.timer.Stop()
	}
}

// Reset stands for the method of time.Ticker.
//
//go:norace
func (x *Ticker) Reset(d Duration) {
	if d <= 0 {
		panic("non-positive interval for Ticker.Reset")
	}
	if x.real != nil {
		x.real.Reset(d)
		return
	}
	if x.every == 0 {
		panic("time: Reset called on uninitialized Ticker")
	}
	if t := x.timer.begin("Reset", sched.TimerStart); t != nil {
		x.every = d
		x.timer.reset(t, d)
	}
}
