package queue_test

import (
	"testing"

	"github.com/petiole-go/petiole/queue"
)

// reserve is a slot of q, and says that there is room for it.
func (b *book) reserve(q *queue.Queue[int]) *queue.Slot[int] {
	slot, err := q.Reserve(always)
	b.Assert(err == nil, "%v", err)
	return slot
}

// A slot is room that nobody else has; who waits for room gets what is given back.
func TestExploreReserve(t *testing.T) {
	for name, puts := range map[string]bool{"put": true, "released": false} {
		t.Run(name, func(t *testing.T) {
			explored(t, []int{1, 2}, func(b *book, q *queue.Queue[int]) {
				b.Go("reserves", func() {
					slot := b.reserve(q)
					st := q.Stats()
					b.Assert(st.Reserved == 1 && st.Len < st.Cap, "%+v", st)
					if puts {
						_ = b.put(slot.Put(1), 1)
					}
					slot.Release()
				})
				b.Go("puts", func() {
					_ = b.put(q.Put(always, 2), 2)
					_, err := q.PutBatch(always, []int{3, 4})
					_ = b.put(err, 3, 4)
				})
				b.Go("gets", func() {
					for v := 0; v != 4; {
						v, _ = b.took(q.Get(always))
					}
				})
				b.End(func() { b.balance(q) })
			})
		})
	}
}

// One that gives up waiting for room has none, and one that got it has it.
func TestExploreReserveMeetsCancel(t *testing.T) {
	explored(t, []int{1}, func(b *book, q *queue.Queue[int]) {
		slot := b.reserve(q)
		ctx, _ := b.Cancelable("cancel")
		b.Go("may leave", func() {
			if slot, err := q.Reserve(ctx); err == nil {
				b.Assert(q.Stats().Reserved == 1, "no slot is out")
				slot.Release()
			}
		})
		b.Go("stays", func() { b.reserve(q).Release() })
		b.Go("releases", slot.Release)
		b.End(func() {
			b.Assert(q.Stats().Reserved == 0, "%d slots are out", q.Stats().Reserved)
			b.balance(q)
		})
	})
}

// An item of a slot that is handed to a getter frees the slot's room for the next in
// line, and whoever's item is handed over then, for the next after that.
func TestExploreSlotHandsOver(t *testing.T) {
	explored(t, []int{1}, func(b *book, q *queue.Queue[int]) {
		slot := b.reserve(q)
		for _, name := range []string{"gets", "gets too"} {
			b.Go(name, func() { _, _ = b.took(q.Get(always)) })
		}
		b.Go("puts", func() {
			_, err := q.PutBatch(always, []int{2, 3})
			_ = b.put(err, 2, 3)
		})
		b.Go("uses", func() { _ = b.put(slot.Put(1), 1) })
		b.End(func() { b.balance(q) })
	})
}

// A slot that is out when the queue is closed may still be put, and getters wait for
// it; when it was used, or given back, those left over are told.
func TestExploreSlotAfterClose(t *testing.T) {
	for name, puts := range map[string]bool{"put": true, "released": false} {
		t.Run(name, func(t *testing.T) {
			explored(t, []int{1, 2}, func(b *book, q *queue.Queue[int]) {
				slot := b.reserve(q)
				for _, name := range []string{"gets", "gets too"} {
					b.Go(name, func() { _, _ = b.took(q.Get(always)) })
				}
				b.Go("closes", q.Close)
				b.Go("uses", func() {
					if puts {
						b.Assert(b.put(slot.Put(1), 1) == nil, "not put")
					}
					slot.Release()
				})
				b.End(func() {
					b.Assert(b.in == b.out, "nobody waited for the slot")
					b.balance(q)
				})
			})
		})
	}
}

// A slot that meets CloseNow is put, and taken or discarded, or it is not.
func TestExploreSlotMeetsCloseNow(t *testing.T) {
	explored(t, []int{1}, func(b *book, q *queue.Queue[int]) {
		slot := b.reserve(q)
		b.Go("gets", func() { _, _ = b.took(q.Get(always)) })
		b.Go("closes", func() { b.discard(q) })
		b.Go("uses", func() { _ = b.closed(b.put(slot.Put(1), 1)) })
		b.End(func() {
			b.Assert(q.Stats().Reserved == 0, "%d slots are out", q.Stats().Reserved)
			b.balance(q)
		})
	})
}

// Of several that use a slot one does, and its room is given back once.
func TestExploreSlotUsedOnce(t *testing.T) {
	explored(t, []int{2}, func(b *book, q *queue.Queue[int]) {
		slot := b.reserve(q)
		var used [2]bool
		for v, name := range []string{"puts", "puts too"} {
			b.Go(name, func() {
				defer func() { used[v] = recover() == nil }()
				_ = b.put(slot.Put(v), v)
			})
		}
		b.Go("releases", slot.Release)
		b.End(func() {
			b.Assert(!used[0] || !used[1], "both have put")
			b.Assert(q.Stats().Reserved == 0, "%d slots are out", q.Stats().Reserved)
			b.balance(q)
		})
	})
}
