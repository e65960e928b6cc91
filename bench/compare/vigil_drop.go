package compare

import (
	"context"
	"math"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/vigil"
)

// A watcher has f called with i when nothing leads any more to what it returns.
type watcher func(i int, f func(i int)) any

// vigilDrop asks what it costs to forget.
func vigilDrop() *suite.Comparison {
	impl := func(name, differs string, ours bool, start func() watcher) suite.Impl {
		return suite.Impl{Name: name, Ours: ours, Differs: differs, Bench: func(b *testing.B, s suite.Shape) {
			watch := start()
			times := make([]atomic.Int32, s.N) // each was called
			rounds := int32(0)
			for b.Loop() {
				dropAll(b, times, watch)
				rounds++
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(s.N), "ns/guard")
			b.ReportMetric(0, "ns/op")
			runtime.GC() // now there is nothing left to be called
			for i := range times {
				if n := times[i].Load(); n != rounds {
					b.Fatalf("number %d was reclaimed %d times in %d rounds", i, n, rounds)
				}
			}
		}}
	}
	return &suite.Comparison{
		Name:     "vigil-drop",
		Question: "Resources are bound and forgotten, all of them: what does one cost until the collector has seen it and it has been reclaimed?",
		Units:    []string{"ns/guard"},
		Sample:   5 * time.Millisecond, // one round
		Notes: []string{
			"A round binds and forgets all, collects until nothing is left, and waits for the last one to be reclaimed. Collections are in the figure. Of a million most are found by collections that begin by themselves, while others are being bound.",
			"One that is not reclaimed, or reclaimed twice, fails the run.",
		},
		Impls: []suite.Impl{
			impl("Guard", "", true, func() watcher {
				k := vigil.New(vigil.Options{})
				return func(i int, f func(int)) any {
					g, err := vigil.Bind(context.Background(), k, i, func(i int, _ vigil.Record) error { f(i); return nil })
					if err != nil {
						panic(err)
					}
					return g
				}
			}),
			impl("AddCleanup", "calls on the runtime's goroutine, where one that blocks holds up those of the whole process; no record, no count, and nobody hears of it", false, func() watcher {
				return func(i int, f func(int)) any {
					h := &handle{}
					runtime.AddCleanup(h, f, i)
					return h
				}
			}),
		},
		Shapes: []suite.Shape{
			{Name: "20000guards", N: 20_000, From: suite.Full, FromOne: suite.Default},
			{Name: "1Mguards", N: 1_000_000, From: suite.Never, FromOne: suite.Full},
		},
		Bars: []suite.Bar{
			{Text: "at most 4x a bare AddCleanup", Subject: "Guard", Rival: "AddCleanup", Unit: "ns/guard", Max: 4},
		},
	}
}

// dropAll binds and forgets one for each of times, and returns when each has been called once more.
func dropAll(b *testing.B, times []atomic.Int32, watch watcher) {
	var left atomic.Int64
	left.Store(int64(len(times)))
	done := make(chan struct{})
	forget(len(times), watch, func(i int) {
		times[i].Add(1)
		if left.Add(-1) == 0 {
			close(done)
		}
	})
	for deadline := time.Now().Add(stuck); ; {
		runtime.GC()
		for before := int64(-1); left.Load() != before; { // as long as some are being reclaimed
			before = left.Load()
			select {
			case <-done:
				return
			case <-time.After(200 * time.Microsecond):
			}
		}
		if time.Now().After(deadline) {
			b.Fatalf("%d of %d not reclaimed after %v", left.Load(), len(times), stuck)
		}
	}
}

// forget leaves no trace of what watch returns, not on its caller's stack either.
//
//go:noinline
func forget(n int, watch watcher, f func(int)) {
	for i := range n {
		_ = watch(i, f)
	}
}

