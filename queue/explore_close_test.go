package queue_test

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/petiole-go/petiole/queue"
)

// putAndTake has two put and two take, until both are told that the queue is closed.
func (b *book) putAndTake(q *queue.Queue[int]) {
	b.Go("puts", func() { _ = b.closed(b.put(q.Put(always, 1), 1)) })
	b.Go("puts too", func() {
		_, err := q.PutBatch(always, []int{2})
		_ = b.closed(b.put(err, 2))
	})
	b.Go("takes", func() {
		for {
			if _, err := b.took(q.Get(always)); b.closed(err) != nil {
				return
			}
		}
	})
}

// A Close ends the puts, of which those that it fails are not in, and the gets when all
// is taken. Nobody hangs.
func TestExploreClose(t *testing.T) {
	explored(t, small, func(b *book, q *queue.Queue[int]) {
		b.fill(q)
		b.putAndTake(q)
		b.Go("closes", func() {
			q.Close()
			b.Assert(q.Stats().Putters == 0, "somebody waits to put into a closed queue")
		})
		b.End(func() {
			b.Assert(q.Len() == 0, "%d left", q.Len())
			b.balance(q)
		})
	})
}

// What CloseNow has discarded and what was taken is what was put. Nobody hangs.
func TestExploreCloseNow(t *testing.T) {
	explored(t, small, func(b *book, q *queue.Queue[int]) {
		b.putAndTake(q)
		b.Go("closes", func() { b.discard(q) })
		b.End(func() {
			b.Assert(q.Len() == 0, "%d left", q.Len())
			b.balance(q)
		})
	})
}

// Both ways to close at the same time are as one after the other.
func TestExploreCloseMeetsCloseNow(t *testing.T) {
	explored(t, small, func(b *book, q *queue.Queue[int]) {
		b.fill(q)
		b.Go("gets", func() { _, _ = b.took(q.Get(always)) })
		b.Go("puts", func() { _ = b.closed(b.put(q.Put(always, 1), 1)) })
		b.Go("closes", q.Close)
		b.Go("closes now", func() {
			b.discard(q)
			<-q.Closed()
			b.Assert(errors.Is(q.TryPut(3), queue.ErrClosed), "not closed")
			b.Assert(q.Len() == 0, "%d left", q.Len())
		})
		b.End(func() { b.balance(q) })
	})
}

// Who joins goes on when all that was in is finished, not before, and is not forgotten,
// though more is put, taken and finished meanwhile.
func TestExploreJoin(t *testing.T) {
	explored(t, []int{1, 2}, func(b *book, q *queue.Queue[int]) {
		b.fill(q)
		var finished atomic.Int32
		b.Go("joins", func() {
			b.Assert(q.Join(always) == nil, "fails")
			b.Assert(int(finished.Load()) >= q.Cap(), "joined when %d were finished", finished.Load())
		})
		b.Go("takes", func() {
			for range q.Cap() + 1 {
				_, _ = b.took(q.Get(always))
				finished.Add(1)
				q.TaskDone()
			}
		})
		b.Go("puts", func() { _ = b.put(q.Put(always, 1), 1) })
		b.End(func() {
			b.Assert(q.Stats().Unfinished == 0, "%d unfinished", q.Stats().Unfinished)
			b.balance(q)
		})
	})
}

// What CloseNow discards is finished: who joins waits for what was taken before, and for
// no more. One that gives up takes nothing from another.
func TestExploreJoinMeetsCloseNow(t *testing.T) {
	explored(t, []int{2}, func(b *book, q *queue.Queue[int]) {
		b.fill(q)
		_, _ = b.took(q.TryGet())
		var finished atomic.Bool
		ctx, _ := b.Cancelable("cancel")
		b.Go("joins", func() {
			b.Assert(q.Join(always) == nil, "fails")
			b.Assert(finished.Load(), "joined before what was taken is finished")
		})
		b.Go("may leave", func() { b.Assert(q.Join(ctx) == nil || ctx.Err() != nil, "fails") })
		b.Go("finishes", func() {
			finished.Store(true)
			q.TaskDone()
		})
		b.Go("closes", func() { b.discard(q) })
		b.End(func() { b.balance(q) })
	})
}
