package explore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"
)

// A stress is one run of a scenario without the scheduler: real goroutines that
// begin together, and a cancellation that comes at some moment, or not.
type stress struct {
	ready chan struct{} // closed when the scenario's body has ended
	all   sync.WaitGroup

	mu      sync.Mutex
	failure *Failure
	ends    []func()
	cancels []context.CancelFunc
}

const patience = 10 * time.Second // for one run under stress

// stressed runs the scenario as stress. A failure has no schedule to tell.
func stressed(o Options, scenario func(s *S)) (int, error) {
	n := o.Schedules
	if n == 0 {
		n = 1000
	}
	if o.Replay != "" {
		return 0, errors.New("explore: Replay needs the command explore: without it nothing can be scheduled")
	}
	for i := range n {
		if f := once(scenario); f != nil {
			f.Schedule = i + 1
			return i + 1, f
		}
	}
	return n, nil
}

func once(scenario func(s *S)) *Failure {
	st := &stress{ready: make(chan struct{})}
	s := &S{stress: st}
	done := make(chan struct{})
	go func() {
		defer close(done)
		st.call("scenario", func() { scenario(s) })
		close(st.ready)
		st.all.Wait()
		for _, cancel := range st.cancels {
			cancel()
		}
		for i := 0; i < len(st.ends); i++ { // there may come more
			st.call("end", st.ends[i])
		}
		st.all.Wait()
	}()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-done:
		return st.first()
	case <-limit.C:
		return cmp.Or(st.first(), &Failure{Kind: KindUnsupported, Message: fmt.Sprintf("a run of the scenario has not ended after %v: "+
			"stress cannot tell a deadlock; run it with the command explore", patience)})
	}
}

func (st *stress) first() *Failure {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.failure
}

// call runs f in the goroutine that calls, whatever f does to it.
func (st *stress) call(name string, f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer st.recovered(name)
		f()
	}()
	<-done
}

func (st *stress) recovered(name string) {
	if e := recover(); e != nil {
		st.note(KindPanic, fmt.Sprintf("panic in %s: %v", name, e))
	}
}

func (st *stress) start(name string, f func()) {
	st.all.Go(func() {
		defer st.recovered(name)
		<-st.ready
		f()
	})
}

func (st *stress) cancelable() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	st.mu.Lock()
	st.cancels = append(st.cancels, cancel)
	st.mu.Unlock()
	if moment := rand.IntN(64); moment < 32 {
		st.start("cancel", func() {
			for range moment {
				runtime.Gosched()
			}
			cancel()
		})
	}
	return ctx, cancel
}

func (st *stress) note(kind, message string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.failure == nil {
		st.failure = &Failure{Kind: kind, Message: message}
	}
}

func (st *stress) fail(kind, message string) {
	st.note(kind, message)
	runtime.Goexit()
}

func (st *stress) end(f func()) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.ends = append(st.ends, f)
}
