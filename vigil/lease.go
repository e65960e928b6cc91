package vigil

import (
	"math"
	"time"

	"github.com/petiole-go/petiole/internal/park/signal"
)

// hold starts the lease d of e, at that time after born. With the mutex.
func (e *entry) hold(d, now time.Duration) {
	x := e.extra.Load()
	x.lease = d
	x.deadline = sum(now, d)
	x.timer = time.AfterFunc(d, func() { e.tick(true) })
}

// sum is a + b, or the most that a Duration holds. Neither is negative.
func sum(a, b time.Duration) time.Duration {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// lapse has the lease of e end if its time is over: the clock decides, not when the timer gets to run.
func (e *entry) lapse() {
	if e.word.Load()&leased != 0 {
		e.tick(false)
	}
}

// late reports whether e is live, and its lease is over at that time. With the mutex.
func (e *entry) late(now time.Time) bool {
	v := e.word.Load()
	return v&leased != 0 && v&causeBits == 0 && now.Sub(e.born) >= e.extra.Load().deadline
}

// tick is called by the timer, at the deadline of a lease or at an earlier one which a Beat has put off, and by lapse.
func (e *entry) tick(timer bool) {
	k := e.keeper()
	now := time.Now()
	k.lock()
	x := e.extra.Load()
	if x == nil || e.word.Load()&(begun|over) != 0 { // nothing is left to hold
		k.mu.Unlock()
		return
	}
	if left := x.deadline - now.Sub(e.born); left > 0 {
		if timer {
			x.timer.Reset(left)
		}
		k.mu.Unlock()
		return
	}
	interrupt := false
	var worker *signal.Crowd[struct{}]
	switch v := e.word.Load(); {
	case v&causeBits == 0:
		interrupt = e.take(Expired, now)
		k.spawn(1)
	case v&(waits|forced) == waits: // decided before, and waiting for Uses: no longer
		e.word.Or(forced)
		switch {
		case v&interrupting != 0: // who interrupts goes on from there
		case e.interruptible():
			interrupt = true
		default:
			worker = k.free(e)
		}
	}
	k.mu.Unlock()
	worker.Open()
	if interrupt {
		k.interrupt([]*entry{e})
	}
}

// beat starts the lease anew, and reports false if e is decided.
func (e *entry) beat() bool {
	if e.word.Load()&leased == 0 {
		return e.live()
	}
	k := e.keeper()
	now := time.Since(e.born)
	k.lock()
	x := e.extra.Load()
	switch {
	case !e.live():
		k.mu.Unlock()
		return false
	case now >= x.deadline: // the timer is late
		k.mu.Unlock()
		e.tick(false)
		return false
	}
	x.deadline = max(x.deadline, sum(now, x.lease)) // to which the timer is put off when it fires
	k.mu.Unlock()
	return true
}
