package spin_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/park/spin"
)

// One at a time has the mutex, and sees what those before it wrote.
func TestLock(t *testing.T) {
	var mu sync.Mutex
	var all sync.WaitGroup
	n := 0
	for range 8 {
		all.Go(func() {
			for range 1_000 {
				spin.Lock(&mu)
				was := n
				runtime.Gosched() // who is let in now reads the same
				n = was + 1
				mu.Unlock()
			}
		})
	}
	all.Wait()
	require.Equal(t, 8_000, n)
}

// However long a mutex is held, Lock waits for it.
func TestLockHeldForLong(t *testing.T) {
	var mu sync.Mutex
	mu.Lock()
	ctx, locked := context.WithCancel(t.Context())
	go func() {
		spin.Lock(&mu)
		defer mu.Unlock()
		locked()
	}()
	for range 10_000 { // longer than all the tries
		runtime.Gosched()
		require.NoError(t, ctx.Err())
	}
	mu.Unlock()
	<-ctx.Done()
}

func BenchmarkLock(b *testing.B) {
	for _, bb := range []struct {
		name string
		lock func(*sync.Mutex)
	}{{"spin", spin.Lock}, {"mutex", (*sync.Mutex).Lock}} {
		for _, each := range []int{1, 32} {
			b.Run(fmt.Sprintf("lock=%s/goroutines=%d", bb.name, each*runtime.GOMAXPROCS(0)), func(b *testing.B) {
				var mu sync.Mutex
				n := 0
				b.SetParallelism(each)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						bb.lock(&mu)
						n++
						mu.Unlock()
					}
				})
			})
		}
	}
}
