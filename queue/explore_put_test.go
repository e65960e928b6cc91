package queue_test

import (
	"context"
	"errors"
	"testing"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/queue"
)

// What is put is taken once, and what one goroutine puts in its order.
func TestExplorePutGet(t *testing.T) {
	explored(t, small, func(b *book, q *queue.Queue[int]) {
		b.Go("puts two", func() {
			_ = b.put(q.Put(always, 1), 1)
			_ = b.put(q.Put(always, 2), 2)
		})
		b.Go("puts one", func() { _ = b.put(q.Put(always, 3), 3) })
		b.Go("gets", func() {
			var got []int
			for range 3 {
				v, err := b.took(q.Get(always))
				b.Assert(err == nil, "%v", err)
				if got = append(got, v); v == 2 {
					b.Assert(b.out[1] == 1, "2 before 1: %v", got)
				}
			}
		})
		b.End(func() { b.balance(q) })
	})
}

// A get whose context ends as it is handed an item has it and returns nil, or has not.
func TestExploreGetMeetsCancel(t *testing.T) {
	for name, get := range map[string]func(ctx context.Context, b *book, q *queue.Queue[int]) error{
		"Get": func(ctx context.Context, b *book, q *queue.Queue[int]) error {
			_, err := b.took(q.Get(ctx))
			return err
		},
		"GetBatch": func(ctx context.Context, b *book, q *queue.Queue[int]) error {
			dst := make([]int, 2)
			n, err := q.GetBatch(ctx, dst)
			for _, v := range dst[:n] {
				b.out[v]++
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			explored(t, small, func(b *book, q *queue.Queue[int]) {
				ctx, cancel := context.WithCancel(always)
				b.Go("gets", func() {
					err := get(ctx, b, q)
					b.Assert(err == nil || errors.Is(err, context.Canceled), "%v", err)
				})
				b.Go("cancel", cancel)
				b.Go("puts", func() { _ = b.put(q.TryPut(1), 1) })
				b.End(func() { b.balance(q) })
			})
		})
	}
}

// A put whose context ends as there is room has put its item and returns nil, or its
// item does not come in later. Of a batch the first n are in.
func TestExplorePutMeetsCancel(t *testing.T) {
	for name, put := range map[string]func(ctx context.Context, b *book, q *queue.Queue[int]) error{
		"Put": func(ctx context.Context, b *book, q *queue.Queue[int]) error {
			return b.put(q.Put(ctx, 1), 1)
		},
		"PutBatch": func(ctx context.Context, b *book, q *queue.Queue[int]) error {
			n, err := q.PutBatch(ctx, []int{1, 2})
			_ = b.put(nil, []int{1, 2}[:n]...)
			b.Assert((err == nil) == (n == 2), "%d are in: %v", n, err)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			explored(t, small, func(b *book, q *queue.Queue[int]) {
				ctx, cancel := context.WithCancel(always)
				b.fill(q)
				b.Go("puts", func() {
					err := put(ctx, b, q)
					b.Assert(err == nil || errors.Is(err, context.Canceled), "%v", err)
				})
				b.Go("cancel", cancel)
				b.Go("gets", func() {
					_, _ = b.took(q.TryGet())
					_, _ = b.took(q.TryGet())
				})
				b.End(func() { b.balance(q) })
			})
		})
	}
}

// A getter that leaves the head of the line strands nobody behind it.
func TestExploreGetterLeaves(t *testing.T) {
	explored(t, small, func(b *book, q *queue.Queue[int]) {
		ctx, _ := b.Cancelable("cancel")
		b.Go("may leave", func() { _, _ = b.took(q.Get(ctx)) })
		b.Go("stays", func() { _, _ = b.took(q.Get(always)) })
		b.Go("puts", func() {
			b.Assert(b.put(q.Put(always, 1), 1) == nil, "not put")
			q.Close()
		})
		b.End(func() { b.balance(q) })
	})
}

// A putter that leaves the head of the line strands nobody behind it.
func TestExplorePutterLeaves(t *testing.T) {
	explored(t, []int{0, 1}, func(b *book, q *queue.Queue[int]) {
		ctx, _ := b.Cancelable("cancel")
		b.fill(q)
		b.Go("may leave", func() { _ = b.put(q.Put(ctx, 1), 1) })
		b.Go("stays", func() { _ = b.put(q.Put(always, 2), 2) })
		b.Go("gets", func() {
			for v := 0; v != 2; {
				v, _ = b.took(q.Get(always))
			}
			q.Close() // who comes after that
		})
		b.End(func() { b.balance(q) })
	})
}

// Who stands in line to put is not overtaken, by a TryPut neither.
func TestExplorePutOrder(t *testing.T) {
	for name, put := range map[string]func(q *queue.Queue[int], v int) error{
		"Put":    func(q *queue.Queue[int], v int) error { return q.Put(always, v) },
		"TryPut": func(q *queue.Queue[int], v int) error { return q.TryPut(v) },
	} {
		t.Run(name, func(t *testing.T) {
			explored(t, []int{0, 1}, func(b *book, q *queue.Queue[int]) {
				b.fill(q)
				behind := false
				b.Go("first", func() { _ = b.put(q.Put(always, 1), 1) })
				b.Go("second", func() {
					behind = q.Stats().Putters == 1
					_ = b.put(put(q, 2), 2)
				})
				var got []int
				b.Go("gets", func() {
					for range 1 + q.Cap() {
						v, _ := b.took(q.Get(always))
						got = append(got, v)
					}
					q.Close()
				})
				b.End(func() {
					b.Assert(!behind || got[q.Cap()] == 1, "overtaken: %v", got)
					b.balance(q)
				})
			})
		})
	}
}

// Who stands in line to get is not overtaken, by a TryGet neither.
func TestExploreGetOrder(t *testing.T) {
	for name, get := range map[string]func(q *queue.Queue[int]) (int, error){
		"Get":    func(q *queue.Queue[int]) (int, error) { return q.Get(always) },
		"TryGet": func(q *queue.Queue[int]) (int, error) { return q.TryGet() },
	} {
		t.Run(name, func(t *testing.T) {
			explored(t, small, func(b *book, q *queue.Queue[int]) {
				var first int
				behind := false
				b.Go("first", func() { first, _ = b.took(q.Get(always)) })
				b.Go("second", func() {
					behind = q.Stats().Getters == 1
					_, _ = b.took(get(q))
				})
				b.Go("puts", func() {
					_ = b.put(q.Put(always, 1), 1)
					q.Close()
				})
				b.End(func() {
					b.Assert(!behind || first == 1, "overtaken")
					b.balance(q)
				})
			})
		})
	}
}

// On a full queue the item that has to wait competes with those that are in.
func TestExploreBlockedItemCompetes(t *testing.T) {
	for order, first := range map[string]int{"FIFO": 5, "LIFO": 3, "priority": 3} {
		t.Run(order, func(t *testing.T) {
			explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
				q := made(order, 1)
				_ = q.TryPut(item{rank: 5})
				s.Go("puts", func() { s.Assert(q.Put(always, item{rank: 3}) == nil, "not put") })
				s.Go("gets", func() {
					blocked := q.Stats().Putters == 1
					v, _ := q.Get(always)
					w, _ := q.Get(always)
					s.Assert(v.rank+w.rank == 8, "%d, %d", v.rank, w.rank)
					s.Assert(!blocked || v.rank == first, "%d before %d", v.rank, w.rank)
				})
			})
		})
	}
}
