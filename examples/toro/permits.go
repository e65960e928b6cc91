package main

import (
	"context"
	"fmt"
	"strings"
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

func bounded(ctx context.Context) (again, another bool, said any) {
	s := semaphore.New(1)
	mine, _ := s.Take(ctx, 1)
	mine.Release()
	theirs, _ := s.Take(ctx, 1)
	again = mine.Release() // false: theirs stays theirs
	another = s.TryAcquire(1)
	theirs.Release()
	said = panicOf(func() { s.Release(1) })
	return again, another || !s.TryAcquire(1), said
}

func releasesTwice(ctx context.Context) (another bool) {
	s := semaphore.New(1)
	s.Acquire(ctx, 1) // mine
	s.Release(1)
	s.Acquire(ctx, 1) // theirs
	s.Release(1)      // I again: it was theirs
	return s.TryAcquire(1)
}

func checkBounded(ctx context.Context, _ options) []claim {
	again, another, said := bounded(ctx)
	return []claim{
		holds(!again, "a Permit that is released again gives back something: %t", again),
		holds(said != nil && strings.HasPrefix(fmt.Sprint(said), "semaphore: "), "a release of what nobody holds panics: %v", said),
		holds(!another, "neither let in one too many: %t", another),
		holds(releasesTwice(ctx), "the harm: a count does not know whose it is, and a second one was in"),
	}
}

func exclusive(ctx context.Context, add func(), workers int) (late error) {
	var m semaphore.Mutex
	each(workers, func() {
		if m.LockContext(ctx) == nil {
			defer m.Unlock()
			add()
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
	sum := 0
	late := exclusive(ctx, func() { sum++ }, o.workers)
	return []claim{
		holds(sum == o.workers, "%d of %d additions count, each under the lock", sum, o.workers),
		holds(late == context.DeadlineExceeded, "who waits for it may give up: %v", late),
	}
}

func shared(ctx context.Context, visit func() error, add func(), workers int) {
	var m semaphore.RWMutex
	each(workers, func() {
		if m.RLockContext(ctx) == nil {
			defer m.RUnlock()
			visit()
		}
	})
	each(workers, func() {
		if m.LockContext(ctx) == nil {
			defer m.Unlock()
			add()
		}
	})
}

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
	r := room{want: o.workers}
	sum := 0
	shared(ctx, func() error { return r.visit(ctx) }, func() { sum++ }, o.workers)
	stuck := oneByOne(ctx)
	return []claim{
		holds(r.most == o.workers, "%d of %d readers were in at once", r.most, o.workers),
		holds(sum == o.workers, "%d of %d writers wrote, each alone", sum, o.workers),
		holds(stuck == 2, "the harm: two writers that take the readers' places one by one: %d stand there", stuck),
	}
}
