package semaphore_test

import (
	"context"
	"runtime"
	"testing"

	xsemaphore "golang.org/x/sync/semaphore"

	"github.com/petiole-go/petiole/semaphore"
)

// BenchmarkAcquire is an Acquire and a Release: of one goroutine; of one for each processor, with
// permits for all; and of 128 that want 4. The comparisons of module bench are wider, and
// interleaved.
func BenchmarkAcquire(b *testing.B) {
	type weighted interface {
		Acquire(ctx context.Context, n int64) error
		Release(n int64)
	}
	for _, impl := range []struct {
		name string
		make func(limit int64) weighted
	}{
		{"Semaphore", func(limit int64) weighted { return semaphore.New(limit) }},
		{"x-sync", func(limit int64) weighted { return xsemaphore.NewWeighted(limit) }},
	} {
		b.Run("impl="+impl.name+"/shape=uncontended", func(b *testing.B) {
			s, ctx := impl.make(1), live(b)
			b.ReportAllocs()
			for b.Loop() {
				_ = s.Acquire(ctx, 1)
				s.Release(1)
			}
		})
		b.Run("impl="+impl.name+"/shape=parallel", func(b *testing.B) {
			s, ctx := impl.make(4096), live(b)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					_ = s.Acquire(ctx, 1)
					s.Release(1)
				}
			})
		})
		b.Run("impl="+impl.name+"/shape=crowd", func(b *testing.B) {
			s, ctx := impl.make(4), live(b)
			b.ReportAllocs()
			b.SetParallelism(max(1, 128/runtime.GOMAXPROCS(0)))
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					_ = s.Acquire(ctx, 1)
					runtime.Gosched()
					s.Release(1)
				}
			})
		})
	}
	b.Run("impl=Semaphore/shape=permits", func(b *testing.B) {
		s, ctx := semaphore.New(1), live(b)
		b.ReportAllocs()
		for b.Loop() {
			p, _ := s.Take(ctx, 1)
			p.Release()
		}
	})
}

// live is a context that could end.
func live(b *testing.B) context.Context {
	ctx, cancel := context.WithCancel(b.Context())
	b.Cleanup(cancel)
	return ctx
}
