package main

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/petiole-go/petiole/gate"
)

// lesson is one primitive of Toro. The code that is shown is cut out of the sources that are built, so what is
// read is what has run.
type lesson struct {
	name  string // Toro's
	form  string // the function that does the same, in Go and in lessons.py
	naive string // the function that goes wrong, if one tempts
	says  string // what is different, in a line or two
	check func(ctx context.Context, o options) []claim
}

// claim is one thing that a lesson shows. If it did not hold, the program fails.
type claim struct {
	text string
	ok   bool
}

func holds(ok bool, format string, args ...any) claim {
	return claim{fmt.Sprintf(format, args...), ok}
}

var lessons = []lesson{
	{"Queue", "fifo", "looksIfFull", "All ends when the queue is closed and drained, where Toro's consumer must know how many come.", checkFIFO},
	{"PriorityQueue", "urgent", "", "It compares what it is told to. Toro compares whole tuples, so among equals the names decide.", checkUrgent},
	{"LifoQueue", "lifo", "", "Empty is an error to look at, and TryGet never waits.", checkLIFO},
	{"JoinableQueue", "joined", "looksIfEmpty", "Every queue can be joined. Close sends the workers home.", checkJoined},
	{"Semaphore", "permits", "", "Toro's counts releases, and one too many raises it for good. Here one says so: Grow, Forget.", checkPermits},
	{"BoundedSemaphore", "bounded", "releasesTwice", "Every semaphore is bounded. A Permit knows whose it is, and is given back once.", checkBounded},
	{"Lock", "exclusive", "", "A defer where Toro has with. A sync.Mutex does as well, if nobody need give up or be served in turn.", checkExclusive},
	{"RWLock", "shared", "oneByOne", "Toro got it in 1.0. Here any number may read, and a writer takes all places in one step.", checkShared},
	{"Event", "started", "", "The same, for any goroutine. Done has it as a channel, for a select.", checkStarted},
	{"Condition", "changed", "waitsBlindly", "Toro's coroutines are not interrupted between look and wait. Goroutines are: WaitFor looks under L.", checkChanged},
	{"AsyncResult", "answered", "", "A second answer is no exception, but false. A promise may also fail, with an error for all.", checkAnswered},
	{"Timeout", "deadline", "", "A deadline is a context: one for as many calls as you like, and it can be cancelled.", checkDeadline},
}

// tick is how long the lessons wait for what does not come.
const tick = 5 * time.Millisecond

// each runs f on n goroutines, and waits for them.
func each(n int, f func()) {
	var crew sync.WaitGroup
	for range n {
		crew.Go(f)
	}
	crew.Wait()
}

// together runs f on n goroutines, and waits for them. others returns when all n have called it, or have ended.
func together(n int, f func(others func())) {
	var met sync.WaitGroup
	met.Add(n)
	each(n, func() {
		arrive := sync.OnceFunc(met.Done)
		defer arrive()
		f(func() {
			arrive()
			met.Wait()
		})
	})
}

// room counts who is in it at once. Nobody leaves before as many were in together as it wants, nor at once: so
// that one too many would meet somebody.
type room struct {
	want int
	full gate.Event

	mu                sync.Mutex // guards what follows
	now, most, visits int        // read when all have left
}

func (r *room) visit(ctx context.Context) error {
	r.count(1)
	defer r.count(-1)
	for range 10 {
		runtime.Gosched()
	}
	return r.full.Wait(ctx)
}

func (r *room) count(come int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now += come
	r.most = max(r.most, r.now)
	if come > 0 {
		r.visits++
	}
	if r.now >= r.want {
		r.full.Set()
	}
}

// panicOf returns what f panics with.
func panicOf(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}
