package semaphore_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/petiole-go/petiole/semaphore"
)

// BenchmarkAcquire is an Acquire and a Release: of one goroutine; of one for each processor, with
// permits for all; and of 128 that want 4. Rivals are in module bench, interleaved.
func BenchmarkAcquire(b *testing.B) {
	pass := func(b *testing.B, s *semaphore.Semaphore, hold func()) {
		ctx, cancel := context.WithCancel(b.Context())
		defer cancel()
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				_ = s.Acquire(ctx, 1)
				hold()
				s.Release(1)
			}
		})
	}
	b.Run("impl=Semaphore/shape=parallel", func(b *testing.B) { pass(b, semaphore.New(4096), func() {}) })
	b.Run("impl=Semaphore/shape=crowd", func(b *testing.B) {
		b.SetParallelism(max(1, 128/runtime.GOMAXPROCS(0)))
		pass(b, semaphore.New(4), runtime.Gosched)
	})
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	s := semaphore.New(1)
	b.Run("impl=Semaphore/shape=uncontended", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = s.Acquire(ctx, 1)
			s.Release(1)
		}
	})
	b.Run("impl=Permit/shape=uncontended", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p, _ := s.Take(ctx, 1)
			p.Release()
		}
	})
	b.Run("impl=Mutex/shape=uncontended", func(b *testing.B) {
		var m semaphore.Mutex
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			m.Lock()
			n++
			m.Unlock()
		}
	})
}
