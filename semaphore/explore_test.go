package semaphore_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/semaphore"
)

var (
	none   = explore.Options{Preemptions: -1} // no bound
	always = context.Background()
)

// A book counts what is held, as its goroutines know, in an explored schedule.
type book struct {
	*explore.S
	s     *semaphore.Semaphore
	limit int64 // the highest that there is
	in    atomic.Int64
}

// explored has scene run in every schedule, and then looks whether all came back.
func explored(t *testing.T, limit int64, scene func(b *book)) {
	explore.Check(t, none, func(s *explore.S) {
		b := &book{S: s, s: semaphore.New(limit), limit: limit}
		scene(b)
		s.End(func() {
			is := b.s.Stats()
			b.Assert(is.InUse == b.in.Load(), "%d are held: %+v", b.in.Load(), is)
			b.Assert(is.Waiting == 0 && is.WaitingWeight == 0, "somebody waits: %+v", is)
		})
	})
}

// with acquires n, holds them and gives them back, and reports how Acquire ended.
func (b *book) with(ctx context.Context, n int64) error {
	err := b.s.Acquire(ctx, n)
	if err == nil {
		is := b.in.Add(n)
		b.Assert(is <= b.limit, "%d are held", is)
		b.in.Add(-n)
		b.s.Release(n)
	}
	return err
}

// Light and heavy calls, and one that never waits: never is more held than there is, and all come to their turn.
func TestExploreWeights(t *testing.T) {
	explored(t, 2, func(b *book) {
		b.Go("heavy", func() { b.Assert(b.with(always, 2) == nil, "an error") })
		b.Go("light", func() { b.Assert(b.with(always, 1) == nil, "an error") })
		b.Go("tries", func() {
			if b.s.TryAcquire(1) {
				is := b.in.Add(1)
				b.Assert(is <= 2, "%d are held", is)
				b.in.Add(-1)
				b.s.Release(1)
			}
		})
	})
}

// A grant that meets the end of its waiter's context is held by that one, or was never made.
func TestExploreGrantMeetsCancel(t *testing.T) {
	explored(t, 1, func(b *book) {
		ctx, cancel := context.WithCancel(always)
		b.s.TryAcquire(1)
		b.Go("waits", func() { _ = b.with(ctx, 1) })
		b.Go("cancels", cancel)
		b.Go("releases", func() { b.s.Release(1) })
		b.Go("waits too", func() { b.Assert(b.with(always, 1) == nil, "an error") })
	})
}

// A heavy call that leaves the head of the line, or not, strands nobody behind it, though nothing is released.
func TestExploreHeadLeaves(t *testing.T) {
	explored(t, 2, func(b *book) {
		b.s.TryAcquire(1)
		b.in.Add(1)
		ctx, cancel := context.WithCancel(always)
		b.Go("heavy", func() { b.Assert(b.with(ctx, 2) != nil, "granted") })
		b.Go("light", func() { b.Assert(b.with(always, 1) == nil, "an error") })
		b.Go("cancels", cancel)
	})
}

// A limit that changes while some wait serves those whom it can, and refuses those whom it never can.
func TestExploreResize(t *testing.T) {
	explored(t, 3, func(b *book) {
		b.s.TryAcquire(1)
		b.in.Add(1)
		b.Go("heavy", func() { _ = b.with(always, 3) })
		b.Go("light", func() { b.Assert(b.with(always, 1) == nil, "an error") })
		b.Go("resizes", func() {
			b.s.Resize(0)
			b.s.Grow(2)
		})
	})
}

// Whatever the limit becomes meanwhile, more than is held does not come back.
func TestExploreOverReleaseMeetsResize(t *testing.T) {
	explored(t, 1, func(b *book) {
		b.Go("resizes", func() {
			b.s.Resize(3)
			b.s.Resize(0)
			b.s.Resize(1)
		})
		b.Go("holds", func() { b.Assert(b.with(always, 1) == nil, "an error") })
		b.Go("releases too much", func() {
			defer func() { b.Assert(recover() == overReleased, "no panic") }()
			b.s.Release(2)
		})
	})
}

// Who waits when it is closed is granted, or refused, and nobody is granted after.
func TestExploreClose(t *testing.T) {
	explored(t, 1, func(b *book) {
		b.s.TryAcquire(1)
		b.Go("waits", func() {
			err := b.with(always, 1)
			b.Assert(err == nil || err == semaphore.ErrClosed, "%v", err)
		})
		b.Go("releases", func() { b.s.Release(1) })
		b.Go("closes", func() {
			b.s.Close()
			b.Assert(b.with(always, 1) == semaphore.ErrClosed, "granted")
			b.Assert(!b.s.TryAcquire(1), "granted")
		})
	})
}

