package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/petiole-go/petiole/queue"
)

func fifo(ctx context.Context, items int) (got []int, peak int) {
	q := queue.New[int](2)
	go func() {
		for i := range items {
			q.Put(ctx, i) // waits while two are in
		}
		q.Close()
	}()
	for v := range q.All(ctx) { // until closed and drained
		got = append(got, v)
	}
	return got, q.Stats().Peak
}

// looksIfFull is right in a coroutine that does not yield in between. Harm: TryPut is refused all the same. It must
// show, because nobody puts before all have looked, and there is room for one.
func looksIfFull(workers int) (saw, refused int64) {
	q := queue.New[string](1)
	var room, full atomic.Int64
	together(workers, func(others func()) {
		if q.Len() < q.Cap() {
			room.Add(1)
			others() // have seen the same
			if q.TryPut("mine") == queue.ErrFull {
				full.Add(1)
			}
		}
	})
	return room.Load(), full.Load()
}

func checkFIFO(ctx context.Context, o options) []claim {
	got, peak := fifo(ctx, o.items)
	saw, refused := looksIfFull(o.workers)
	return []claim{
		holds(slices.Equal(got, upTo(o.items)), "%d of %d items came, in order", len(got), o.items),
		holds(peak <= 2, "never more than 2 were in: %d", peak),
		holds(saw == int64(o.workers) && refused == saw-1,
			"the harm: %d of %d saw that there was room, and %d were refused", saw, o.workers, refused),
	}
}

type job struct {
	rank int
	name string
}

func urgent(ctx context.Context) (got []string) {
	byRank := func(a, b job) int { return a.rank - b.rank }
	q := queue.NewPriority(queue.Unbounded, byRank)
	for _, j := range []job{{2, "c"}, {1, "z"}, {1, "a"}} {
		q.Put(ctx, j)
	}
	q.Close()
	for j := range q.All(ctx) {
		got = append(got, j.name)
	}
	return got // z, a, c
}

func checkUrgent(ctx context.Context, _ options) []claim {
	got := urgent(ctx)
	return []claim{holds(slices.Equal(got, []string{"z", "a", "c"}), "the least first, and of equals the one that came first: %v", got)}
}

func lifo(items int) (got []int) {
	q := queue.NewLIFO[int](queue.Unbounded)
	for i := range items {
		q.TryPut(i)
	}
	for {
		v, err := q.TryGet()
		if errors.Is(err, queue.ErrEmpty) {
			return got
		}
		got = append(got, v)
	}
}

func checkLIFO(_ context.Context, o options) []claim {
	got, want := lifo(o.items), upTo(o.items)
	slices.Reverse(want)
	return []claim{holds(slices.Equal(got, want), "%d of %d items came, the last first", len(got), o.items)}
}

func joined(ctx context.Context, items, workers int) int64 {
	q := queue.New[int](queue.Unbounded)
	var done atomic.Int64
	var crew sync.WaitGroup
	for range workers {
		crew.Go(func() {
			for range q.All(ctx) {
				done.Add(1)
				q.TaskDone()
			}
		})
	}
	q.PutBatch(ctx, make([]int, items))
	q.Join(ctx)
	finished := done.Load()
	q.Close() // ends their All
	crew.Wait()
	return finished
}

// looksIfEmpty takes an empty queue for work that is done. Harm: it is not. It must show, because an item in
// somebody's hand is no longer in. (What comes of it in a program is in examples/crawler.)
func looksIfEmpty(ctx context.Context) (left int, open int64) {
	q := queue.New[string](1)
	q.Put(ctx, "page")
	q.Get(ctx) // has it in hand, and may put more
	return q.Len(), q.Stats().Unfinished
}

func checkJoined(ctx context.Context, o options) []claim {
	finished := joined(ctx, o.items, o.workers)
	left, open := looksIfEmpty(ctx)
	return []claim{
		holds(finished == int64(o.items), "when Join returned %d of %d were finished; then %d workers went home", finished, o.items, o.workers),
		holds(left == 0 && open == 1, "the harm: with %d in the queue %d was unfinished", left, open),
	}
}

func deadline(ctx context.Context) (left int, late error) {
	q := queue.New[string](queue.Unbounded)
	soon, cancel := context.WithTimeout(ctx, tick)
	defer cancel()
	_, late = q.Get(soon)
	q.TryPut("late")     // to nobody
	return q.Len(), late // 1
}

func checkDeadline(ctx context.Context, _ options) []claim {
	left, late := deadline(ctx)
	return []claim{
		holds(late == context.DeadlineExceeded, "Get gave up: %v", late),
		holds(left == 1, "the wait that was given up took nothing: %d is in", left),
	}
}

// upTo returns 0 to n-1.
func upTo(n int) (all []int) {
	for i := range n {
		all = append(all, i)
	}
	return all
}
