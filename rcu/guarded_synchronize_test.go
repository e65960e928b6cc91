package rcu_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/rcu"
)

// synchronize has a goroutine of its own do that; the error is there when it
// has returned.
func (p *pools) synchronize(ctx context.Context) (returned chan error) {
	returned = make(chan error, 1)
	go func() { returned <- p.Synchronize(ctx) }()
	synctest.Wait()
	return returned
}

// Synchronize waits for all that was replaced before it, in whatever order that
// retires, and not for what was replaced later.
func TestGuardedSynchronizeWaits(t *testing.T) {
	for name, order := range map[string][]int{"oldest first": {0, 1}, "newest first": {1, 0}} {
		t.Run(name, func(t *testing.T) {
			eachWay(t, func(t *testing.T, g *pools) {
				var early []rcu.Ref[pool]
				for n := range 2 {
					early = append(early, g.Acquire())
					g.Store(&pool{n + 2})
				}
				s := g.synchronize(context.Background())
				late := g.Acquire()
				g.Store(&pool{4})
				for _, i := range order {
					require.Empty(t, s)
					early[i].Release()
					synctest.Wait()
				}
				require.Len(t, s, 1, "waits for what was replaced after it began")
				require.NoError(t, <-s)

				s = g.synchronize(context.Background())
				g.Close()
				synctest.Wait()
				require.Empty(t, s, "Close ended it")
				late.Release()
				require.NoError(t, <-s)
			})
		})
	}
}

// It is a fact, which wins over a context that has ended; before it is one, the
// context's error is returned. It is one when retire has returned.
func TestGuardedSynchronizeIsAFact(t *testing.T) {
	eachWay(t, func(t *testing.T, g *pools) {
		require.NoError(t, g.Synchronize(ended()), "nothing was replaced")
		r := g.Acquire()
		g.Store(&pool{2})
		require.Equal(t, context.Canceled, g.Synchronize(ended()))

		ctx, cancel := context.WithCancelCause(context.Background())
		s := g.synchronize(ctx)
		cancel(context.DeadlineExceeded)
		require.Equal(t, context.Canceled, <-s)

		hold := make(chan bool)
		g.then = func(*pool) { <-hold }
		go r.Release()
		s = g.synchronize(context.Background())
		require.Empty(t, s, "retire has not returned")
		close(hold)
		require.NoError(t, <-s)
		require.NoError(t, g.Synchronize(ended()))
	})
}

// Called by retire, or by who reads what was replaced, it waits for itself until
// its context ends, and does no harm.
func TestGuardedSynchronizeWithItself(t *testing.T) {
	eachWay(t, func(t *testing.T, g *pools) {
		waits := func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			require.Equal(t, context.DeadlineExceeded, g.Synchronize(ctx))
		}
		g.then = func(*pool) { waits() }
		r := g.Acquire()
		g.Store(&pool{2})
		waits()
		r.Release()
		require.NoError(t, g.Synchronize(ended()))
		require.Equal(t, []int{1}, g.retired)
	})
}

// Stats counts what waits and what has retired, and dates the oldest that waits.
func TestGuardedStats(t *testing.T) {
	eachWay(t, func(t *testing.T, g *pools) {
		require.Zero(t, g.Stats())
		var at []time.Time
		var readers []rcu.Ref[pool]
		for n := range 3 {
			time.Sleep(time.Second)
			readers = append(readers, g.Acquire())
			at = append(at, time.Now())
			g.Store(&pool{n + 2})
		}
		time.Sleep(time.Second)
		require.Equal(t, rcu.GuardedStats{Pending: 3, Oldest: at[0]}, g.Stats())
		readers[1].Release()
		require.Equal(t, rcu.GuardedStats{Pending: 2, Retired: 1, Oldest: at[0]}, g.Stats())
		readers[0].Release()
		require.Equal(t, rcu.GuardedStats{Pending: 1, Retired: 2, Oldest: at[2]}, g.Stats())
		readers[2].Release()
		require.Equal(t, rcu.GuardedStats{Retired: 3}, g.Stats())
	})
}