// Who drains goes on when nothing is held, whoever waits or gives up.
func TestExploreDrain(t *testing.T) {
	explored(t, 1, func(b *book) {
		b.s.TryAcquire(1)
		ctx, _ := b.Cancelable("cancel")
		b.Go("releases", func() { b.s.Release(1) })
		b.Go("waits", func() { _ = b.with(ctx, 1) })
		b.Go("drains", func() { b.Assert(b.s.Drain(always) == nil, "an error") })
	})
}

// Between a release and the next holder nobody who drains goes on: the permit is never free.
func TestExploreDrainHandOver(t *testing.T) {
	explored(t, 1, func(b *book) {
		b.s.TryAcquire(1)
		var over atomic.Bool
		b.Go("waits", func() {
			b.Assert(b.s.Acquire(always, 1) == nil, "an error")
			over.Store(true)
			b.s.Release(1)
		})
		b.Go("drains", func() {
			b.Assert(b.s.Drain(always) == nil, "an error")
			b.Assert(over.Load(), "drained while the permit was handed over")
		})
		b.Go("releases", func() {
			for b.s.Stats().Waiting == 0 {
				runtime.Gosched()
			}
			b.s.Release(1)
		})
	})
}

// Of those who end a permit at once one does; and what the limit loses by it refuses who wants it.
func TestExploreForget(t *testing.T) {
	explored(t, 2, func(b *book) {
		p, _ := b.s.TryTake(1)
		b.Go("wants both", func() { _ = b.with(always, 2) })
		b.Go("wants one", func() { b.Assert(b.with(always, 1) == nil, "an error") })
		b.Go("forgets", p.Forget)
		b.Go("releases", func() { p.Release() })
	})
}

// One holds a Mutex at a time, also when one gives up.
func TestExploreMutex(t *testing.T) {
	explore.Check(t, none, func(s *explore.S) {
		var m semaphore.Mutex
		var in atomic.Int64
		ctx, _ := s.Cancelable("cancel")
		for _, ctx := range []context.Context{always, always, ctx} {
			s.Go("locks", func() {
				if m.LockContext(ctx) == nil {
					s.Assert(in.Add(1) == 1, "two hold it")
					in.Add(-1)
					m.Unlock()
				}
			})
		}
		s.End(func() { s.Assert(m.TryLock(), "it is locked") })
	})
}

// One writer holds an RWMutex, or readers do, also when the writer at the head of the line gives up.
func TestExploreRWMutex(t *testing.T) {
	explore.Check(t, none, func(s *explore.S) {
		var m semaphore.RWMutex
		var readers, writers atomic.Int64
		ctx, _ := s.Cancelable("cancel")
		s.Go("writes", func() {
			if m.LockContext(ctx) == nil {
				s.Assert(writers.Add(1) == 1 && readers.Load() == 0, "not alone")
				writers.Add(-1)
				m.Unlock()
			}
		})
		for _, name := range []string{"reads", "reads too"} {
			s.Go(name, func() {
				m.RLock()
				readers.Add(1)
				s.Assert(writers.Load() == 0, "beside a writer")
				readers.Add(-1)
				m.RUnlock()
			})
		}
		s.End(func() { s.Assert(m.TryLock(), "it is locked") })
	})
}

// The last permit of a key comes back while another is asked for: the key is there as long as one is held, and then no
// longer, and never twice.
func TestExploreKeyedLastPermit(t *testing.T) {
	explore.Check(t, none, func(s *explore.S) {
		k := semaphore.NewKeyed[int](1)
		var in atomic.Int64
		ctx, _ := s.Cancelable("cancel")
		use := func(p *semaphore.Permit) {
			s.Assert(in.Add(1) == 1, "two hold the key")
			s.Assert(k.Len() == 1, "the key is not there")
			in.Add(-1)
			p.Release()
		}
		s.Go("takes", func() {
			p, err := k.Take(always, 7, 1)
			s.Assert(err == nil, "%v", err)
			use(p)
		})
		s.Go("may give up", func() {
			if p, err := k.Take(ctx, 7, 1); err == nil {
				use(p)
			}
		})
		s.Go("tries", func() {
			if p, ok := k.TryTake(7, 1); ok {
				use(p)
			}
		})
		s.End(func() { s.Assert(k.Len() == 0 && k.Stats().InUse == 0, "a key is left: %+v", k.Stats()) })
	})
}
