package queue_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/queue"
)

// A fuse is a comparison that at its n-th call panics, or exits.
type fuse struct {
	n     int // 0: never
	exits bool
}

func (f *fuse) compare(a, b item) int {
	if f.n--; f.n == 0 {
		if f.exits {
			runtime.Goexit()
		}
		panic("compare")
	}
	return byRank(a, b)
}

// crowded is a priority queue that is full of items and a slot, with several in line,
// and what comes out of it in the end if nothing else is done.
func crowded(ctx context.Context, f *fuse) (*queue.Queue[item], *queue.Slot[item]) {
	q := queue.NewPriority(12, f.compare)
	s, _ := q.Reserve(ctx)
	for i := range 11 {
		_ = q.TryPut(item{rank: i * 7 % 4, id: i})
	}
	go func() { _ = q.Put(ctx, item{0, 100}) }()
	synctest.Wait()
	go func() { _, _ = q.PutBatch(ctx, []item{{2, 101}, {1, 102}, {3, 103}}) }()
	synctest.Wait()
	go func() { _, _ = q.Reserve(ctx) }()
	synctest.Wait()
	go func() { _ = q.Put(ctx, item{1, 104}) }()
	synctest.Wait()
	return q, s
}

func drain(q *queue.Queue[item]) (got []item) {
	for {
		v, err := q.TryGet()
		if err != nil {
			return got
		}
		got = append(got, v)
		synctest.Wait()
	}
}

// A comparison that panics or exits does that to who called, at whichever comparison it
// is; the queue is as if the call had not been, and everybody stands where they stood. Q5
func TestComparePanics(t *testing.T) {
	ops := map[string]func(q *queue.Queue[item], s *queue.Slot[item]){
		"TryGet":   func(q *queue.Queue[item], _ *queue.Slot[item]) { _, _ = q.TryGet() },
		"Get":      func(q *queue.Queue[item], _ *queue.Slot[item]) { _, _ = q.Get(context.Background()) },
		"GetAny":   func(q *queue.Queue[item], _ *queue.Slot[item]) { _, _, _ = queue.GetAny(context.Background(), q) },
		"GetAll":   func(q *queue.Queue[item], _ *queue.Slot[item]) { q.GetAll() },
		"CloseNow": func(q *queue.Queue[item], _ *queue.Slot[item]) { q.CloseNow() },
		"Release":  func(_ *queue.Queue[item], s *queue.Slot[item]) { s.Release() },
		"Slot.Put": func(_ *queue.Queue[item], s *queue.Slot[item]) { _ = s.Put(item{0, 7}) },
	}
	for _, size := range []int{1, 3, 7, 20} {
		ops[fmt.Sprintf("GetBatch of %d", size)] = func(q *queue.Queue[item], _ *queue.Slot[item]) {
			_, _ = q.GetBatch(context.Background(), make([]item, size))
		}
	}
	for name, op := range ops {
		t.Run(name, func(t *testing.T) {
			for _, exits := range []bool{false, true} {
				n := 1
				for burnt := true; burnt; n++ {
					synctest.Test(t, func(t *testing.T) { burnt = burn(t, n, exits, op) })
				}
				require.Greater(t, n, 2, "nothing was compared")
			}
		})
	}
}

// burn reports whether op came to its n-th comparison.
func burn(t *testing.T, n int, exits bool, op func(*queue.Queue[item], *queue.Slot[item])) bool {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var f fuse
	untouched, _ := crowded(ctx, &f)
	q, s := crowded(ctx, &f)
	before := q.Stats()
	f = fuse{n, exits}
	how := testkit.Run(func() { op(q, s) })
	burnt := f.n <= 0
	f = fuse{}
	if !burnt {
		require.Nil(t, how)
		return false
	}
	if exits {
		require.Equal(t, testkit.Exited, how)
	} else {
		require.Equal(t, "compare", how)
	}
	synctest.Wait()
	require.Equal(t, before, q.Stats())
	require.Equal(t, drain(untouched), drain(q))
	s.Release() // it still can be
	synctest.Wait()
	require.Equal(t, 1, q.Stats().Reserved, "the one that stood in line")
	return true
}

// Of a batch whose comparison panics those before are in.
func TestComparePanicsInPutBatch(t *testing.T) {
	f := fuse{n: 3}
	q := queue.NewPriority(8, f.compare)
	how := testkit.Run(func() {
		_, _ = q.PutBatch(t.Context(), []item{{1, 1}, {2, 2}, {3, 3}, {4, 4}})
	})
	require.Equal(t, "compare", how)
	require.Equal(t, []item{{1, 1}, {2, 2}, {3, 3}}, q.GetAll())
	st := q.Stats()
	require.EqualValues(t, 3, st.Puts)
	require.Equal(t, 3, st.Peak)
}

// A GetBatch whose comparison panics has left nothing in dst.
func TestComparePanicsInGetBatch(t *testing.T) {
	var f fuse
	q := queue.NewPriority(8, f.compare)
	_, err := q.PutBatch(t.Context(), []item{{1, 1}, {2, 2}, {3, 3}, {4, 4}})
	require.NoError(t, err)
	f.n = 3 // the first item is in dst by then
	dst := make([]item, 4)
	require.Equal(t, "compare", testkit.Run(func() { _, _ = q.GetBatch(t.Context(), dst) }))
	require.Equal(t, make([]item, 4), dst)
	require.Equal(t, 4, q.Len())
}
