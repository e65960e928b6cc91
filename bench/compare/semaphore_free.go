package compare

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	xsemaphore "golang.org/x/sync/semaphore"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/semaphore"
)

// A pass acquires one permit and releases it, so many times in a row. It calls what is measured
// directly: a call through an interface would be a tenth of what is measured.
type pass func(ctx context.Context, times uint64) error

type passer struct {
	name, differs string
	ours          bool
	lock          bool // it has one permit
	make          func(limit int64) (limiter, pass)
}

var passers = []passer{
	{name: "Semaphore", ours: true, make: func(limit int64) (limiter, pass) {
		s := semaphore.New(limit)
		return s, func(ctx context.Context, times uint64) error {
			for range times {
				if err := s.Acquire(ctx, 1); err != nil {
					return err
				}
				s.Release(1)
			}
			return nil
		}
	}},
	{name: "Permit", differs: "Take and Release of a value, once for all", ours: true, make: func(limit int64) (limiter, pass) {
		s := semaphore.New(limit)
		return s, func(ctx context.Context, times uint64) error {
			for range times {
				p, err := s.Take(ctx, 1)
				if err != nil {
					return err
				}
				p.Release()
			}
			return nil
		}
	}},
	{name: "Mutex", differs: "one permit", ours: true, lock: true, make: func(int64) (limiter, pass) {
		l := new(ourLock)
		return l, func(ctx context.Context, times uint64) error {
			for range times {
				if err := l.LockContext(ctx); err != nil {
					return err
				}
				l.Unlock()
			}
			return nil
		}
	}},
	{name: "x-sync", differs: xSyncDiffers, make: func(limit int64) (limiter, pass) {
		s := xsemaphore.NewWeighted(limit)
		return s, func(ctx context.Context, times uint64) error {
			for range times {
				if err := s.Acquire(ctx, 1); err != nil {
					return err
				}
				s.Release(1)
			}
			return nil
		}
	}},
	{name: "select", differs: selectDiffers, make: func(limit int64) (limiter, pass) {
		s := make(slots, limit)
		return s, func(ctx context.Context, times uint64) error {
			for range times {
				select {
				case s <- struct{}{}:
				case <-ctx.Done():
					return ctx.Err()
				}
				<-s
			}
			return nil
		}
	}},
	{name: "sync.Mutex", differs: "one permit; no context", lock: true, make: func(int64) (limiter, pass) {
		l := new(syncLock)
		return l, func(ctx context.Context, times uint64) error {
			for range times {
				_ = l.Acquire(ctx, 1) // inlined, as Release is
				l.Release(1)
			}
			return nil
		}
	}},
	mutexCount,
}

// mutexCount is the floor where nobody waits and there are many permits.
var mutexCount = passer{name: "Mutex-count", differs: "a count under a sync.Mutex: who finds it full is refused; no context", make: func(limit int64) (limiter, pass) {
	c := &counter{limit: limit}
	return c, func(_ context.Context, times uint64) error {
		for range times {
			if !c.TryAcquire(1) {
				return errFull
			}
			c.Release(1)
		}
		return nil
	}
}}

// passerImpls makes a contestant of each passer: of those of one permit, or of those that count.
func passerImpls(limit int64, workers func() int) (impls []suite.Impl) {
	for _, p := range passers {
		if limit == 1 && p.name == mutexCount.name || limit > 1 && p.lock {
			continue
		}
		impls = append(impls, suite.Impl{Name: p.name, Ours: p.ours, Differs: p.differs, Bench: func(b *testing.B, _ suite.Shape) {
			l, pass := p.make(limit)
			passAll(b, pass, workers())
			checkFree(b, l, limit)
		}})
	}
	return impls
}

// passAll shares the passes among the workers, 64 at a time.
func passAll(b *testing.B, pass pass, workers int) {
	c := newCrew(b)
	var next atomic.Uint64
	for range workers {
		c.add(func(ctx context.Context) {
			for _, n := c.claim(&next, 64); n > 0; _, n = c.claim(&next, 64) {
				if err := pass(ctx, n); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	c.work()
}

// semUncontended asks what a permit costs that is free, and that nobody else wants.
func semUncontended() *suite.Comparison {
	return &suite.Comparison{
		Name:     "sem-uncontended",
		Question: "One goroutine acquires one permit and releases it: what does that cost?",
		Units:    []string{"ns/op"},
		Sample:   3 * time.Millisecond,
		Notes: []string{
			"An operation is an Acquire and a Release. The context can be cancelled, and is not; the locks of package sync look at none.",
			"A Permit is promised to cost within 10 ns of an Acquire and a Release, and no allocation.",
		},
		Impls:  passerImpls(1, func() int { return 1 }),
		Shapes: []suite.Shape{{Name: "alone", N: 1, From: suite.Never, FromOne: suite.Default}},
		Bars: []suite.Bar{
			{Text: "at least 1.5x faster than x/sync", Subject: "Semaphore", Rival: "x-sync", Unit: "ns/op", Max: 1 / 1.5},
		},
	}
}

// semParallel asks what it costs that all processors count in one place, where nobody waits.
func semParallel() *suite.Comparison {
	return &suite.Comparison{
		Name:     "sem-parallel",
		Question: "A goroutine for each processor acquires one permit and releases it, of more than all of them want: what does that cost?",
		Units:    []string{"ns/op"},
		Sample:   4 * time.Millisecond,
		Notes:    []string{"The figure is elapsed time per Acquire and Release, all goroutines together. There are 4,096 permits, so nobody waits."},
		Impls:    passerImpls(4096, func() int { return runtime.GOMAXPROCS(0) }),
		Shapes:   []suite.Shape{{Name: "never-full", N: 4096, From: suite.Full, FromOne: suite.Full}},
		Bars: []suite.Bar{
			{Text: "not slower than x/sync", Subject: "Semaphore", Rival: "x-sync", Unit: "ns/op", Max: 1, Procs: []int{2}},
			{Text: "at least 2x faster than x/sync", Subject: "Semaphore", Rival: "x-sync", Unit: "ns/op", Max: 1.0 / 2, FromProcs: 8},
		},
	}
}
