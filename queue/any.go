package queue

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/petiole-go/petiole/internal/park"
	"github.com/petiole-go/petiole/internal/park/signal"
	"github.com/petiole-go/petiole/internal/park/spin"
)

// GetAny takes one item from one of the queues, whichever has one, and waits for one
// in the lines of all if none has. i is the index of that queue. If several have one,
// each is taken with the same chance, unless others take at the same moment. On an error i is -1 and nothing was taken from
// any: ctx.Err(), or ErrClosed if all are closed and drained.
//
// No queues, or a nil one, panic. A queue may be there twice.
func GetAny[T any](ctx context.Context, qs ...*Queue[T]) (i int, v T, err error) {
	if len(qs) == 0 {
		panic("queue: GetAny of no queues")
	}
	for _, q := range qs {
		q.made()
	}
	if err := qs[0].check(ctx); err != nil {
		return -1, v, err
	}
	if i := pick(qs); i >= 0 {
		if v, err := qs[i].TryGet(); err == nil {
			return i, v, nil
		} // somebody was faster: from here on it has a place in each line that it comes to
	}
	return waitAny(ctx, qs)
}

// pick returns one of those that have an item, -1 if none has.
func pick[T any](qs []*Queue[T]) int {
	i, n := -1, 0
	for j, q := range qs {
		if slices.Contains(qs[:j], q) {
			continue
		}
		spin.Lock(&q.mu)
		ready := q.ready()
		q.mu.Unlock()
		if ready {
			if n++; signal.OneIn(n) { // so each of n has had the same chance
				i = j
			}
		}
	}
	return i
}

// waitAny stands in the lines of all that are not drained, until one of them serves it.
func waitAny[T any](ctx context.Context, qs []*Queue[T]) (i int, v T, err error) {
	a := park.NewSeveral[taking[T]](ctx)
	lines := new(atomic.Int32)
	lines.Store(1) // see taking
	var stands []*Queue[T]
	for i, q := range qs {
		if slices.Contains(stands, q) {
			continue
		}
		v, did := q.joinAny(a, lines, i)
		if did == took {
			return i, v, nil
		}
		if did == joined {
			stands = append(stands, q)
		} else if did == served {
			break
		}
	}
	if lines.Add(-1) == 0 && a.Claim() {
		a.Leave()
		return -1, v, ErrClosed
	}
	w, slept, err := a.Wait()
	for _, q := range stands {
		q.slept.Add(int64(slept))
	}
	if err != nil {
		return -1, v, err
	}
	i, v, err = w.Value.at, w.Value.one, w.Value.err
	w.Free()
	if err != nil {
		i = -1
	}
	return i, v, err
}

// What joinAny did.
const (
	joined = iota // a stands in the line
	passed        // nothing will come any more
	took          // there was an item, and a has left all lines
	served        // there was one, but another queue is serving a
)

// joinAny puts a node of a in the line of getters, or takes an item.
func (q *Queue[T]) joinAny(a *park.Several[taking[T]], lines *atomic.Int32, at int) (v T, did int) {
	var k park.Woken
	claimed := false
	defer func() {
		if claimed {
			a.Leave() // without the mutex; also if a comparison panicked
		}
	}()
	spin.Lock(&q.mu)
	defer q.unlock(&k)
	switch {
	case q.ready():
		if claimed = a.Claim(); !claimed {
			return v, served
		}
		q.take(&v, &k)
		return v, took
	case q.drained():
		return v, passed
	}
	lines.Add(1)
	q.several++
	q.waits++
	w := a.Join(&q.getters, &q.mu, func(*park.Woken) { q.several-- })
	w.Value.lines, w.Value.at = lines, at
	return v, joined
}
