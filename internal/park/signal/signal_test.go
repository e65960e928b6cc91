package signal_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/park/signal"
	"github.com/petiole-go/petiole/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// owner is a mutex with a latch, and goroutines that wait there.
type owner struct {
	mu    sync.Mutex
	latch signal.Latch[int]
}

type waiter struct {
	leave context.CancelFunc
	event int
	err   error
	done  bool
}

// wait has a goroutine wait at o, in the bubble of the caller.
func (o *owner) wait() *waiter {
	ctx, cancel := context.WithCancel(context.Background())
	w := &waiter{leave: cancel}
	go func() {
		o.mu.Lock()
		w.event, w.err = o.latch.Wait(ctx, &o.mu)
		w.done = true
	}()
	synctest.Wait()
	return w
}

func (o *owner) part(event int) *signal.Crowd[int] {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.latch.Part(event)
}

// An event wakes all who joined before it, once the crowd is opened, and nobody
// who joined later: they wait for the next.
func TestLatchWakesAllWhoJoined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var o owner
		early := []*waiter{o.wait(), o.wait(), o.wait()}
		crowd := o.part(1)
		late := o.wait()
		for _, w := range early {
			require.False(t, w.done, "woken before Open")
		}
		crowd.Open()
		synctest.Wait()
		for _, w := range early {
			require.True(t, w.done)
			require.NoError(t, w.err)
			require.Equal(t, 1, w.event)
		}
		require.False(t, late.done, "woken by an event before its time")

		o.part(2).Open()
		synctest.Wait()
		require.True(t, late.done)
		require.Equal(t, 2, late.event)
	})
}

// Who leaves gets the context's error and takes nothing from those who stay.
// When the last has left there is no crowd, hence no channel.
func TestLatchDepartures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var o owner
		require.Nil(t, o.part(1), "nobody waits")
		o.part(1).Open() // which is nobody's

		first, second := o.wait(), o.wait()
		first.leave()
		synctest.Wait()
		require.True(t, first.done)
		require.Equal(t, context.Canceled, first.err)
		require.False(t, second.done)

		o.part(2).Open()
		synctest.Wait()
		require.Equal(t, 2, second.event, "lost with the one that left")
		require.NoError(t, second.err)

		third, fourth := o.wait(), o.wait()
		third.leave()
		fourth.leave()
		synctest.Wait()
		require.Nil(t, o.part(3), "all have left")
	})
}

// An event that has come wins over a context that has ended, whichever was
// first, also before the crowd is opened.
func TestLatchEventWins(t *testing.T) {
	for name, both := range map[string]func(o *owner, w *waiter) *signal.Crowd[int]{
		"event, then context": func(o *owner, w *waiter) *signal.Crowd[int] {
			defer w.leave()
			return o.part(1)
		},
		"context, then event": func(o *owner, w *waiter) *signal.Crowd[int] {
			o.mu.Lock() // the waiter cannot get away
			defer o.mu.Unlock()
			w.leave()
			return o.latch.Part(1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var o owner
				w := o.wait()
				crowd := both(&o, w)
				synctest.Wait()
				require.True(t, w.done, "waits for Open though its context has ended")
				require.NoError(t, w.err)
				require.Equal(t, 1, w.event)
				crowd.Open()
			})
		})
	}
}

// Shared by the bubbles below, as a package's variable would be.
var shared owner

// A latch outlives a bubble: waits in vain and waits that were served leave
// nothing behind that the next bubble, or who is in none, would meet.
func TestLatchAcrossBubbles(t *testing.T) {
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			vain := shared.wait()
			vain.leave()
			served := shared.wait()
			shared.part(1).Open()
			synctest.Wait()
			require.Error(t, vain.err)
			require.Equal(t, 1, served.event)
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	shared.mu.Lock()
	_, err := shared.latch.Wait(ctx, &shared.mu)
	require.ErrorIs(t, err, context.Canceled)
	require.Nil(t, shared.part(1))
}

// A sleeper goes on when it is woken, before the sleep too; or when its context has
// ended, and the signal that comes then waits for it.
func TestSleeper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, ctx := range map[string]context.Context{"a context": t.Context(), "one that cannot end": context.Background()} {
			var s signal.Sleeper
			s.Heed(ctx)
			s.Ready()
			woken := false
			go func() { woken = s.Sleep() }()
			synctest.Wait()
			require.False(t, woken, name)
			s.Wake()
			synctest.Wait()
			require.True(t, woken, name)

			s.Ready()
			s.Wake()
			require.True(t, s.Sleep(), name)
		}
		var s signal.Sleeper
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		s.Heed(ctx)
		s.Ready()
		require.False(t, s.Sleep())
		s.Wake() // does not wait for anybody
		s.Consume()
	})
}
