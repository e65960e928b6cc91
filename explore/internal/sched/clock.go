package sched

import "time"

// Epoch is where the virtual clock begins in every schedule. It stands still but for
// timers that fire.
var Epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// A Timer is something that the clock does at its time.
type Timer struct {
	Fire  func()        // what it does; nobody else runs meanwhile
	Idle  func() bool   // reports whether that is nothing now; nil: never
	When  time.Duration // since Epoch
	Obj   Obj
	armed bool
	epoch uint64
}

// A clock holds the timers of a schedule. There are few: they are in a slice in
// order of their arming.
type clock struct {
	now    time.Duration
	timers []*Timer
	fired  int // timers, tickers apart
}

//go:norace
func (c *clock) reset() {
	for i := range c.timers {
		c.timers[i] = nil
	}
	*c = clock{timers: c.timers[:0]}
}

// Now is the virtual time.
//
//go:norace
func (r *Run) Now() time.Duration { return r.clock.now }

// Timed is called before the time is told, and reports whether that is a step. It
// is none as long as no schedule has had a timer, since time stands still then, and
// there are programs that look at the clock and do nothing else with it. If there is a
// timer after all, and the time was told before it, all begins anew ([Run.loop]).
//
//go:norace
func (r *Run) Timed() bool {
	r.told = true
	r.early = r.early || !r.timed
	return r.timed
}

// Arm has the timer fire d from now, in place of when it was to before.
//
//go:norace
func (r *Run) Arm(t *Timer, d time.Duration) {
	r.Disarm(t)
	t.armed, t.epoch, t.When = true, r.epoch, r.clock.now+max(d, 0)
	r.clock.timers = append(r.clock.timers, t)
	if !r.timed {
		r.timed = true
		if r.early {
			r.pruned, r.cut, r.anew = true, true, true
		}
	}
}

// Disarm reports whether it kept the timer from firing.
//
//go:norace
func (r *Run) Disarm(t *Timer) bool {
	if !t.Armed(r) {
		return false
	}
	t.armed = false
	kept := 0
	for _, u := range r.clock.timers {
		if u != t {
			r.clock.timers[kept] = u
			kept++
		}
	}
	r.clock.timers = r.clock.timers[:kept]
	return true
}

// Armed reports whether the timer is to fire.
//
//go:norace
func (t *Timer) Armed(r *Run) bool { return t.armed && t.epoch == r.epoch }

// matters reports whether a timer does something. A ticker whose last tick nobody has taken does
// not, and ticks for ever: it saves nobody from a deadlock.
//
//go:norace
func (c *clock) matters() bool {
	for _, t := range c.timers {
		if t.Idle == nil || !t.Idle() {
			return true
		}
	}
	return false
}

// due is how many timers have the earliest time: any of them may be the next.
//
//go:norace
func (c *clock) due() int {
	n := 0
	var at time.Duration
	for _, t := range c.timers {
		switch {
		case n == 0 || t.When < at:
			n, at = 1, t.When
		case t.When == at:
			n++
		}
	}
	return n
}

// fire moves the time to the k-th of those that are due, and does it. It gives
// true if this counts as a yield of the clock, which each tick of a ticker does, and
// of other timers every fourth: a loop with a timeout must not go round for ever
// while another could end it.
//
//go:norace
func (c *clock) fire(r *Run, k int) (yielded bool) {
	at := c.timers[0].When
	for _, t := range c.timers {
		at = min(at, t.When)
	}
	var t *Timer
	for _, u := range c.timers {
		if u.When == at {
			if k == 0 {
				t = u
				break
			}
			k--
		}
	}
	c.now = at
	r.touched = append(r.touched, access{clockID, true}, access{t.Obj.number(r), true}, access{worldID, true})
	r.Disarm(t)
	r.errand(t.Fire)
	if t.Armed(r) {
		return true // a ticker
	}
	c.fired++
	return c.fired%4 == 0
}

// conflicts is Op.conflicts for the next timer, whichever that is.
//
//go:norace
func (c *clock) conflicts(touched []access) bool {
	for _, a := range touched {
		if a.id == clockID || a.id == worldID { // both of which it writes
			return true
		}
	}
	return false
}
