package gate_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/petiole-go/petiole/gate"
	"github.com/petiole-go/petiole/queue"
)

// A start gate: nobody runs before all is set up.
func ExampleEvent() {
	ctx := context.Background()
	var start gate.Event
	var runners sync.WaitGroup
	ran := make(chan string, 3)
	for _, name := range []string{"Ada", "Grace", "Radia"} {
		runners.Go(func() {
			if start.Wait(ctx) == nil {
				ran <- name
			}
		})
	}
	fmt.Println("before the start:", len(ran))
	start.Set()
	runners.Wait()
	fmt.Println("after it:", len(ran))
	// Output:
	// before the start: 0
	// after it: 3
}

// An event is waited for together with channels through Done.
func ExampleEvent_Done() {
	var stopped gate.Event
	time.AfterFunc(time.Millisecond, func() { stopped.Set() })
	select {
	case <-stopped.Done():
		fmt.Println("stopped")
	case <-time.After(time.Minute):
		fmt.Println("still going")
	}
	// Output: stopped
}

// One looks it up, and all get what it found.
func ExamplePromise() {
	ctx := context.Background()
	var address gate.Promise[string]
	go func() {
		address.Set("10.0.0.7") // or address.Fail(err)
	}()
	var callers sync.WaitGroup
	for range 3 {
		callers.Go(func() {
			if a, err := address.Get(ctx); err != nil || a != "10.0.0.7" {
				fmt.Println("wrong:", a, err)
			}
		})
	}
	callers.Wait()
	fmt.Println(address.TryGet())
	fmt.Println("a second result counts:", address.Set("10.0.0.8"))
	// Output:
	// 10.0.0.7 <nil>
	// a second result counts: false
}

// Whoever waits for a result may give up.
func ExamplePromise_Get() {
	var never gate.Promise[int]
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err := never.Get(ctx)
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output: true
}

// buffer is the bounded buffer of the textbooks: one lock, and a condition for each of the
// two things that may change. (A change without a notification, or Notify(1) on one condition
// for both, and it stands still some day.)
type buffer struct {
	mu          sync.Mutex
	room, items gate.Cond
	held        []int
	size        int
}

func newBuffer(size int) *buffer {
	b := &buffer{size: size}
	b.room.L, b.items.L = &b.mu, &b.mu
	return b
}

func (b *buffer) put(ctx context.Context, v int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.room.WaitFor(ctx, func() bool { return len(b.held) < b.size }); err != nil {
		return err
	}
	b.held = append(b.held, v)
	b.items.NotifyAll()
	return nil
}

func (b *buffer) get(ctx context.Context) (v int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.items.WaitFor(ctx, func() bool { return len(b.held) > 0 }); err != nil {
		return 0, err
	}
	v, b.held = b.held[0], b.held[1:]
	b.room.NotifyAll()
	return v, nil
}

// A condition says that something may have changed, and each who waits looks for itself.
// For a bounded buffer a queue is better: it hands an item to who has waited longest, wakes
// nobody for nothing, and can be closed.
func ExampleCond() {
	ctx := context.Background()
	b := newBuffer(2)
	go func() {
		for v := range 5 {
			_ = b.put(ctx, v)
		}
	}()
	var got []int
	for range 5 {
		v, _ := b.get(ctx)
		got = append(got, v)
	}
	fmt.Println(got)

	q := queue.New[int](2)
	go func() {
		for v := range 5 {
			_ = q.Put(ctx, v)
		}
		q.Close()
	}()
	fmt.Println(slices.Collect(q.All(ctx)))
	// Output:
	// [0 1 2 3 4]
	// [0 1 2 3 4]
}
