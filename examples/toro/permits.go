package main

import (
	"context"
	"sync/atomic"

	"github.com/petiole-go/petiole/semaphore"
)

func permits(ctx context.Context, visit func() error, workers int) (grown, limit int64) {
	s := semaphore.New(2)
	each(workers, func() {
		s.With(ctx, 1, visit) // given back however visit ends
	})
	s.Grow(1)
	grown = s.Stats().Limit // 3
	if p, err := s.Take(ctx, 1); err == nil {
		p.Forget() // and the limit goes with it
	}
	return grown, s.Stats().Limit // 2
}

func checkPermits(ctx context.Context, o options) []claim {
	r := room{want: 2}
	grown, limit := permits(ctx, func() error { return r.visit(ctx) }, o.workers)
	return []claim{
		holds(r.most == 2, "of %d workers 2 were in at once, and never more: %d", o.workers, r.most),
		holds(r.visits == o.workers, "each had its turn: %d", r.visits),
		holds(grown == 3 && limit == 2, "the limit was 2, %d after Grow, %d after Forget", grown, limit),
	}
}

func bounded() (again, another bool, said any, held int64) {
	s := semaphore.New(1)
	mine, _ := s.TryTake(1) // or Take, which waits
	mine.Release()
	theirs, _ := s.TryTake(1)
	again = mine.Release() // false: theirs stays theirs
	another = s.TryAcquire(1)
	theirs.Release()
	said = panicOf(func() { s.Release(1) })
	return again, another, said, s.Stats().InUse
}

// releasesTwice forgets that it has given back. Harm: two hold what one may. It must show, because at that moment
// somebody else holds it: nothing is released that is not held, so nothing is noticed.
func releasesTwice() (another bool) {
	s := semaphore.New(1)
	s.TryAcquire(1) // mine
	s.Release(1)
	s.TryAcquire(1) // theirs
	s.Release(1)    // I again: it was theirs
	return s.TryAcquire(1)
}

func checkBounded(context.Context, options) []claim {
	again, another, said, held := bounded()
	harm := releasesTwice()
	return []claim{
		holds(!again && !another, "a Permit released again: it gave back something: %t, and let one more in: %t", again, another),
		holds(said != nil && held == 0, "a release of what nobody holds panics: %v; then %d are held", said, held),
		holds(harm, "the harm: a count does not know whose it is, so that one more got in: %t", harm),
	}
}

func exclusive(ctx context.Context, visit func() error, workers int) (late error) {
	var m semaphore.Mutex
	each(workers, func() {
		if m.LockContext(ctx) == nil {
			defer m.Unlock()
			visit()
		}
	})
	soon, cancel := context.WithTimeout(ctx, tick)
	defer cancel()
	if m.TryLock() {
		defer m.Unlock()
		late = m.LockContext(soon)
	}
	return late
}

func checkExclusive(ctx context.Context, o options) []claim {
	r := room{want: 1}
	late := exclusive(ctx, func() error { return r.visit(ctx) }, o.workers)
	return []claim{
		holds(r.visits == o.workers && r.most == 1, "%d of %d workers were in, at most %d at once", r.visits, o.workers, r.most),
		holds(late == context.DeadlineExceeded, "who waits for it may give up: %v", late),
	}
}

func shared(ctx context.Context, read, write func() error, workers int) {
	var m semaphore.RWMutex
	each(workers, func() {
		if m.RLockContext(ctx) == nil {
			defer m.RUnlock()
			read()
		}
	})
	each(workers, func() {
		if m.LockContext(ctx) == nil {
			defer m.Unlock()
			write()
		}
	})
}

// oneByOne makes a writer of a reader's permits, one after the other. Harm: two writers stand there for ever. It must
// show, because each has one of the two permits before it wants the second, and neither gives up what it has.
func oneByOne(ctx context.Context) (stuck int64) {
	readers := semaphore.New(2)
	soon, cancel := context.WithTimeout(ctx, tick)
	defer cancel()
	var n atomic.Int64
	together(2, func(others func()) { // two writers
		readers.Acquire(ctx, 1)
		others() // each has one of two
		if readers.Acquire(soon, 1) != nil {
			n.Add(1)
		}
	})
	return n.Load()
}

func checkShared(ctx context.Context, o options) []claim {
	r, w := room{want: o.workers}, room{want: 1}
	shared(ctx, func() error { return r.visit(ctx) }, func() error { return w.visit(ctx) }, o.workers)
	stuck := oneByOne(ctx)
	return []claim{
		holds(r.most == o.workers, "%d of %d readers were in at once", r.most, o.workers),
		holds(w.visits == o.workers && w.most == 1, "%d of %d writers were in, at most %d at once", w.visits, o.workers, w.most),
		holds(stuck == 2, "the harm: of two writers that take the readers' places one by one %d stood there", stuck),
	}
}
