package queue_test

import (
	"cmp"
	"context"
	"math"
	"runtime"
	"slices"
	"sync"
	"testing"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/queue"
)

type big struct {
	id int
	_  [1 << 10]byte
}

// what makes a queue of big items.
func bigs(order string, capacity int) *queue.Queue[*big] {
	switch order {
	case "FIFO":
		return queue.New[*big](capacity)
	case "LIFO":
		return queue.NewLIFO[*big](capacity)
	default:
		return queue.NewPriority(capacity, func(a, b *big) int { return cmp.Compare(a.id%3, b.id%3) })
	}
}

// What has left a queue, or has never come in, can be collected while the queue lives.
func TestItemsCollectable(t *testing.T) {
	for _, order := range orders {
		for _, capacity := range []int{0, 4, queue.Unbounded} {
			q := bigs(order, capacity)
			left := fill(t, q)
			testkit.Collect(t, order, func() bool {
				return !slices.ContainsFunc(left, func(w weak.Pointer[big]) bool { return w.Value() != nil })
			})
			runtime.KeepAlive(q)
		}
	}
}

// fill has items go through q in each way that there is, and returns all of them.
func fill(t *testing.T, q *queue.Queue[*big]) (all []weak.Pointer[big]) {
	next := func() *big {
		b := &big{id: len(all)}
		all = append(all, weak.Make(b))
		return b
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	if q.Cap() == 0 {
		v := next()
		wg.Go(func() { _ = q.Put(ctx, v) })
		_, err := q.Get(ctx)
		require.NoError(t, err)
	} else {
		for range 3 {
			require.NoError(t, q.TryPut(next()))
		}
		_, err := q.PutBatch(ctx, []*big{next()})
		require.NoError(t, err)
		if q.Cap() > 0 { // full
			for range 4 { // three come in, one gives up
				v := next()
				wg.Go(func() { _ = q.Put(ctx, v) })
			}
			testkit.Poll(t, "four in line", func() bool { return q.Stats().Putters == 4 })
			_, err = q.TryGet()
			require.NoError(t, err)
			_, err = q.GetBatch(ctx, make([]*big, 1))
			require.NoError(t, err)
			testkit.Poll(t, "two in line", func() bool { return q.Stats().Putters == 2 })
		}
		cancel()
		wg.Wait()
		_, err = q.TryGet()
		require.NoError(t, err)
		q.GetAll()
		require.NoError(t, q.TryPut(next()))
		require.NoError(t, q.TryPut(next()))
		_, err = q.TryGet() // whose place nothing comes into again
		require.NoError(t, err)
		q.CloseNow()
	}
	cancel()
	wg.Wait()
	return all
}

// The memory of a bounded queue is as large as its capacity, always. That of one without
// a bound grows by use, and shrinks with it.
func TestBuffer(t *testing.T) {
	for _, order := range orders {
		q := made(order, 100)
		require.Equal(t, 100, q.Buffer(), order)
		for range 100 {
			require.NoError(t, q.TryPut(item{}))
		}
		q.GetAll()
		require.Equal(t, 100, q.Buffer(), order)

		q = made(order, queue.Unbounded)
		require.Zero(t, q.Buffer(), order)
		for n := 1; n <= 100_000; n++ {
			require.NoError(t, q.TryPut(item{}))
			if n%10_000 == 0 {
				require.LessOrEqual(t, q.Buffer(), 2*n, order)
			}
		}
		for n := q.Len(); n > 0; n-- {
			_, err := q.TryGet()
			require.NoError(t, err)
			if n%10_000 == 0 {
				require.LessOrEqual(t, q.Buffer(), 4*n, order)
			}
		}
		require.LessOrEqual(t, q.Buffer(), 16, order)
		for _, all := range []func(){func() { q.GetAll() }, func() { q.CloseNow() }} {
			_, err := q.PutBatch(t.Context(), make([]item, 1000))
			require.NoError(t, err)
			_, err = q.GetBatch(t.Context(), make([]item, 1000))
			require.NoError(t, err)
			require.LessOrEqual(t, q.Buffer(), 16, order)
			all()
			require.Zero(t, q.Buffer(), order)
		}
	}
}

// Ten thousand that waited and gave up leave nothing: nobody in line, and what they
// wanted to put can be collected.
func TestGivenUpLeaveNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	get, put := queue.New[*big](1), queue.New[*big](0)
	var wg sync.WaitGroup
	var all []weak.Pointer[big]
	for range 2500 {
		one, other := new(big), new(big)
		all = append(all, weak.Make(one), weak.Make(other))
		wg.Go(func() { _, _ = get.Get(ctx) })
		wg.Go(func() { _, _, _ = queue.GetAny(ctx, get, queue.New[*big](1)) })
		wg.Go(func() { _ = put.Put(ctx, one) })
		wg.Go(func() { _, _ = put.PutBatch(ctx, []*big{other, other}) })
	}
	testkit.Poll(t, "all wait", func() bool { return get.Stats().Getters+put.Stats().Putters == 10_000 })
	cancel()
	wg.Wait()
	require.Zero(t, get.Stats().Getters+put.Stats().Putters)
	testkit.Collect(t, "what they had", func() bool {
		return !slices.ContainsFunc(all, func(w weak.Pointer[big]) bool { return w.Value() != nil })
	})
	require.NoError(t, get.TryPut(new(big)), "and nobody takes it")
	require.Equal(t, 1, get.Len())
	require.Equal(t, queue.ErrFull, put.TryPut(nil))
}