// vigilMemory asks what is held for each resource while nothing happens.
func vigilMemory() *suite.Comparison {
	// start ties n to ctx and returns what ends that; what it returns is kept.
	impl := func(name, differs string, ours bool, start func(ctx context.Context, n int) (kept any, end func())) suite.Impl {
		return suite.Impl{Name: name, Ours: ours, Differs: differs, Bench: func(b *testing.B, s suite.Shape) {
			var bytes float64
			for b.Loop() {
				ctx, cancel := context.WithCancel(context.Background())
				before := inMemory()
				kept, end := start(ctx, s.N)
				bytes += inMemory() - before
				runtime.KeepAlive(kept)
				cancel()
				end()
			}
			b.ReportMetric(bytes/float64(b.N)/float64(s.N), "B/guard")
			b.ReportMetric(0, "ns/op")
		}}
	}
	return &suite.Comparison{
		Name:     "vigil-memory",
		Question: "4,000 resources are to be given back when a context ends, which does not: how much memory does each take meanwhile?",
		Units:    []string{"B/guard"},
		Sample:   time.Millisecond, // one round
		Notes: []string{
			"Heap and stacks after a collection, with all of them and without. The runtime's own record of a cleanup is not in the heap (some 60 B, for a Guard and for AddCleanup), nor is what it keeps of a goroutine that has ended, for the next one.",
			"At most 300 B are promised for a guard, with that record, and a test holds it.",
		},
		Impls: []suite.Impl{
			impl("Guard", "", true, func(ctx context.Context, n int) (any, func()) {
				k := vigil.New(vigil.Options{})
				kept := make([]*vigil.Guard[*resource], n)
				for i := range kept {
					var err error
					if kept[i], err = vigil.Bind(ctx, k, shared, reclaimNothing); err != nil {
						panic(err)
					}
				}
				return kept, func() { _ = k.Shutdown(context.Background()) }
			}),
			impl("AddCleanup", "only for a handle that is lost; knows of no context", false, func(_ context.Context, n int) (any, func()) {
				kept := make([]*handle, n)
				for i := range kept {
					kept[i] = &handle{shared}
					runtime.AddCleanup(kept[i], func(*resource) {}, shared)
				}
				return kept, func() {}
			}),
			impl("AfterFunc", "only for the end of the context", false, func(ctx context.Context, n int) (any, func()) {
				kept := make([]func() bool, n)
				var over atomic.Int64
				for i := range kept {
					kept[i] = context.AfterFunc(ctx, func() { over.Add(1) })
				}
				return kept, func() {
					for over.Load() < int64(n) {
						runtime.Gosched()
					}
				}
			}),
			impl("goroutine", "only for the end of the context, for which it waits", false, func(ctx context.Context, n int) (any, func()) {
				kept := make([]*handle, n)
				var waiting, over atomic.Int64
				for i := range kept {
					h := &handle{shared}
					kept[i] = h
					go func() {
						waiting.Add(1)
						<-ctx.Done()
						runtime.KeepAlive(h)
						over.Add(1)
					}()
				}
				await := func(count *atomic.Int64) {
					for count.Load() < int64(n) {
						runtime.Gosched()
					}
				}
				await(&waiting)
				return kept, func() { await(&over) }
			}),
		},
		Shapes: []suite.Shape{{Name: "4000live", N: 4_000, From: suite.Never, FromOne: suite.Default}},
		Bars: []suite.Bar{
			{Text: "at most 300 B where a goroutine that waits takes 2,300", Subject: "Guard", Rival: "goroutine", Unit: "B/guard", Max: 300.0 / 2300},
		},
	}
}

var shared = new(resource)

func reclaimNothing(*resource, vigil.Record) error { return nil }

// inMemory is what the heap and the stacks take when that has stayed the same for a few collections: what a cleanup has
// let go of only the next one finds.
func inMemory() float64 {
	now, same := 0.0, 0
	for range 100 { // or it never stays the same
		pause(context.Background(), time.Millisecond)
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		before := now
		now = float64(m.HeapAlloc) + float64(m.StackInuse)
		if same++; math.Abs(now-before) > 16<<10 {
			same = 0
		}
		if same == 3 {
			break
		}
	}
	return now
}
