package queue_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/queue"
)

// odd is a context of the user's own making.
type odd struct {
	context.Context
	done func() <-chan struct{}
}

func (o odd) Done() <-chan struct{} { return o.done() }

// waits are all ways to wait, on a queue that is full (of slots, if need be) or empty.
var waits = map[string]func(ctx context.Context, empty, full *queue.Queue[int]) error{
	"Get": func(ctx context.Context, empty, _ *queue.Queue[int]) error { _, err := empty.Get(ctx); return err },
	"GetBatch": func(ctx context.Context, empty, _ *queue.Queue[int]) error {
		_, err := empty.GetBatch(ctx, make([]int, 2))
		return err
	},
	"GetAny": func(ctx context.Context, empty, _ *queue.Queue[int]) error {
		_, _, err := queue.GetAny(ctx, empty, empty)
		return err
	},
	"Put": func(ctx context.Context, _, full *queue.Queue[int]) error { return full.Put(ctx, 2) },
	"PutBatch": func(ctx context.Context, _, full *queue.Queue[int]) error {
		_, err := full.PutBatch(ctx, []int{2, 3})
		return err
	},
	"Reserve": func(ctx context.Context, _, full *queue.Queue[int]) error { _, err := full.Reserve(ctx); return err },
	"Join":    func(ctx context.Context, _, full *queue.Queue[int]) error { return full.Join(ctx) },
}

// Whose context panics or exits when it is asked for its Done has left, and stands in
// nobody's way. (Each of two bubbles waits on the same queues, so a channel that one left
// behind would end the other.)
func TestContextPanics(t *testing.T) {
	for name, wait := range waits {
		for how, end := range map[string]func(){"panics": func() { panic("odd") }, "exits": runtime.Goexit} {
			t.Run(name+" "+how, func(t *testing.T) {
				empty, full := queue.New[int](1), queue.New[int](1)
				require.NoError(t, full.TryPut(1))
				for range 2 {
					synctest.Test(t, func(t *testing.T) {
						ended := make(chan struct{})
						go func() {
							defer close(ended)
							defer func() { _ = recover() }()
							_ = wait(odd{t.Context(), func() <-chan struct{} { end(); return nil }}, empty, full)
						}()
						<-ended
						ctx, cancel := context.WithCancel(t.Context())
						cancel()
						require.ErrorIs(t, full.Join(ctx), context.Canceled)
					})
				}
				require.Zero(t, empty.Stats().Getters)
				require.Zero(t, full.Stats().Putters)
				require.NoError(t, empty.TryPut(1))
				_, err := empty.TryGet()
				require.NoError(t, err)
				_, err = full.TryGet()
				require.NoError(t, err)
				require.NoError(t, full.TryPut(1))
			})
		}
	}
}

// A context that says it is done, and not why, is one that was cancelled: no wait in vain
// is a success.
func TestContextWithoutError(t *testing.T) {
	done := make(chan struct{})
	close(done)
	for name, wait := range waits {
		t.Run(name, func(t *testing.T) {
			empty, full := queue.New[int](1), queue.New[int](1)
			require.NoError(t, full.TryPut(1))
			ctx := odd{context.Background(), func() <-chan struct{} { return done }}
			require.ErrorIs(t, wait(ctx, empty, full), context.Canceled)
			require.Equal(t, 1, full.Stats().Len)
		})
	}
}