// Counters that wrap change no order, and lose nobody.
func TestCountersWrap(t *testing.T) {
	for _, order := range orders {
		q := made(order, 16)
		q.NearWrap()
		var want []item
		for i := range 12 {
			v := item{i % 2, i}
			require.NoError(t, q.TryPut(v))
			want = append(want, v)
		}
		switch order {
		case "LIFO":
			slices.Reverse(want)
		case "priority":
			slices.SortStableFunc(want, byRank)
		}
		for _, v := range want {
			got, err := q.TryGet()
			require.NoError(t, err)
			require.Equal(t, v, got, order)
		}
		require.EqualValues(t, 12, q.Stats().Unfinished)
		for range want {
			q.TaskDone()
		}
		require.NoError(t, q.Join(ended(t)))
		require.Panics(t, q.TaskDone)
	}
}

// Items of no size may be as many as an int counts, and no more: then a put panics, has put
// nothing, and the queue goes on.
func TestItemsWithoutSize(t *testing.T) {
	ctx := t.Context()
	many := make([]struct{}, math.MaxInt-1)
	q := queue.New[struct{}](math.MaxInt)
	for range 2 { // the second time round the end of the ring
		n, err := q.PutBatch(ctx, many)
		require.NoError(t, err)
		require.Equal(t, len(many), n)
		require.NoError(t, q.TryPut(struct{}{}))
		require.ErrorIs(t, q.TryPut(struct{}{}), queue.ErrFull)
		require.Equal(t, math.MaxInt, q.Len())
		n, err = q.GetBatch(ctx, many)
		require.NoError(t, err)
		require.Equal(t, len(many), n)
		_, err = q.TryGet()
		require.NoError(t, err)
		_, err = q.TryGet()
		require.ErrorIs(t, err, queue.ErrEmpty)
		require.NoError(t, q.TryPut(struct{}{}))
		_, _ = q.TryGet()
	}

	q = queue.New[struct{}](queue.Unbounded)
	for range 2 {
		_, err := q.PutBatch(ctx, many[:math.MaxInt/2])
		require.NoError(t, err)
	}
	require.NoError(t, q.TryPut(struct{}{}))
	require.PanicsWithValue(t, "queue: more than math.MaxInt items", func() { _ = q.TryPut(struct{}{}) })
	require.PanicsWithValue(t, "queue: more than math.MaxInt items", func() { _, _ = q.PutBatch(ctx, many) })
	require.Equal(t, math.MaxInt, q.Len())
	_, err := q.TryGet()
	require.NoError(t, err)
	require.NoError(t, q.TryPut(struct{}{}))
	require.Len(t, q.CloseNow(), math.MaxInt)
}

// A priority queue of many is a stable sort.
func TestPriorityIsAStableSort(t *testing.T) {
	q := made("priority", queue.Unbounded)
	var all []item
	for i := range 2000 {
		v := item{i * 7919 % 101, i}
		all = append(all, v)
		require.NoError(t, q.TryPut(v))
		if i%3 == 0 {
			got, err := q.TryGet()
			require.NoError(t, err)
			least := slices.MinFunc(all, func(a, b item) int { return cmp.Or(byRank(a, b), cmp.Compare(a.id, b.id)) })
			require.Equal(t, least, got)
			all = slices.DeleteFunc(all, func(v item) bool { return v == got })
		}
	}
	slices.SortStableFunc(all, byRank)
	for _, v := range all[:500] {
		got, err := q.TryGet()
		require.NoError(t, err)
		require.Equal(t, v, got)
	}
	require.Equal(t, all[500:], q.GetAll())
}
