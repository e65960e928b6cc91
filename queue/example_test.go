package queue_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/petiole-go/petiole/queue"
)

// A producer and a consumer, with room for two items between them: the producer waits
// while the consumer is behind. (Toro's example.)
func Example_producerConsumer() {
	ctx := context.Background()
	q := queue.New[int](2)
	go func() {
		defer q.Close()
		for i := range 5 {
			if err := q.Put(ctx, i); err != nil {
				return // closed, or nobody wants any more
			}
		}
	}()
	for v := range q.All(ctx) {
		fmt.Println("doing work on", v)
	}
	// Output:
	// doing work on 0
	// doing work on 1
	// doing work on 2
	// doing work on 3
	// doing work on 4
}

// Workers that find more work while they work: a directory has directories in it. Join
// returns when nothing is left and nobody works, which "the queue is empty" does
// not tell.
func Example_workerPool() {
	tree := map[string][]string{"/": {"/a", "/b"}, "/a": {"/a/x", "/a/y"}, "/b": {"/b/z"}}
	ctx := context.Background()
	q := queue.New[string](queue.Unbounded) // those who take also put: a bound could stop them all
	var mu sync.Mutex
	var seen []string
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for dir := range q.All(ctx) {
				mu.Lock()
				seen = append(seen, dir)
				mu.Unlock()
				for _, sub := range tree[dir] {
					_ = q.Put(ctx, sub) // before TaskDone, so that there is no moment with nothing unfinished
				}
				q.TaskDone()
			}
		})
	}
	_ = q.Put(ctx, "/")
	_ = q.Join(ctx)
	q.Close() // now the workers' loops end
	workers.Wait()
	slices.Sort(seen)
	fmt.Println(seen)
	// Output: [/ /a /a/x /a/y /b /b/z]
}

// A service that is told to stop takes no new work, finishes what it has within a grace
// period, and says what it did not get to.
func Example_gracefulShutdown() {
	q := queue.New[string](8)
	_, _ = q.PutBatch(context.Background(), []string{"one", "two", "three"})
	one, _ := q.Get(context.Background()) // is being worked on

	q.Close()
	fmt.Println(q.Put(context.Background(), "four"))

	grace, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if err := q.Join(grace); err != nil {
		fmt.Println("not finished in time:", errors.Is(err, context.DeadlineExceeded))
	}
	fmt.Println("not begun:", q.CloseNow(), "- still at work on:", one)
	// Output:
	// queue: closed
	// not finished in time: true
	// not begun: [two three] - still at work on: one
}

// The most urgent job first, and equally urgent ones in the order in which they came.
func ExampleNewPriority() {
	type job struct {
		name   string
		urgent int
	}
	q := queue.NewPriority(16, func(a, b job) int { return cmp.Compare(b.urgent, a.urgent) })
	for _, j := range []job{{"report", 1}, {"page", 5}, {"mail", 1}, {"alarm", 9}} {
		_ = q.TryPut(j)
	}
	for q.Len() > 0 {
		j, _ := q.TryGet()
		fmt.Print(j.name, " ")
	}
	// Output: alarm page report mail
}

// What came last is worked on first: who has waited longest may have given up by now.
func ExampleNewLIFO() {
	q := queue.NewLIFO[string](4)
	for _, request := range []string{"old", "older than it looks", "new"} {
		_ = q.TryPut(request)
	}
	first, _ := q.TryGet()
	fmt.Println(first)
	// Output: new
}

// A writer to a log or a database takes what has piled up in one go: one item when it is
// quiet, many when it is not, and never waits for a batch to be full.
func ExampleQueue_GetBatch() {
	ctx := context.Background()
	q := queue.New[int](128)
	_, _ = q.PutBatch(ctx, []int{1, 2, 3, 4, 5})
	q.Close()
	batch := make([]int, 3)
	for {
		n, err := q.GetBatch(ctx, batch)
		if err != nil {
			break
		}
		fmt.Println("wrote", batch[:n])
	}
	// Output:
	// wrote [1 2 3]
	// wrote [4 5]
}

// Room first, item later: a message is taken off the wire only when it is sure that there
// is room for it here, as it could not be put back.
func ExampleQueue_Reserve() {
	ctx := context.Background()
	wire := []string{"hello", "world"}
	q := queue.New[string](2)
	for {
		slot, err := q.Reserve(ctx)
		if err != nil {
			return
		}
		if len(wire) == 0 {
			slot.Release() // no message after all
			break
		}
		_ = slot.Put(wire[0])
		wire = wire[1:]
		if q.Len() == q.Cap() {
			fmt.Println("took", q.GetAll())
		}
	}
	fmt.Println("reserved:", q.Stats().Reserved)
	// Output:
	// took [hello world]
	// reserved: 0
}

// Two queues, and whichever has something.
func ExampleGetAny() {
	ctx := context.Background()
	orders, cancellations := queue.New[string](4), queue.New[string](4)
	_ = cancellations.Put(ctx, "number 7")
	orders.Close()
	cancellations.Close()
	for {
		i, v, err := queue.GetAny(ctx, orders, cancellations)
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println([]string{"order", "cancel"}[i], v)
	}
	// Output:
	// cancel number 7
	// queue: closed
}

// A bridge to a channel, for who needs select. The bridge holds one item: that which it
// has taken, and nobody has received yet. When its context ends it must go somewhere,
// and only the caller knows where: here to those that are still in the queue.
func Example_bridge() {
	ctx, cancel := context.WithCancel(context.Background())
	q := queue.New[int](4)
	_, _ = q.PutBatch(ctx, []int{1, 2, 3})

	c := make(chan int)
	var held []int
	var bridge sync.WaitGroup
	bridge.Go(func() {
		for v := range q.All(ctx) {
			select {
			case c <- v:
			case <-ctx.Done():
				held = append(held, v) // taken from q, and received by nobody
			}
		}
	})

	select {
	case v := <-c:
		fmt.Println("received:", v)
	case <-time.After(time.Minute):
		fmt.Println("nothing came")
	}
	cancel()
	bridge.Wait()
	fmt.Println("not received:", append(held, q.GetAll()...))
	// Output:
	// received: 1
	// not received: [2 3]
}
