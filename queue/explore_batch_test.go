package queue_test

import (
	"slices"
	"testing"

	"github.com/petiole-go/petiole/queue"
)

// A PutBatch that waits keeps its order, and its place until all of it is in: nobody
// who came behind comes before its last.
func TestExplorePutBatchKeepsItsPlace(t *testing.T) {
	for name, put := range map[string]func(q *queue.Queue[int], v int) error{
		"Put":    func(q *queue.Queue[int], v int) error { return q.Put(always, v) },
		"TryPut": func(q *queue.Queue[int], v int) error { return q.TryPut(v) },
	} {
		t.Run(name, func(t *testing.T) {
			explored(t, []int{0, 1}, func(b *book, q *queue.Queue[int]) {
				behind := false
				b.Go("batch", func() {
					_, err := q.PutBatch(always, []int{1, 2})
					_ = b.put(err, 1, 2)
				})
				b.Go("other", func() {
					behind = q.Stats().Putters == 1
					_ = b.put(put(q, 3), 3)
				})
				var got []int
				b.Go("gets", func() {
					for v := 0; v != 2; {
						v, _ = b.took(q.Get(always))
						got = append(got, v)
					}
					q.Close()
				})
				b.End(func() {
					b.Assert(slices.Contains(got, 1), "2 before 1")
					b.Assert(!behind || !slices.Contains(got, 3), "overtaken: %v", got)
					b.balance(q)
				})
			})
		})
	}
}

// A GetBatch gets of a PutBatch, in its order, all that nobody else has taken, whoever
// of the two has waited for the other.
func TestExploreGetBatchMeetsPutBatch(t *testing.T) {
	explored(t, small, func(b *book, q *queue.Queue[int]) {
		if b.put(q.TryPut(9), 9) == nil { // so that two go round the end of the ring
			_, _ = b.took(q.TryGet())
		}
		b.Go("puts", func() {
			_, err := q.PutBatch(always, []int{1, 2})
			_ = b.put(err, 1, 2)
		})
		b.Go("rival", func() { _, _ = b.took(q.TryGet()) })
		b.Go("gets", func() {
			dst := make([]int, 3)
			n, err := q.GetBatch(always, dst)
			b.Assert(err == nil && slices.IsSorted(dst[:n]), "%v, %v", dst[:n], err)
			for _, v := range dst[:n] {
				b.out[v]++
			}
		})
		b.End(func() {
			b.Assert(q.Len() == 0, "%d left", q.Len())
			b.balance(q)
		})
	})
}

// What takes several at once lets as many in, in the order of their line.
func TestExploreTakingSeveralAdmits(t *testing.T) {
	for name, take := range map[string]func(q *queue.Queue[int]) []int{
		"GetBatch": func(q *queue.Queue[int]) []int {
			dst := make([]int, 2)
			n, _ := q.GetBatch(always, dst)
			return dst[:n]
		},
		"GetAll": func(q *queue.Queue[int]) []int { return q.GetAll() },
	} {
		t.Run(name, func(t *testing.T) {
			explored(t, []int{1, 2}, func(b *book, q *queue.Queue[int]) {
				b.fill(q)
				b.Go("puts", func() { _ = b.put(q.Put(always, 1), 1) })
				b.Go("puts two", func() {
					n, err := q.PutBatch(always, []int{2, 3})
					b.Assert(err == nil && n == 2, "%d, %v", n, err)
					_ = b.put(err, 2, 3)
				})
				b.Go("takes", func() {
					got := take(q)
					b.Assert(len(got) > 0 && got[0] == 8, "%v", got)
					for len(got) < q.Cap()+3 {
						v, _ := q.Get(always)
						got = append(got, v)
					}
					for _, v := range got {
						b.out[v]++
					}
				})
				b.End(func() { b.balance(q) })
			})
		})
	}
}
