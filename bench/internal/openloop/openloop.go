// Package openloop measures latency as a caller suffers it. Arrivals are scheduled in advance, and
// each is charged from the moment it was due, not from the moment its reader got round to it. A
// closed loop would count a stall once, for the one request that was in flight; here everybody who
// came while the reader stood still is charged for his part of the wait ("coordinated omission", Gil
// Tene's name for leaving them out).
//
// Nobody sleeps between arrivals: a timer fires tens of microseconds late, which would drown what is
// measured. Readers yield until the next arrival is due, so what is charged includes a turn of the run
// queue, for every implementation alike.
//
// A processor without a runnable goroutine puts its thread to sleep, and waking it costs up to a time
// slice of the kernel, 4 ms on some: that would be the tail of every implementation. So [Busy] keeps
// one goroutine per processor yielding. It favours those whose readers sleep.
package openloop

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Clock is time and how to wait for it; tests bring their own.
type Clock struct {
	Now   func() time.Duration // since the start
	Yield func()               // lets others run; returns soon
}

// Real is the machine's monotonic clock from now on.
func Real() Clock {
	start := time.Now()
	return Clock{Now: func() time.Duration { return time.Since(start) }, Yield: runtime.Gosched}
}

// Until yields until the time has come.
func (c Clock) Until(due time.Duration) {
	for c.Now() < due {
		c.Yield()
	}
}

// NewHistogram counts latencies from 1 ns to 10 s with three significant digits.
func NewHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, int64(10*time.Second), 3)
}

// Serve performs n arrivals one after the other, each gap() after the one before, and records what
// each waited and took together.
func Serve(c Clock, h *hdrhistogram.Histogram, n int, gap func() time.Duration, op func()) {
	due := c.Now()
	for range n {
		due += gap()
		c.Until(due)
		op()
		// What is too long for the histogram counts as its longest.
		_ = h.RecordValue(min(int64(c.Now()-due), h.HighestTrackableValue()))
	}
}

// Poisson gives exponentially distributed gaps, so that arrivals do not fall into step with a writer
// that comes at a fixed pace.
func Poisson(r *rand.Rand, mean time.Duration) func() time.Duration {
	return func() time.Duration { return time.Duration(r.ExpFloat64() * float64(mean)) }
}

// Every calls f each period, starting one period from now, until done is closed, and returns how often.
// When f took longer than a period, as on a busy machine, the periods that it missed are left out:
// catching up would change the load, and never end if f is always late.
func (c Clock) Every(period time.Duration, done <-chan struct{}, f func()) (calls int) {
	due := c.Now()
	for {
		due = max(due+period, c.Now())
		for first := true; first || c.Now() < due; first = false {
			select {
			case <-done:
				return calls
			default:
				c.Yield()
			}
		}
		f()
		calls++
	}
}

// Readers serves n arrivals each by r readers at once and returns all their latencies together. op
// makes one reader's operation.
func Readers(c Clock, r, n int, mean time.Duration, op func(reader int) func()) *hdrhistogram.Histogram {
	hists := make([]*hdrhistogram.Histogram, r)
	var wg sync.WaitGroup
	for i := range hists {
		hists[i] = NewHistogram()
		gap := Poisson(rand.New(rand.NewPCG(uint64(i), uint64(n))), mean)
		read := op(i)
		wg.Go(func() { Serve(c, hists[i], n, gap, read) })
	}
	wg.Wait()
	for _, h := range hists[1:] {
		hists[0].Merge(h)
	}
	return hists[0]
}

// Busy keeps all processors awake until stop is called. The threads settle on the machine's
// processors within some ten milliseconds, which Busy gives them if what is to be measured lasts
// longer than that: settle is how long to wait at most.
func Busy(settle time.Duration) (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					runtime.Gosched()
				}
			}
		})
	}
	Real().Until(min(settle, 30*time.Millisecond))
	return func() {
		close(done)
		wg.Wait()
	}
}
