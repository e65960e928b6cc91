package queue_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/queue"
)

// ended is a context that has ended.
func ended(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// What may wait looks at its context first: with one that has ended it returns its error,
// and nothing is put, taken or reserved, though it could be.
func TestContextEnded(t *testing.T) {
	ctx := ended(t)
	for name, call := range map[string]func(q *queue.Queue[int]) error{
		"Put":              func(q *queue.Queue[int]) error { return q.Put(ctx, 2) },
		"PutBatch":         func(q *queue.Queue[int]) error { _, err := q.PutBatch(ctx, []int{2}); return err },
		"PutBatch of none": func(q *queue.Queue[int]) error { _, err := q.PutBatch(ctx, nil); return err },
		"Reserve":          func(q *queue.Queue[int]) error { _, err := q.Reserve(ctx); return err },
		"Get":              func(q *queue.Queue[int]) error { _, err := q.Get(ctx); return err },
		"GetBatch":         func(q *queue.Queue[int]) error { _, err := q.GetBatch(ctx, make([]int, 2)); return err },
		"GetBatch of none": func(q *queue.Queue[int]) error { _, err := q.GetBatch(ctx, nil); return err },
		"GetAny": func(q *queue.Queue[int]) error {
			i, _, err := queue.GetAny(ctx, q)
			require.Equal(t, -1, i)
			return err
		},
		"All": func(q *queue.Queue[int]) error {
			for range q.All(ctx) {
				return nil
			}
			return ctx.Err()
		},
	} {
		for state, q := range map[string]*queue.Queue[int]{"open": queue.New[int](4), "closed": queue.New[int](4)} {
			require.NoError(t, q.TryPut(1))
			if state == "closed" {
				q.Close()
			}
			before := q.Stats()
			require.Equal(t, context.Canceled, call(q), "%s, %s", name, state)
			require.Equal(t, before, q.Stats(), "%s, %s", name, state)
		}
	}
	q := queue.New[int](1)
	require.NoError(t, q.Join(ctx), "nothing is unfinished, which is a fact")
	require.NoError(t, q.TryPut(1))
	require.Equal(t, context.Canceled, q.Join(ctx))
}

// Misuse panics, says what it is, and changes nothing.
func TestMisuse(t *testing.T) {
	var zero queue.Queue[int]
	q := queue.New[int](2)
	used, err := q.Reserve(t.Context())
	require.NoError(t, err)
	require.NoError(t, used.Put(1))
	released, err := q.Reserve(t.Context())
	require.NoError(t, err)
	released.Release()
	before := q.Stats()
	var none context.Context
	for _, c := range []struct {
		want string
		call func()
	}{
		{"queue: a capacity of -2", func() { queue.New[int](-2) }},
		{"queue: a capacity of -3", func() { queue.NewLIFO[int](-3) }},
		{"queue: a capacity of -4", func() { queue.NewPriority(-4, func(a, b int) int { return 0 }) }},
		{"queue: NewPriority without a comparison", func() { queue.NewPriority[int](1, nil) }},
		{"queue: Reserve on a rendezvous queue, which has no room", func() { _, _ = queue.New[int](0).Reserve(ended(t)) }},
		{"queue: TaskDone more often than items were taken", q.TaskDone},
		{"queue: GetAny of no queues", func() { _, _, _ = queue.GetAny[int](ended(t)) }},
		{"queue: a Slot that is put twice, or after its Release", func() { _ = used.Put(2) }},
		{"queue: a Slot that is put twice, or after its Release", func() { _ = released.Put(2) }},
		{"queue: a Slot that is not from Reserve", func() { new(queue.Slot[int]).Release() }},
		{"queue: a Slot that is not from Reserve", (*queue.Slot[int])(nil).Release},
		{"queue: a nil context", func() { _ = q.Put(none, 1) }},
		{"queue: a nil context", func() { _ = q.Join(none) }},
		{"queue: a nil context", func() { _, _, _ = queue.GetAny(none, q) }},
	} {
		require.PanicsWithValue(t, c.want, c.call)
	}
	for name, call := range map[string]func(q *queue.Queue[int]){
		"Put":      func(q *queue.Queue[int]) { _ = q.Put(ended(t), 1) },
		"TryPut":   func(q *queue.Queue[int]) { _ = q.TryPut(1) },
		"PutBatch": func(q *queue.Queue[int]) { _, _ = q.PutBatch(ended(t), nil) },
		"Reserve":  func(q *queue.Queue[int]) { _, _ = q.Reserve(ended(t)) },
		"Get":      func(q *queue.Queue[int]) { _, _ = q.Get(ended(t)) },
		"TryGet":   func(q *queue.Queue[int]) { _, _ = q.TryGet() },
		"GetBatch": func(q *queue.Queue[int]) { _, _ = q.GetBatch(ended(t), nil) },
		"GetAll":   func(q *queue.Queue[int]) { q.GetAll() },
		"GetAny":   func(q *queue.Queue[int]) { _, _, _ = queue.GetAny(ended(t), queue.New[int](1), q) },
		"All":      func(q *queue.Queue[int]) { q.All(ended(t)) },
		"Peek":     func(q *queue.Queue[int]) { q.Peek() },
		"Close":    func(q *queue.Queue[int]) { q.Close() },
		"CloseNow": func(q *queue.Queue[int]) { q.CloseNow() },
		"Closed":   func(q *queue.Queue[int]) { q.Closed() },
		"TaskDone": func(q *queue.Queue[int]) { q.TaskDone() },
		"Join":     func(q *queue.Queue[int]) { _ = q.Join(ended(t)) },
		"Len":      func(q *queue.Queue[int]) { q.Len() },
		"Cap":      func(q *queue.Queue[int]) { q.Cap() },
		"Stats":    func(q *queue.Queue[int]) { q.Stats() },
	} {
		for _, q := range []*queue.Queue[int]{&zero, nil} {
			require.PanicsWithValue(t, "queue: a Queue that was not made by New, NewLIFO or NewPriority", func() { call(q) }, name)
		}
	}
	require.Equal(t, before, q.Stats())
}

// All takes until the queue is closed and drained, or the context has ended; who leaves
// the loop has taken nothing more, and it can be ranged over again.
func TestAll(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	q := queue.New[int](8)
	_, err := q.PutBatch(ctx, []int{1, 2, 3, 4, 5, 6})
	require.NoError(t, err)
	all := q.All(ctx)
	for v := range all {
		if v == 2 {
			break
		}
	}
	require.Equal(t, 4, q.Len())
	for v := range all {
		if v == 4 {
			cancel()
		}
	}
	require.Equal(t, 2, q.Len())
	q.Close()
	require.Equal(t, []int{5, 6}, slices.Collect(q.All(t.Context())))
}

// Closed is closed by either Close, once; Close again and CloseNow after it are fine.
func TestClosed(t *testing.T) {
	for name, closes := range map[string]func(q *queue.Queue[int]){
		"Close":    func(q *queue.Queue[int]) { q.Close(); q.Close(); q.CloseNow(); q.Close() },
		"CloseNow": func(q *queue.Queue[int]) { q.CloseNow(); q.CloseNow(); q.Close() },
	} {
		q := queue.New[int](1)
		select {
		case <-q.Closed():
			require.Fail(t, "closed already", name)
		default:
		}
		closes(q)
		<-q.Closed()
	}
}

// Of several queues that have an item GetAny takes from each with the same chance, in
// whatever order they were given.
func TestGetAnyFair(t *testing.T) {
	const rounds = 6000
	for _, n := range []int{2, 3, 5} {
		qs := make([]*queue.Queue[int], n)
		for i := range qs {
			qs[i] = queue.New[int](1)
			require.NoError(t, qs[i].TryPut(i))
		}
		counts := make([]int, n)
		for range rounds {
			i, v, err := queue.GetAny(t.Context(), qs...)
			require.NoError(t, err)
			require.Equal(t, i, v)
			counts[i]++
			require.NoError(t, qs[i].TryPut(i))
		}
		for _, c := range counts { // a deviation of more than seven sigma
			require.InDelta(t, rounds/n, c, 300, "%v", counts)
		}
	}
}

// A queue that is given twice is one line, and the index is one of its two.
func TestGetAnyTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, q := queue.New[int](1), queue.New[int](1)
		go func() {
			i, v, err := queue.GetAny(t.Context(), p, q, p)
			require.NoError(t, err)
			require.Contains(t, []int{0, 2}, i)
			require.Equal(t, 7, v)
		}()
		synctest.Wait()
		require.Equal(t, 1, p.Stats().Getters)
		require.EqualValues(t, 1, p.Stats().WaitCount)
		require.NoError(t, p.TryPut(7))
		require.Zero(t, q.Stats().Getters, "it is served, though it has not run yet")
		synctest.Wait()
		require.Zero(t, p.Stats().Getters+q.Stats().Getters)
	})
}

