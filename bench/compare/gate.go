package compare

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/gate"
)

// A latch is a fact that does not hold yet, in the way of an implementation: all who wait go on when it does.
type latch struct {
	wait func(ctx context.Context)
	set  func()
}

var latches = []struct {
	name, differs string
	ours          bool
	make          func() latch
}{
	{"Event", "", true, func() latch {
		var e gate.Event
		return latch{func(ctx context.Context) { _ = e.Wait(ctx) }, func() { e.Set() }}
	}},
	{"Promise", "with a value", true, func() latch {
		var p gate.Promise[int]
		return latch{func(ctx context.Context) { _, _ = p.Get(ctx) }, func() { p.Set(1) }}
	}},
	{"Cond-WaitFor", "each looks for itself, without a lock", true, func() latch {
		var c gate.Cond
		var ok atomic.Bool
		return latch{func(ctx context.Context) { _ = c.WaitFor(ctx, ok.Load) }, func() { ok.Store(true); c.NotifyAll() }}
	}},
	{"chan", "closed once and for all; nobody can give up", false, func() latch {
		c := make(chan struct{})
		return latch{func(context.Context) { <-c }, func() { close(c) }}
	}},
	{"select", "closed once and for all", false, func() latch {
		c := make(chan struct{})
		return latch{func(ctx context.Context) {
			select {
			case <-c:
			case <-ctx.Done():
			}
		}, func() { close(c) }}
	}},
	{"context", "cancelled once and for all; nobody can give up", false, func() latch {
		fact, cancel := context.WithCancel(context.Background())
		return latch{func(context.Context) { <-fact.Done() }, cancel}
	}},
	{"sync.Cond", "each takes the lock when it has been woken; nobody can give up", false, func() latch {
		c := sync.NewCond(new(sync.Mutex))
		ok := false
		return latch{func(context.Context) {
			c.L.Lock()
			defer c.L.Unlock()
			for !ok {
				c.Wait()
			}
		}, func() {
			c.L.Lock()
			ok = true
			c.L.Unlock()
			c.Broadcast()
		}}
	}},
}

func latchImpls(bench func(b *testing.B, make func() latch, s suite.Shape)) (impls []suite.Impl) {
	for _, l := range latches {
		impls = append(impls, suite.Impl{Name: l.name, Ours: l.ours, Differs: l.differs, Bench: func(b *testing.B, s suite.Shape) { bench(b, l.make, s) }})
	}
	return impls
}

// gateFact asks what it costs to wait for what is so already.
func gateFact() *suite.Comparison {
	return &suite.Comparison{
		Name:     "gate-fact",
		Question: "What does it cost to wait for a fact that holds?",
		Units:    []string{"ns/op"},
		Sample:   8 * time.Millisecond,
		Notes:    []string{"All processors ask at once; the figure is elapsed time per wait."},
		Impls: latchImpls(func(b *testing.B, make func() latch, _ suite.Shape) {
			l := make()
			l.set()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					l.wait(ctx)
				}
			})
		}),
		Shapes: []suite.Shape{{Name: "all", N: 1, From: suite.Full, FromOne: suite.Full}},
		Bars: []suite.Bar{
			{Text: "Event not slower than a closed channel", Subject: "Event", Rival: "chan", Unit: "ns/op", Max: 1},
			{Text: "Promise not slower than a closed channel", Subject: "Promise", Rival: "chan", Unit: "ns/op", Max: 1},
		},
	}
}

// gateFree asks when the last of a crowd goes on.
func gateFree() *suite.Comparison {
	return &suite.Comparison{
		Name:     "gate-free",
		Question: "1,000 goroutines wait for a fact: how long after it has become so does the last of them go on?",
		Units:    []string{"ns/last-woken"},
		Sample:   8 * time.Millisecond,
		Notes:    []string{"An operation is a fresh crowd and a fresh fact. It becomes so a few turns of the scheduler after the last of the crowd has come."},
		Impls: latchImpls(func(b *testing.B, make func() latch, s suite.Shape) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			var woken time.Duration
			for b.Loop() {
				l := make()
				var coming atomic.Int64
				var wg sync.WaitGroup
				for range s.N {
					wg.Go(func() {
						coming.Add(1)
						l.wait(ctx)
					})
				}
				for coming.Load() < int64(s.N) {
					runtime.Gosched()
				}
				for range 8 {
					runtime.Gosched()
				}
				start := time.Now()
				l.set()
				wg.Wait()
				woken += time.Since(start)
			}
			b.ReportMetric(float64(woken.Nanoseconds())/float64(b.N), "ns/last-woken")
		}),
		Shapes: []suite.Shape{{Name: "1000waiters", N: 1000, From: suite.Full, FromOne: suite.Full}},
	}
}

// turns are what two goroutines take in turn, told by each other through a condition.
type turns struct {
	mu   sync.Mutex
	n    int
	over bool
	wait func(ctx context.Context, mine func() bool)
	wake func()
}

// take waits for a turn of its own and takes it; false: there are no more.
func (t *turns) take(ctx context.Context, me int) bool {
	t.mu.Lock()
	t.wait(ctx, func() bool { return t.n%2 == me || t.over })
	t.n++
	over := t.over
	t.mu.Unlock()
	t.wake()
	return !over
}

// gateTurns asks what a change and its notification cost.
func gateTurns() *suite.Comparison {
	impl := func(name, differs string, ours bool, setUp func(t *turns)) suite.Impl {
		return suite.Impl{Name: name, Ours: ours, Differs: differs, Bench: func(b *testing.B, _ suite.Shape) {
			var t turns
			setUp(&t)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			var other sync.WaitGroup
			other.Go(func() {
				for t.take(ctx, 1) {
				}
			})
			for b.Loop() {
				t.take(ctx, 0)
			}
			t.mu.Lock()
			t.over = true
			t.mu.Unlock()
			t.wake()
			other.Wait()
		}}
	}
	return &suite.Comparison{
		Name:     "gate-turns",
		Question: "Two goroutines take turns, each told by the other that it may be its turn: what does a round cost?",
		Units:    []string{"ns/op"},
		Sample:   8 * time.Millisecond,
		Notes:    []string{"A round is two turns: each waits for its own with the lock, takes it, and notifies one."},
		Impls: []suite.Impl{
			impl("Cond", "", true, func(t *turns) {
				g := gate.Cond{L: &t.mu}
				t.wait = func(ctx context.Context, mine func() bool) { _ = g.WaitFor(ctx, mine) }
				t.wake = func() { g.Notify(1) }
			}),
			impl("sync.Cond", "nobody can give up", false, func(t *turns) {
				g := sync.NewCond(&t.mu)
				t.wait = func(_ context.Context, mine func() bool) {
					for !mine() {
						g.Wait()
					}
				}
				t.wake = g.Signal
			}),
		},
		Shapes: []suite.Shape{{Name: "1pair", N: 1, From: suite.Full, FromOne: suite.Full}},
	}
}
