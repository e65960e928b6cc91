package vigil

import (
	"fmt"
	"time"
)

// A Cause is why a vigil has ended: the trigger that came first. The zero Cause is that of what has not ended.
type Cause uint8

const (
	// Returned, Panicked and Goexited: the function of the worker that kept the guard has ended so.
	Returned Cause = iota + 1
	Panicked
	Goexited
	// Released: by the guard's Release.
	Released
	// Canceled: the context with which the guard was bound has ended.
	Canceled
	// Expired: the lease ended without a Beat.
	Expired
	// Dropped: nothing leads to the guard any more, and a collection saw it. A leak.
	Dropped
	// Deadlocked: the worker that keeps the guard is blocked for ever. A finding of Sweep; nothing is reclaimed with it.
	Deadlocked
	// Shutdown: of the keeper.
	Shutdown
)

var causes = [...]string{"live", "returned", "panicked", "goexited", "released", "canceled", "expired", "dropped",
	"deadlocked", "shutdown"}

// String is the cause in one word, as "returned"; "live" is the zero Cause.
func (c Cause) String() string {
	if int(c) < len(causes) {
		return causes[c]
	}
	return fmt.Sprintf("Cause(%d)", uint8(c))
}

// leak reports whether somebody has forgotten something.
func (c Cause) leak() bool { return c == Dropped || c == Expired || c == Deadlocked }

// A Record is what is known of a guard; or, in a notice of [Keeper.Watch], of a watch, which has an ID, a Cause and the
// times only.
type Record struct {
	ID     uint64 // the guard's Token
	Worker uint64 // the ID of the worker that kept it, or 0
	Name   string // the guard's, or else its worker's
	Cause  Cause  // 0 for a live one
	Err    error  // what the reclaim came to: its error, a *PanicError or ErrGoexit; nil before it ran

	Born  time.Time // when it was bound
	Ended time.Time // the instant of the decision; zero for a live one

	// PCs is where it was bound, the caller of Bind or Acquire first, as [runtime.CallersFrames] wants it. It is nil
	// if no stack was recorded.
	PCs []uintptr
}

// Stats are counts of guards, all of one moment, which has passed when you look. At every such moment
// Bound = Live + Pending + Detached + the sum of Reclaimed.
type Stats struct {
	Bound     int64               // by Bind, failing ones too, and by Acquire
	Live      int64               // for which nothing has been decided
	Pending   int64               // decided, but the reclaim has not returned
	Detached  int64               // taken out of the vigil
	Reclaimed [Shutdown + 1]int64 // by Cause; of Deadlocked there are none

	Faults int64 // panics of callbacks, and errors of a pool's Close, that no record tells
	Fault  error // the last of them; of a panic a *PanicError
}