// The wait of each that slept is added up when it ends, however it does.
func TestWaitDuration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue.New[int](1)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, err := q.Get(ctx)
		require.Equal(t, context.DeadlineExceeded, err)
		require.Equal(t, 2*time.Second, q.Stats().WaitDuration)
		go func() { _ = q.Put(t.Context(), 1) }()
		synctest.Wait()
		go func() { _ = q.Put(t.Context(), 2) }()
		time.Sleep(3 * time.Second)
		require.Equal(t, 2*time.Second, q.Stats().WaitDuration)
		require.Equal(t, 1, q.Stats().Putters)
		_, err = q.TryGet()
		require.NoError(t, err)
		synctest.Wait()
		st := q.Stats()
		require.Equal(t, 5*time.Second, st.WaitDuration)
		require.EqualValues(t, 2, st.WaitCount)

		drained := queue.New[int](1)
		drained.Close()
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		q.GetAll()
		_, _, err = queue.GetAny(ctx, drained, q)
		require.Equal(t, context.DeadlineExceeded, err)
		require.Equal(t, 6*time.Second, q.Stats().WaitDuration)
		require.Zero(t, drained.Stats().WaitDuration, "nobody stood in its line")
	})
}

// One queue of the program is used by one bubble after the other, those who gave up
// in one included.
func TestBubbles(t *testing.T) {
	q := queue.New[int](1)
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			go func() { _, _ = q.Get(ctx) }()
			go func() { _, _, _ = queue.GetAny(ctx, q, queue.New[int](1)) }()
			go func() { _ = q.Join(ctx) }()
			synctest.Wait()
			cancel()
			synctest.Wait()
			require.NoError(t, q.TryPut(1))
			_, err := q.TryGet()
			require.NoError(t, err)
		})
	}
}

// A put or a get that does not wait allocates nothing, and one that does at most twice.
func TestAllocations(t *testing.T) {
	ctx := t.Context()
	batch := make([]item, 64)
	for _, order := range orders {
		q := made(order, 128)
		require.Zero(t, testing.AllocsPerRun(1000, func() {
			_ = q.Put(ctx, item{})
			_ = q.TryPut(item{})
			_, _ = q.TryGet()
			_, _ = q.Get(ctx)
			_, _ = q.PutBatch(ctx, batch)
			_, _ = q.GetBatch(ctx, batch)
		}), order)
	}
	q, back := queue.New[int](1), queue.New[int](1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for v := range q.All(ctx) {
			_ = back.Put(ctx, v)
		}
	}()
	require.LessOrEqual(t, testing.AllocsPerRun(1000, func() {
		_ = q.Put(ctx, 1)
		_, _ = back.Get(ctx)
	}), 4.0, "two gets that wait")
	q.Close()
	<-done
}
