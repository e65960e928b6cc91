package main

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/petiole-go/petiole/gate"
)

func started(ctx context.Context, workers int) (before, after int64, late error) {
	var start gate.Event
	var there, through atomic.Int64
	var crew sync.WaitGroup
	for range workers {
		crew.Go(func() {
			there.Add(1)
			if start.Wait(ctx) == nil {
				through.Add(1)
			}
		})
	}
	for there.Load() < int64(workers) {
		runtime.Gosched()
	}
	before = through.Load()
	start.Set()
	crew.Wait()
	start.Clear() // one waits again
	soon, cancel := context.WithTimeout(ctx, tick)
	defer cancel()
	return before, through.Load(), start.Wait(soon)
}

func checkStarted(ctx context.Context, o options) []claim {
	before, after, late := started(ctx, o.workers)
	return []claim{
		holds(before == 0 && after == int64(o.workers), "before Set %d of %d were through, and after it %d", before, o.workers, after),
		holds(late == context.DeadlineExceeded, "after Clear one waits again: %v", late),
	}
}

func changed(ctx context.Context, workers int) (woken int64) {
	var mu sync.Mutex
	c := gate.Cond{L: &mu}
	ready := false
	go func() {
		mu.Lock()
		ready = true
		mu.Unlock()
		c.NotifyAll()
	}()
	var saw atomic.Int64
	each(workers, func() {
		mu.Lock()
		defer mu.Unlock()
		isReady := func() bool { return ready }
		if c.WaitFor(ctx, isReady) == nil {
			saw.Add(1)
		}
	})
	return saw.Load()
}

// waitsBlindly trusts that it comes first. Harm: it waits for ever. It must show, because the notification is over
// before the wait begins, and is not remembered.
func waitsBlindly(ctx context.Context) (heard int, err error) {
	var c gate.Cond
	heard = c.Notify(1) // nobody is in line
	soon, cancel := context.WithTimeout(ctx, tick)
	defer cancel()
	return heard, c.Wait(soon)
}

func checkChanged(ctx context.Context, o options) []claim {
	saw := changed(ctx, o.workers)
	heard, err := waitsBlindly(ctx)
	return []claim{
		holds(saw == int64(o.workers), "%d of %d saw it, whether they came before it was so or after", saw, o.workers),
		holds(heard == 0 && err == context.DeadlineExceeded, "the harm: %d heard the notification, and who came then waits: %v", heard, err),
	}
}

func answered(ctx context.Context, workers int) (got int64, second bool) {
	var answer gate.Promise[string]
	var same atomic.Int64
	var asked sync.WaitGroup
	for range workers {
		asked.Go(func() {
			if v, _ := answer.Get(ctx); v == "Ada" {
				same.Add(1)
			}
		})
	}
	answer.Set("Ada")
	second = answer.Set("Grace") // false: too late
	asked.Wait()
	return same.Load(), second
}

// failed has the other way in which a promise is settled, which Toro has not.
func failed(ctx context.Context) (early, late error) {
	var answer gate.Promise[string]
	_, early = answer.TryGet()
	answer.Fail(errNobody)
	_, late = answer.Get(ctx)
	return early, late
}

func checkAnswered(ctx context.Context, o options) []claim {
	same, second := answered(ctx, o.workers)
	early, late := failed(ctx)
	return []claim{
		holds(same == int64(o.workers), "%d of %d got the first answer", same, o.workers),
		holds(!second, "the second one counts: %t", second),
		holds(errors.Is(early, gate.ErrNotReady) && late == errNobody, "pending it says %q, and failed %q", early, late),
	}
}

var errNobody = errors.New("nobody knows")
