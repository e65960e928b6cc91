package vigil_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/petiole-go/petiole/vigil"
)

// A worker's guards come back when it has ended, the last one first, and the record tells how.
func ExampleKeeper_Go() {
	k := vigil.New(vigil.Options{CapturePanics: true})
	giveBack := func(what string, r vigil.Record) error {
		fmt.Println(what, "is back:", r.Name, r.Cause)
		return nil
	}
	err := k.Go(context.Background(), "importer", func(ctx context.Context) error {
		for _, what := range []string{"file", "socket"} {
			if _, err := vigil.Bind(ctx, k, what, giveBack); err != nil {
				return err
			}
		}
		panic("bad input")
	}).Wait()
	fmt.Println(err)
	// Output:
	// socket is back: importer panicked
	// file is back: importer panicked
	// vigil: panic: bad input
}

// A guard that has no worker is released by who has it; at the latest by the end of its context.
func ExampleBind() {
	k := vigil.New(vigil.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	guard, err := vigil.Bind(ctx, k, "seat 12", func(seat string, r vigil.Record) error {
		fmt.Println(seat, "is free:", r.Cause)
		return nil
	})
	if err != nil {
		panic(err)
	}
	err = guard.Use(func(seat string) error {
		cancel() // what is in use is reclaimed when it is no longer used
		fmt.Println(seat, "is in use")
		return nil
	})
	<-guard.Done()
	fmt.Println(err, guard.Release())
	// Output:
	// seat 12 is in use
	// seat 12 is free: canceled
	// <nil> vigil: reclaimed
}

// A connection is accepted by one worker and served by another. It is that of the first until it has been handed over, and
// comes back when the second has ended.
func ExampleGuard_Transfer() {
	k := vigil.New(vigil.Options{})
	ctx := context.Background() // for both: what serves must not end with what accepts
	handed := make(chan *vigil.Guard[string], 1)
	serve := k.Go(ctx, "serve", func(ctx context.Context) error {
		guard, ok := <-handed
		if !ok {
			return nil
		}
		return guard.Use(func(conn string) error {
			fmt.Println("serving", conn)
			return nil
		})
	})
	accept := k.Go(ctx, "accept", func(ctx context.Context) error {
		defer close(handed)
		guard, err := vigil.Bind(ctx, k, "the connection", func(conn string, r vigil.Record) error {
			fmt.Println(conn, "is back:", r.Name, r.Cause)
			return nil
		})
		if err != nil {
			return err
		}
		if err := guard.Transfer(serve); err != nil {
			return err
		}
		handed <- guard
		return nil
	})
	fmt.Println(accept.Wait(), serve.Wait())
	// Output:
	// serving the connection
	// the connection is back: serve returned
	// <nil> <nil>
}

// A lease has to be renewed, or it ends, whatever its holder is doing. Who was too slow may go on writing: the
// receiver tells it by the token from its successor, and refuses.
func Example_lease() {
	k := vigil.New(vigil.Options{})
	var newest uint64 // in the storage
	write := func(token uint64, what string) {
		if token < newest {
			fmt.Println("refused:", what)
			return
		}
		newest = token
		fmt.Println("written:", what)
	}
	lead := func(lease time.Duration) *vigil.Guard[string] {
		guard, err := vigil.Bind(context.Background(), k, "the lead", func(r string, rec vigil.Record) error {
			fmt.Println(r, "is free:", rec.Cause)
			return nil
		}, vigil.Lease(lease))
		if err != nil {
			panic(err)
		}
		return guard
	}

	slow := lead(time.Second)
	fmt.Println("in time:", slow.Beat())
	write(slow.Token(), "first")
	<-slow.Done() // it sleeps, and does not beat
	quick := lead(time.Hour)
	write(quick.Token(), "second")
	fmt.Println("in time:", slow.Beat())
	write(slow.Token(), "late")
	_ = quick.Release()
	// Output:
	// in time: true
	// written: first
	// the lead is free: expired
	// written: second
	// in time: false
	// refused: late
	// the lead is free: released
}

// A supervisor hears of all that was forgotten, and at the end of what is still out.
func Example_leaks() {
	leaks := make(chan vigil.Record, 1)
	k := vigil.New(vigil.Options{OnLeak: func(r vigil.Record) { leaks <- r }})
	free := func(string, vigil.Record) error { return nil }
	lock, err := vigil.Bind(context.Background(), k, "a lock", free, vigil.Name("lock"), vigil.Lease(time.Millisecond))
	if err != nil {
		panic(err)
	}
	r := <-leaks
	fmt.Println("leaked:", r.Name, r.Cause)
	fmt.Println("still held:", lock.Beat())

	end := make(chan struct{})
	w := k.Go(context.Background(), "stubborn", func(ctx context.Context) error {
		<-end
		return context.Cause(ctx)
	})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	err = k.Shutdown(ctx)
	fmt.Println(err, errors.Is(err, context.DeadlineExceeded))
	close(end)
	fmt.Println(w.Wait(), k.Shutdown(context.Background()))
	// Output:
	// leaked: lock expired
	// still held: false
	// vigil: Shutdown: context deadline exceeded; left: worker 2 "stubborn" true
	// vigil: closed <nil>
}

// Watch hears of the end of a goroutine that somebody else has started. When that is depends on the collector.
func ExampleKeeper_Watch() {
	k := vigil.New(vigil.Options{})
	serve := func(handler func(ctx context.Context)) { go handler(context.Background()) }
	stopped := make(chan bool)
	serve(func(ctx context.Context) {
		_, stop := k.Watch(ctx, func(r vigil.Record) { fmt.Println("gone since", r.Ended) })
		stopped <- stop() // to have an end that can be shown here
	})
	fmt.Println("called off:", <-stopped)
	// Output:
	// called off: true
}
