package semaphore_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/petiole-go/petiole/semaphore"
)

// Of the calls that a service makes of another, so many go on at once; who cannot wait for its turn
// gives up by its context, and has not called.
func ExampleSemaphore() {
	var now, most atomic.Int64
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for n := now.Add(1); n > most.Load(); {
			most.Store(n)
		}
		runtime.Gosched()
		now.Add(-1)
	}))
	defer service.Close()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	calls := semaphore.New(4)
	var callers sync.WaitGroup
	for range 50 {
		callers.Go(func() {
			err := calls.With(ctx, 1, func() error {
				return get(ctx, service.URL)
			})
			if err != nil {
				fmt.Println(err)
			}
		})
	}
	callers.Wait()
	fmt.Println("more than 4 at once:", most.Load() > 4)
	// Output: more than 4 at once: false
}

func get(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

// A budget of memory: each job takes as much as it needs. A large one is not overtaken for ever by small ones, one that
// is larger than the budget is told at once, and a budget that is lowered is kept as soon as what is held has come back.
func ExampleSemaphore_weights() {
	ctx := context.Background()
	budget := semaphore.New(100) // MiB
	_ = budget.Acquire(ctx, 60)
	fmt.Println("40 more:", budget.TryAcquire(40))
	fmt.Println(budget.Acquire(ctx, 101))

	budget.Resize(50)
	stats := budget.Stats()
	fmt.Printf("%d in use of %d\n", stats.InUse, stats.Limit)
	budget.Release(60)
	fmt.Println("one more:", budget.TryAcquire(10), "another:", budget.TryAcquire(10))
	// Output:
	// 40 more: true
	// semaphore: want 101, limit is 100
	// 100 in use of 50
	// one more: true another: false
}

// A graceful end: nothing new begins, who waits is told, and what goes on is waited for, but not for ever.
func ExampleSemaphore_Drain() {
	requests := semaphore.New(2)
	ctx := context.Background()
	busy, _ := requests.Take(ctx, 1)
	time.AfterFunc(time.Millisecond, func() { busy.Release() }) // the last request ends

	requests.Close()
	_, err := requests.Take(ctx, 1)
	fmt.Println(errors.Is(err, semaphore.ErrClosed))
	patience, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	fmt.Println("drained:", requests.Drain(patience) == nil)
	// Output:
	// true
	// drained: true
}

// A Permit passes from the goroutine that took it to the one that is done with it, and comes back once, whoever is first.
func ExamplePermit() {
	ctx := context.Background()
	slots := semaphore.New(1)
	permit, err := slots.Take(ctx, 1)
	if err != nil {
		return
	}
	done := make(chan bool)
	go func() { done <- permit.Release() }()
	fmt.Println("by the other:", <-done)
	fmt.Println("and again:", permit.Release())
	// Output:
	// by the other: true
	// and again: false
}

// A pool of connections that loses one for good: Forget shrinks the limit, Grow is for the one that replaces it.
func ExamplePermit_Forget() {
	pool := semaphore.New(3)
	broken, _ := pool.TryTake(1)
	broken.Forget()
	fmt.Println(pool.Stats().Limit)
	pool.Grow(1)
	fmt.Println(pool.Stats().Limit)
	// Output:
	// 2
	// 3
}

// Each host is asked by two at once, and none waits for another.
func ExampleKeyed() {
	ctx := context.Background()
	hosts := semaphore.NewKeyed[string](2)
	a, _ := hosts.Take(ctx, "a.example", 1)
	b, _ := hosts.Take(ctx, "a.example", 1)
	_, ok := hosts.TryTake("a.example", 1)
	fmt.Println("a third of a.example:", ok)
	c, ok := hosts.TryTake("b.example", 1)
	fmt.Println("one of b.example:", ok)
	fmt.Println("hosts:", hosts.Len())
	a.Release()
	b.Release()
	c.Release()
	fmt.Println("hosts:", hosts.Len())
	// Output:
	// a third of a.example: false
	// one of b.example: true
	// hosts: 2
	// hosts: 0
}

// A lock that is not waited for longer than the caller likes.
func ExampleMutex() {
	var mu semaphore.Mutex
	mu.Lock()
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	fmt.Println(mu.LockContext(ctx))
	mu.Unlock()
	fmt.Println(mu.LockContext(context.Background()))
	// Output:
	// context deadline exceeded
	// <nil>
}

// Readers are there together; a writer that waits holds off those who come later, and so comes to its turn.
func ExampleRWMutex() {
	var mu semaphore.RWMutex
	mu.RLock()
	fmt.Println("another reader:", mu.TryRLock())
	fmt.Println("a writer:", mu.TryLock())
	written := make(chan struct{})
	go func() {
		mu.Lock()
		defer mu.Unlock()
		close(written)
	}()
	for mu.TryRLock() { // until the writer is in line
		mu.RUnlock()
		runtime.Gosched()
	}
	mu.RUnlock()
	mu.RUnlock()
	<-written
	// Output:
	// another reader: true
	// a writer: false
}

// A permit that nobody gives back is found when it is collected, with the place where it was taken.
func ExampleSemaphore_OnLeak() {
	s := semaphore.New(10)
	leaks := make(chan string)
	s.OnLeak(func(l semaphore.Leak) {
		frame, _ := runtime.CallersFrames(l.PCs).Next()
		leaks <- fmt.Sprintf("%d permits of %s", l.N, frame.Function)
	})
	forgetful(s)
	for {
		runtime.GC()
		select {
		case leak := <-leaks:
			fmt.Println(leak)
			return
		default:
			runtime.Gosched()
		}
	}
	// Output: 3 permits of github.com/petiole-go/petiole/semaphore_test.forgetful
}

func forgetful(s *semaphore.Semaphore) {
	_, _ = s.Take(context.Background(), 3)
}
