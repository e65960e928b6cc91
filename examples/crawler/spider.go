package main

import (
	"context"
	"sync"

	"github.com/petiole-go/petiole/queue"
)

// spider is Toro's: the workers take pages from a queue and put what they find into the same queue, and when
// nothing in it is unfinished, it is over.
//
// A page counts as unfinished from when it was put until TaskDone. A worker says TaskDone for its page only
// after it has put the links that are on it. So as long as any page can still lead to another the count is
// above 0, however empty the queue; and once it is 0 nobody is left who could put.
//
// The queue is unbounded, because those who take from it are those who put: with any bound all of them can
// stand in Put at once, and nobody takes. It does not grow without end, as each page is put once.
func spider(ctx context.Context, v *visitor, o options, r *result) error {
	frontier := queue.New[string](queue.Unbounded)
	work := func(page string) {
		v.working.Add(1)
		defer frontier.TaskDone() // the last of all, and also if visit panics
		defer v.working.Add(-1)
		frontier.PutBatch(ctx, v.visit(ctx, page)) // fails if the context has ended, which is looked at below
	}
	var workers sync.WaitGroup
	for range o.workers {
		workers.Go(func() {
			for page := range frontier.All(ctx) {
				work(page)
			}
		})
	}
	err := frontier.Put(ctx, "/")
	if err == nil {
		err = frontier.Join(ctx)
	}
	r.Working, r.Unfinished = v.working.Load(), frontier.Stats().Unfinished
	frontier.Close() // the workers wait for more: there is no more
	workers.Wait()
	if err == nil {
		// A worker whose context ends has finished its page without putting its links, so Join can come
		// true although there was more.
		err = ctx.Err()
	}
	return err
}
