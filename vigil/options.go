package vigil

import (
	"runtime"
	"time"
)

// A BindOption is what one Bind or Acquire wants besides. The zero value is nothing. Of several names, or leases, the
// last one counts.
type BindOption struct {
	name      string
	lease     time.Duration
	interrupt func()
}

// Name gives the guard a name, for its records. Without one they have that of the worker.
func Name(name string) BindOption { return BindOption{name: name} }

// Lease has the vigil end with [Expired] if there is no Beat for d: at exactly that time of the clock, and inside of a
// Use too. R is then reclaimed beside the Use that still runs, so reclaim must bear that, as the Close of a [net.Conn]
// does; an [Interrupt] is called before. A lease that ends when the vigil has ended otherwise, and the reclaim waits for
// a Use, ends that wait; the cause stays. In both cases a [Pool] lends that R no more. A d that is not positive panics.
//
// A holder that was too slow may still act on what it holds. What it acts on can tell by the Token: that of
// whoever came after it is larger.
// The timer of a guard that was Dropped stays until the lease would have ended.
func Lease(d time.Duration) BindOption {
	if d <= 0 {
		panic("vigil: a lease that is not positive")
	}
	return BindOption{lease: d}
}

// Interrupt has f called once when R is to be taken back and is in use, unless it is by Release: to have the Use end,
// by closing the connection on which it waits, say. (If a [Lease] ends while a Release waits for the Use, it is called
// then.) It is called first, where it was decided (on the goroutine of the context's AfterFunc, of the timer, the worker
// or Shutdown), and the reclaim waits until it has returned. So it must not wait for the Use.
//
// Several are called one after the other, those of all guards that end together too: so it should wait for nothing, least
// of all for what a Use of another guard holds. A panic counts in Faults. A nil f panics.
func Interrupt(f func()) BindOption {
	if f == nil {
		panic("vigil: a nil Interrupt")
	}
	return BindOption{interrupt: f}
}

// options keeps what was asked for. Nobody knows of e yet.
func (e *entry) options(o []BindOption) {
	for _, o := range o {
		if o.name != "" {
			e.more().name = o.name
		}
		if o.lease > 0 {
			e.more().lease = o.lease
			e.word.Or(leased) // beside what a pool has set
		}
		if o.interrupt != nil {
			x := e.more()
			x.interrupts = append(x.interrupts, o.interrupt)
		}
	}
}

const depth = 32 // of a recorded stack, at most

// stack records, if the keeper records stacks, where Bind or Acquire was called. Only they call it. Nobody knows of e yet.
func (e *entry) stack(k *Keeper) {
	n := int64(k.o.StackRate)
	if n == 0 || (k.stacks.Add(1)-1)%n != 0 {
		return
	}
	pcs := make([]uintptr, depth)
	e.more().pcs = pcs[:runtime.Callers(3, pcs)] // below Callers, stack, and Bind or Acquire
}
