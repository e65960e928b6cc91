package sched

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// The goroutine under a thread: how it hands the baton on, how it goes from one
// schedule to the next, and how it ends. One that is in the middle of something when
// its schedule is cut short cannot go on to the next one: it is unwound, by Goexit
// at the operation before which it stands, so that what it has deferred is done.

// give hands the baton to t, or to the controller (nil).
//
//go:norace
func (r *Run) give(t *Thread) {
	to := r.control
	hide()
	if t != nil {
		if !t.alive {
			t.alive = true
			go t.loop() // hidden, too: it is not who gives that starts what t runs
		}
		r.running = t
		to = t.wake
	}
	to <- struct{}{}
	show()
}

// take waits for the baton.
//
//go:norace
func (t *Thread) take() {
	hide()
	<-t.wake
	show()
}

// loop is the goroutine: of one schedule's thread after the other's.
//
//go:norace
func (t *Thread) loop() {
	defer t.exited()
	debug.SetPanicOnFault(true) // the mark: see who.go
	if t.run.distrust {
		t.goid = goid()
	}
	for {
		t.take()
		if t.run.over {
			return
		}
		t.state = local
		if t.call(); !t.returned {
			t.failed("nil") // with GODEBUG=panicnil=1
		}
		t.finish()
	}
}

//go:norace
func (t *Thread) call() {
	t.returned = false
	defer t.recovered()
	Acquire(&t.sync)
	t.f()
	t.returned = true
}

// recovered looks at how the function ended, unless it was by Goexit.
//
//go:norace
func (t *Thread) recovered() {
	if e := recover(); e != nil {
		t.returned = true
		text := fmt.Sprint(e) // may have operations, which are remembered
		t.remember()
		t.failed(text)
	}
}

//go:norace
func (t *Thread) failed(text string) {
	if r := t.run; !r.cut {
		r.fail("panic", "panic in "+t.name+": "+text)
		r.where = place(t.place)
	}
}

// finish is the end of a thread: others go on.
//
//go:norace
func (t *Thread) finish() {
	r := t.run
	Release(&r.sync)
	t.state, t.f = ended, nil
	r.live--
	if !r.cut {
		r.search.ended(t)
	}
	if t == r.body {
		r.solo = false
	}
	r.give(r.next())
}

// exited is run when the goroutine ends: the run is over, or there was a Goexit
// in the scenario, be it its own or that of the scheduler who unwinds it.
//
//go:norace
func (t *Thread) exited() {
	t.alive = false
	if !t.run.over {
		t.finish()
		return
	}
	hide()
	t.run.control <- struct{}{}
	show()
}

// quit ends the goroutine, which has been given the baton to be unwound.
//
//go:norace
func (t *Thread) quit() {
	for t.run.gathers {
		Release(&t.run.sync)
		t.run.give(nil)
		t.take()
	}
	t.dying = true
	Acquire(&t.run.sync)
	runtime.Goexit()
}

// exit is quit for who has the baton because it runs: it gives it back first.
//
//go:norace
func (t *Thread) exit() {
	t.state = pending
	t.run.give(nil)
	t.take()
	t.quit()
}

// unwinding is called for every operation in what the goroutine has deferred. A
// loop there that waits for somebody would never end.
//
//go:norace
func (t *Thread) unwinding() {
	if !t.dying {
		t.exit() // it did what ended the schedule
	}
	if t.spun++; t.spun > 1000 {
		t.spun = 0
		runtime.Goexit()
	}
}
