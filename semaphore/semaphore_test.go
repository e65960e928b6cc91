package semaphore_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/semaphore"
)

func TestSmoke(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := semaphore.New(2)
		require.NoError(t, s.Acquire(t.Context(), 2))
		done := make(chan error, 1)
		go func() { done <- s.Acquire(t.Context(), 1) }()
		time.Sleep(time.Second)
		s.Release(1)
		require.NoError(t, <-done)
		t.Log(s.Stats())
		var m semaphore.RWMutex
		m.RLock()
		require.False(t, m.TryLock())
		m.RUnlock()
		m.Lock()
		m.Unlock()
		k := semaphore.NewKeyed[any](1)
		p, ok := k.TryTake(1, 1)
		require.True(t, ok)
		require.Equal(t, 1, k.Len())
		require.True(t, p.Release())
		require.False(t, p.Release())
		require.Zero(t, k.Len())
		require.Panics(t, func() { k.TryTake([]int{}, 1) })
		require.Panics(t, p.Forget)
	})
}
