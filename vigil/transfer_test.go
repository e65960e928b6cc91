package vigil_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/petiole-go/petiole/vigil"
	"github.com/stretchr/testify/require"
)

// Transfer takes a guard from one worker and context to another, with its name, lease and token.
func TestTransfer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		k := d.keeper(vigil.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		second, cancelSecond := context.WithCancel(t.Context())
		end := make(chan struct{})
		to := k.Go(second, "to", func(ctx context.Context) error { <-end; return nil })
		ended := k.Go(t.Context(), "ended", func(context.Context) error { return nil })
		require.NoError(t, ended.Wait())
		var g *vigil.Guard[int]
		from := k.Go(ctx, "from", func(ctx context.Context) error {
			g = bind(t, ctx, k, &d, 1)
			require.ErrorIs(t, g.Transfer(ended), vigil.ErrEnded)
			require.NoError(t, g.Transfer(to))
			return nil
		})
		require.NoError(t, from.Wait())
		cancel()
		synctest.Wait()
		require.NoError(t, g.Use(func(int) error { return nil }), "it has left worker and context")
		for r := range k.Live() {
			require.Equal(t, to.ID(), r.Worker)
			require.Equal(t, "to", r.Name)
			require.Equal(t, g.Token(), r.ID)
		}
		free := bind(t, t.Context(), k, &d, 2)
		cancelSecond()
		synctest.Wait()
		gone(t, g)
		close(end)
		require.NoError(t, to.Wait())
		require.ErrorIs(t, g.Transfer(to), vigil.ErrReclaimed)
		require.ErrorIs(t, free.Transfer(to), vigil.ErrEnded)
		canceled := k.Go(second, "", func(ctx context.Context) error {
			w, _ := vigil.FromContext(ctx)
			require.Equal(t, context.Canceled, free.Transfer(w))
			return nil
		})
		require.NoError(t, canceled.Wait())
		require.NoError(t, free.Release())
		require.Equal(t, []vigil.Cause{vigil.Canceled, vigil.Released}, d.causes())
	})
}

// Workers may share a context, which stays the guard's.
func TestTransferWithinContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		k := d.keeper(vigil.Options{})
		parent, cancel := context.WithCancel(t.Context())
		end := make(chan struct{})
		to := k.Go(parent, "", func(context.Context) error { <-end; return nil })
		g := bind(t, parent, k, &d, 1)
		require.NoError(t, g.Transfer(to))
		cancel()
		synctest.Wait()
		require.Equal(t, []vigil.Cause{vigil.Canceled}, d.causes())
		close(end)
		require.NoError(t, to.Wait())
	})
}

// A loan is ended by no context, that of the worker to which it is transferred neither.
func TestTransferLoan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := vigil.New(vigil.Options{})
		p := vigil.NewPool(k, vigil.PoolOptions[int]{Max: 1, New: func(context.Context) (int, error) { return 1, nil }})
		g, err := p.Acquire(t.Context())
		require.NoError(t, err)
		parent, cancel := context.WithCancel(t.Context())
		end := make(chan struct{})
		to := k.Go(parent, "", func(context.Context) error { <-end; return nil })
		require.NoError(t, g.Transfer(to))
		cancel()
		synctest.Wait()
		require.True(t, g.Beat())
		close(end)
		require.NoError(t, to.Wait())
		require.Equal(t, 1, p.Stats().Idle)
	})
}
