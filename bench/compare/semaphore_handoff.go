package compare

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
)

// semHandoff asks what it costs to wait for a permit and to be given it.
func semHandoff() *suite.Comparison {
	return &suite.Comparison{
		Name:     "sem-handoff",
		Question: "Two goroutines each acquire what the other releases, by two semaphores that start empty: what does a round cost?",
		Units:    []string{"ns/op"},
		Sample:   8 * time.Millisecond,
		Notes:    []string{"A round is two Acquires, each of which waits for the other's Release. The context can be cancelled, and is not."},
		Impls:    limiterImpls(true, handoff),
		Shapes:   []suite.Shape{{Name: "1pair", N: 1, From: suite.Full, FromOne: suite.Full}},
		Bars: []suite.Bar{
			{Text: "at least 1.2x faster than x/sync", Subject: "Semaphore", Rival: "x-sync", Unit: "ns/op", Max: 1 / 1.2},
		},
	}
}

func handoff(b *testing.B, make func(limit int64) limiter, _ suite.Shape) {
	ping, pong := make(1), make(1)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	for _, l := range []limiter{ping, pong} {
		if !l.TryAcquire(1) {
			b.Fatal("a new semaphore of one permit has none")
		}
	}
	var over atomic.Bool
	var other sync.WaitGroup
	other.Go(func() {
		for ping.Acquire(ctx, 1) == nil && !over.Load() {
			pong.Release(1)
		}
	})
	for b.Loop() {
		ping.Release(1)
		if err := pong.Acquire(ctx, 1); err != nil {
			b.Fatal(err)
		}
	}
	over.Store(true)
	ping.Release(1)
	other.Wait()
	for _, l := range []limiter{ping, pong} { // each is held, by the one who waited last
		l.Release(1)
		checkFree(b, l, 1)
	}
}

// semMutex asks what a lock costs that many want, and that is taken in turn.
func semMutex() *suite.Comparison {
	shape := func(name string, n int) suite.Shape {
		return suite.Shape{Name: name, N: n, From: suite.Full, FromOne: suite.Full}
	}
	return &suite.Comparison{
		Name:     "sem-mutex",
		Question: "Goroutines lock, count and unlock: what does it cost if many want the lock at once?",
		Units:    []string{"ns/op"},
		Sample:   4 * time.Millisecond,
		Notes: []string{
			"The figure is elapsed time per lock, all goroutines together. Mutex, Semaphore and x/sync hand over to who has waited longest, and each such Unlock is a switch of goroutines; sync.Mutex and the channel let who runs go first.",
			"Where locks are handed over, a line that has once formed does not go away while all come back at once; before, a lock costs what it does alone. On one processor there is seldom a line, as nobody is interrupted with the lock.",
			"What is counted under the lock is checked: two at once would lose some.",
		},
		Impls: limiterImpls(true, func(b *testing.B, make func(int64) limiter, s suite.Shape) {
			l := make(1)
			c := newCrew(b)
			var next atomic.Uint64
			counted := uint64(0) // guarded by l
			for range s.N {
				c.add(func(ctx context.Context) {
					for _, n := c.claim(&next, perTurn); n > 0; _, n = c.claim(&next, perTurn) {
						for range n {
							if err := l.Acquire(ctx, 1); err != nil {
								b.Error(err)
								return
							}
							counted++
							l.Release(1)
						}
					}
				})
			}
			c.work()
			checkFree(b, l, 1)
			if counted != c.items {
				b.Fatalf("counted to %d under the lock, not to %d", counted, c.items)
			}
		}),
		Shapes: []suite.Shape{shape("2goroutines", 2), shape("8goroutines", 8), shape("64goroutines", 64)},
	}
}
