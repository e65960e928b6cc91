package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/petiole-go/petiole/queue"
)

// looksIfEmpty is spider, but for how it knows that it is over: it looks whether the queue is empty.
//
// Harm: pages are missed. What is in the queue is not all that is left: a page that somebody is reading is no
// longer in, and its links are not yet. It must show, because the site hangs from single pages. When a chapter
// has been read the contents of the next is all there is; and from when that is taken until its answer has come,
// which takes as long as the latency, and at the slow page far longer, the queue is empty. To get past that, who
// looks every millisecond would have to look at none of these moments, at the end of each chapter but the last.
// (Of a site with one chapter it may well miss nothing, which is how such a thing passes its first test.)
func looksIfEmpty(ctx context.Context, v *visitor, o options, r *result) error {
	frontier := queue.New[string](queue.Unbounded)
	work := func(page string) {
		v.working.Add(1)
		defer v.working.Add(-1)
		frontier.PutBatch(ctx, v.visit(ctx, page)) // fails when it has been closed: these links are lost
	}
	var workers sync.WaitGroup
	for range o.workers {
		workers.Go(func() {
			for page := range frontier.All(ctx) {
				work(page)
			}
		})
	}
	_, err := frontier.PutBatch(ctx, v.visit(ctx, "/")) // or it would be over before it has begun
	for err == nil && frontier.Len() > 0 {
		pause(ctx, time.Millisecond)
		err = ctx.Err()
	}
	r.Working = v.working.Load()
	frontier.Close()
	workers.Wait()
	return err
}

// channel has a channel as its queue, with room for a fixed number, and counts by itself what is unfinished,
// which it does well.
//
// Harm: it stands still. A worker that has read a page sends the links, and takes no other page until all are
// in the channel. It must show, because a contents page has more links than the channel and all other workers
// can take: whoever has read it stands in send with the rest. Each of the others has taken a section, comes
// back with links, and finds the channel full: now all send, and nobody receives. To get past that, the one
// with the contents would have to be so slow at sending, though it waits for nothing but room, that the others
// fetch sections and the pages behind them meanwhile; and that in each of the chapters.
//
// A larger channel needs a larger page. One that is never full needs room for the whole site.
func channel(ctx context.Context, v *visitor, o options, r *result) error {
	ctx, cancel := context.WithCancel(ctx) // so that the example can go on: a plain send would stay for ever
	defer cancel()
	frontier := make(chan string, o.capacity)
	var unfinished, moves, sending atomic.Int64
	send := func(page string) {
		sending.Add(1)
		defer sending.Add(-1)
		select {
		case frontier <- page:
			moves.Add(1)
		case <-ctx.Done():
		}
	}
	work := func(page string) {
		v.working.Add(1)
		defer v.working.Add(-1)
		fresh := v.visit(ctx, page)
		unfinished.Add(int64(len(fresh)))
		for _, to := range fresh {
			send(to)
		}
		if unfinished.Add(-1) == 0 {
			close(frontier)
		}
	}
	var workers sync.WaitGroup
	for range o.workers {
		workers.Go(func() {
			for {
				select {
				case page, ok := <-frontier:
					if !ok {
						return
					}
					work(page)
				case <-ctx.Done():
					return
				}
			}
		})
	}
	unfinished.Store(1)
	frontier <- "/"
	ended := make(chan struct{})
	go func() {
		workers.Wait()
		close(ended)
	}()
	// It stands still when all workers are in send and nothing has gone into the channel for some looks. (Not
	// for some time: when the machine stops for a while, nobody could have moved.)
	for last, same := int64(-1), 0; same < standstill; same++ {
		select {
		case <-ended:
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
		if now := moves.Load(); now != last || sending.Load() < int64(o.workers) {
			last, same = now, 0
		}
	}
	r.Working, r.Sending, r.InChannel, r.Unfinished = v.working.Load(), sending.Load(), len(frontier), unfinished.Load()
	cancel()
	<-ended
	return nil
}

// standstill is for how many looks nothing moves.
const standstill = 30

// goroutines starts one for each link. It needs no queue, and to know when it is over it needs a WaitGroup: a
// page starts the goroutines of its links before its own ends, so the count is above 0 until all is done.
//
// Harm: no limit. A contents page shows some eighty links, and the site is asked for all of them at once. It
// must show, because these goroutines wait for nothing but a processor before they ask, and have asked before the
// first answer comes. (What it needs is the permits. Then it
// has as many goroutines as there are links, and they stand in line there; the queue is the same line, with
// a page's address in each place instead of a goroutine.)
func goroutines(ctx context.Context, v *visitor, _ options, r *result) error {
	v.permits = nil
	var all sync.WaitGroup
	var work func(page string)
	work = func(page string) {
		v.working.Add(1)
		defer v.working.Add(-1)
		for _, to := range v.visit(ctx, page) {
			all.Go(func() { work(to) })
		}
	}
	all.Go(func() { work("/") })
	all.Wait()
	r.Working = v.working.Load()
	return ctx.Err()
}
