package queue

import (
	"context"

	"github.com/petiole-go/petiole/internal/park"
	"github.com/petiole-go/petiole/internal/park/signal"
	"github.com/petiole-go/petiole/internal/park/spin"
)

// Close ends the puts: those who wait to put or to reserve get ErrClosed, and so
// does who comes later. Slots that are out may still be put. What is in may still be
// taken; then getters get ErrClosed, too. Close again does nothing.
func (q *Queue[T]) Close() {
	var k park.Woken
	q.lock()
	defer q.unlock(&k)
	q.close(&k)
}

// CloseNow is Close, and takes out what is in: it returns that, in the queue's order, and
// counts it as finished; those who wait to put get ErrClosed, as from Close. Slots that are out are worth
// nothing any more. What was handed to somebody who waited is theirs. After Close it
// does what Close has left.
func (q *Queue[T]) CloseNow() (discarded []T) {
	var k park.Woken
	var done *signal.Crowd[struct{}]
	q.lock()
	defer func() {
		q.unlock(&k)
		done.Open()
	}()
	if discarded, _ = q.items.takeAll(); len(discarded) == 0 {
		discarded = nil
	}
	q.discarded += int64(len(discarded))
	q.slots, q.void = 0, true
	q.close(&k)
	done = q.allFinished()
	return discarded
}

func (q *Queue[T]) close(k *park.Woken) {
	if q.closed {
		return
	}
	q.closed, q.limit = true, 0
	for w := range q.putters.All() {
		w.Value.err = ErrClosed
		w.Grant(k)
	}
	close(q.closedCh) // under the mutex: who finds closed set finds it closed
}

// drain tells those who wait to get that nothing comes any more. Who waits in
// several lines waits on in the others.
func (q *Queue[T]) drain(k *park.Woken) {
	for w := range q.getters.All() {
		if lines := w.Value.lines; lines != nil && lines.Add(-1) > 0 {
			q.several--
			w.Drop()
		} else if q.claim(w) {
			w.Value.err = ErrClosed
			w.Grant(k)
		}
	}
}

// Closed returns a channel that is closed by Close or CloseNow: nobody new gets in.
// There may be more to take, and slots to put.
func (q *Queue[T]) Closed() <-chan struct{} {
	q.made()
	return q.closedCh
}

// TaskDone says that an item that was taken is finished. If it is said more often
// than items were taken it panics.
func (q *Queue[T]) TaskDone() {
	q.lock()
	if q.finished == q.gets {
		q.mu.Unlock()
		panic("queue: TaskDone more often than items were taken")
	}
	q.finished++
	c := q.allFinished()
	q.mu.Unlock()
	c.Open()
}

// Join waits until there is a moment at which every item that was accepted is
// finished: TaskDone has been called for it, or CloseNow has discarded it. If that is
// so it returns nil, though ctx may have ended; else ctx.Err(). It knows nothing of
// Close: who joins waits for those who work on what was taken.
func (q *Queue[T]) Join(ctx context.Context) error {
	q.made()
	if ctx == nil {
		panic("queue: a nil context")
	}
	spin.Lock(&q.mu)
	if q.unfinished() == 0 {
		q.mu.Unlock()
		return nil
	}
	_, err := q.finish.Wait(ctx, &q.mu)
	return err
}

func (q *Queue[T]) unfinished() int64 {
	return q.gets + int64(q.items.len()) - q.finished
}

// allFinished parts from those who join, if nothing is unfinished.
func (q *Queue[T]) allFinished() *signal.Crowd[struct{}] {
	if q.unfinished() > 0 {
		return nil
	}
	return q.finish.Part(struct{}{})
}
