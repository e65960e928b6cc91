package semaphore

import (
	"math"
	"math/bits"
	"sync"
	"time"

	"github.com/petiole-go/petiole/internal/park/spin"
)

// A ledger is what is common to all permits under one mutex, of a Semaphore or of all keys: the mutex, and
// the counts.
type ledger struct {
	// mu guards what follows, and permits. It is taken by lock. Under it runs no code of the
	// user's: no context is asked, nobody waits, and nobody is woken.
	mu       sync.Mutex
	closed   bool
	held     sum           // S1
	acquired int64         // granted, in line or not
	canceled int64         // left the line, or were refused there. S4
	waits    int64         // joined the line
	waiting  int           // are in line
	weight   sum           // of those
	waited   time.Duration // by those who were in line; it stops where a Duration does
	longest  time.Duration
}

// lock is not inlined, as TryLock is with the call beside it. Where a call counts, which is in Acquire, Release
// and the locks, it is written out, and so is what follows (BenchmarkAcquire).
func (l *ledger) lock() {
	if !spin.TryLock(&l.mu) {
		spin.Lock(&l.mu)
	}
}

// A request is what one wants who waits, and what was decided.
type request struct {
	n     int64
	since time.Duration // it is in line; see now
	err   error         // it was refused
}

// now is the time, as so much after some moment: [time.Now] reads two clocks, and this one.
func now() time.Duration { return time.Since(epoch) }

var epoch = time.Now()

// join counts one that joins a line. S4
func (l *ledger) join(r *request) {
	r.since = now()
	l.waits++
	l.waiting++
	l.weight.add(r.n)
}

// part counts one that is decided, or leaves. S4
func (l *ledger) part(r *request, at time.Duration) {
	l.waiting--
	l.weight.sub(r.n)
	d := max(0, at-r.since) // who is released from inside a bubble has another clock
	l.longest = max(l.longest, d)
	l.waited += min(d, math.MaxInt64-l.waited)
}

// A sum is of weights, and may be more than an int64 holds.
type sum struct{ hi, lo uint64 }

func (s *sum) add(n int64) {
	lo, carry := bits.Add64(s.lo, uint64(n), 0)
	s.lo, s.hi = lo, s.hi+carry
}

func (s *sum) sub(n int64) {
	lo, borrow := bits.Sub64(s.lo, uint64(n), 0)
	s.lo, s.hi = lo, s.hi-borrow
}

// int64 is the sum, or the most that an int64 holds.
func (s *sum) int64() int64 {
	if s.hi > 0 {
		return math.MaxInt64
	}
	return int64(min(s.lo, math.MaxInt64))
}

// Stats are counts, all of one moment, which has passed when you look. Those of a Keyed are of all keys.
type Stats struct {
	Limit         int64 // of a Keyed, that of one key
	InUse         int64 // permits held; more than Limit while a lowered limit is owed
	Waiting       int64 // calls in line
	WaitingWeight int64 // the permits that those want

	Acquired  int64 // calls that were granted, those of 0 too
	Canceled  int64 // calls that had stood in line and failed: by their context, or refused
	WaitCount int64 // calls that had to stand in line: Waiting, Canceled, or granted

	WaitDuration time.Duration // for how long those stood there that were granted, or failed
	MaxWait      time.Duration // the longest of them
}

// stats are the counts, with a limit and what is held.
func (l *ledger) stats(limit, held int64) Stats {
	return Stats{
		Limit: limit,
		InUse: held, Waiting: int64(l.waiting), WaitingWeight: l.weight.int64(),
		Acquired: l.acquired, Canceled: l.canceled, WaitCount: l.waits,
		WaitDuration: l.waited, MaxWait: l.longest,
	}
}
