package explored_test

import (
	gocontext "context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/internal/sched"
	"github.com/petiole-go/petiole/explore/shim/context"
	"github.com/petiole-go/petiole/explore/shim/lang"
	"github.com/petiole-go/petiole/explore/shim/sync"
	"github.com/petiole-go/petiole/explore/shim/sync/atomic"
	"github.com/petiole-go/petiole/explore/shim/time"
)

// A passing gives two goroutines a way in which one tells the other that it has
// written, and the other waits for that.
type passing func(s *explore.S) (tell, wait func())

func spin(ok func() bool) {
	for !ok() {
		lang.Gosched()
	}
}

// edges are the ones of the Go memory model.
var edges = map[string]passing{
	"atomic": func(*explore.S) (tell, wait func()) {
		var n atomic.Int64
		return func() { n.Store(1) }, func() { spin(func() bool { return n.Load() == 1 }) }
	},
	"atomic word": func(*explore.S) (tell, wait func()) {
		n := new(int32)
		return func() { atomic.AddInt32(n, 1) }, func() { spin(func() bool { return atomic.CompareAndSwapInt32(n, 1, 2) }) }
	},
	"Value": func(*explore.S) (tell, wait func()) {
		var v atomic.Value
		return func() { v.Store(1) }, func() { spin(func() bool { return v.Load() != nil }) }
	},
	"Pointer": func(*explore.S) (tell, wait func()) {
		var p atomic.Pointer[int]
		return func() { p.Swap(new(int)) }, func() { spin(func() bool { return p.Load() != nil }) }
	},
	"Mutex": func(*explore.S) (tell, wait func()) {
		var mu sync.Mutex
		told := false
		return func() { mu.Lock(); told = true; mu.Unlock() }, func() {
			spin(func() bool { mu.Lock(); defer mu.Unlock(); return told })
		}
	},
	"TryLock": func(*explore.S) (tell, wait func()) {
		var mu sync.Mutex
		mu.Lock()
		return mu.Unlock, func() { spin(mu.TryLock) }
	},
	"RWMutex": func(*explore.S) (tell, wait func()) {
		var rw sync.RWMutex
		rw.Lock()
		return rw.Unlock, rw.RLock
	},
	"RWMutex, to a writer": func(*explore.S) (tell, wait func()) {
		var rw sync.RWMutex
		rw.RLock()
		return rw.RUnlock, rw.Lock
	},
	"Cond": func(*explore.S) (tell, wait func()) {
		var mu sync.Mutex
		cond, told := sync.NewCond(&mu), false
		return func() { mu.Lock(); told = true; mu.Unlock(); cond.Signal() }, func() {
			mu.Lock()
			for !told {
				cond.Wait()
			}
			mu.Unlock()
		}
	},
	"WaitGroup": func(*explore.S) (tell, wait func()) {
		var wg sync.WaitGroup
		wg.Add(1)
		return wg.Done, wg.Wait
	},
	"Map": func(*explore.S) (tell, wait func()) {
		var m sync.Map
		return func() { m.Store(1, 1) }, func() { spin(func() bool { _, ok := m.Load(1); return ok }) }
	},
	"channel": func(*explore.S) (tell, wait func()) {
		ch := make(chan int)
		return func() { lang.Send(ch)(1) }, func() { lang.Recv(ch) }
	},
	"channel, backwards": func(*explore.S) (tell, wait func()) {
		ch := make(chan int)
		return func() { lang.Recv(ch) }, func() { lang.Send(ch)(1) }
	},
	"channel with room": func(*explore.S) (tell, wait func()) {
		ch := make(chan int, 1)
		return func() { lang.Send(ch)(1) }, func() { lang.Recv(ch) }
	},
	"channel that is full": func(*explore.S) (tell, wait func()) {
		ch := make(chan int, 1)
		ch <- 1
		return func() { lang.Recv(ch) }, func() { lang.Send(ch)(1) }
	},
	"close": func(*explore.S) (tell, wait func()) {
		ch := make(chan int)
		return func() { lang.Close(ch) }, func() { lang.Recv2(ch) }
	},
	"select": func(*explore.S) (tell, wait func()) {
		a, b := make(chan int), make(chan int)
		return func() { lang.Select(true, lang.SendCase(a)(1), lang.RecvCase(b)) }, func() { lang.Select(true, lang.RecvCase(a), lang.SendCase(b)(2)) }
	},
	"select with a default": func(*explore.S) (tell, wait func()) {
		ch := make(chan int)
		return func() { lang.Send(ch)(1) }, func() { spin(func() bool { return lang.Select(false, lang.RecvCase(ch)) == 0 }) }
	},
	"cancel, Done": func(*explore.S) (tell, wait func()) {
		ctx, cancel := context.WithCancel(context.Background())
		return cancel, func() { lang.Recv(ctx.Done()) }
	},
	"cancel, Err": func(*explore.S) (tell, wait func()) {
		ctx, cancel := context.WithCancel(context.Background())
		return cancel, func() { spin(func() bool { return ctx.Err() != nil }) }
	},
	"cancel, a child's Cause": func(*explore.S) (tell, wait func()) {
		ctx, cancel := context.WithCancelCause(context.Background())
		child, cancelChild := context.WithCancel(context.WithValue(ctx, key(1), 1))
		return func() { cancel(nil) }, func() { defer cancelChild(); spin(func() bool { return context.Cause(child) != nil }) }
	},
	"cancel, another's child": func(*explore.S) (tell, wait func()) {
		ctx, cancel := context.WithCancel(context.Background())
		child, cancelChild := gocontext.WithCancel(ctx)
		return cancel, func() { defer cancelChild(); lang.Recv(child.Done()) }
	},
	"cancel by another, a child": func(*explore.S) (tell, wait func()) {
		ctx, cancel := gocontext.WithCancel(gocontext.Background())
		child, cancelChild := context.WithCancel(ctx)
		return cancel, func() { defer cancelChild(); lang.Recv(child.Done()) }
	},
	"context.AfterFunc": func(*explore.S) (tell, wait func()) {
		ctx, cancel := context.WithCancel(context.Background())
		ch := make(chan int)
		context.AfterFunc(ctx, func() { lang.Close(ch) })
		return cancel, func() { lang.Recv(ch) }
	},
	"Timer.Reset": func(*explore.S) (tell, wait func()) {
		timer := time.NewTimer(5)
		timer.Stop()
		return func() { timer.Reset(5) }, func() { lang.Recv(timer.C) }
	},
	"time.AfterFunc": func(*explore.S) (tell, wait func()) {
		ch := make(chan int)
		return func() { time.AfterFunc(5, func() { lang.Close(ch) }) }, func() { lang.Recv(ch) }
	},
}

// What one goroutine has written before an edge another reads after it: it is there,
// and is no race.
func TestEdges(t *testing.T) {
	for name, edge := range edges {
		for search, o := range searches {
			t.Run(name+"/"+search, func(t *testing.T) {
				passes(t, o, func(s *explore.S) {
					tell, wait := edge(s)
					x := 0
					s.Go("tells", func() { x = 1; tell() })
					s.Go("waits", func() { wait(); s.Assert(x == 1, "x is %d", x) })
				})
			})
		}
	}
}

// quiet are programs without a race that are no such passing, racy are some with one.
// The variable is x.
var quiet = map[string]func(s *explore.S, x *int){
	"body and end": func(s *explore.S, x *int) {
		*x = 1
		s.Go("a", func() { *x = 2 })
		s.End(func() { *x = 3 })
	},
	"go": func(s *explore.S, x *int) {
		s.Go("a", func() { *x = 1; lang.Go(func() { *x = 2 }) })
	},
	"WaitGroup.Go": func(s *explore.S, x *int) {
		s.Go("a", func() {
			var wg sync.WaitGroup
			wg.Go(func() { *x = 1 })
			wg.Wait()
			*x = 2
		})
	},
	"WaitGroup, again and again": func(s *explore.S, x *int) {
		var wg sync.WaitGroup
		ch := make(chan int)
		wg.Add(1)
		s.Go("adds", func() {
			wg.Add(1) // not from 0
			wg.Add(-2)
			lang.Recv(ch)
			lang.Recv(ch)
			wg.Add(1)
			lang.Go(wg.Done)
			wg.Wait()
		})
		for range 2 {
			s.Go("waits", func() { wg.Wait(); lang.Send(ch)(1) })
		}
	},
	"Once": func(s *explore.S, x *int) {
		var once sync.Once
		for range 2 {
			s.Go("a", func() { once.Do(func() { *x = 1 }); s.Assert(*x == 1, "x is %d", *x) })
		}
	},
	"OnceValue": func(s *explore.S, x *int) {
		value := sync.OnceValue(func() int { *x = 1; return 1 })
		for range 2 {
			s.Go("a", func() { s.Assert(value() == *x, "x is %d", *x) })
		}
	},
	"Pool": func(s *explore.S, x *int) {
		var p sync.Pool
		s.Go("puts", func() { *x = 1; p.Put(x) })
		s.Go("gets", func() {
			if x, ok := p.Get().(*int); ok {
				*x = 2
			}
		})
	},
	"what an event starts": func(s *explore.S, x *int) {
		ctx, _ := s.Cancelable("ctx")
		s.Go("a", func() { *x = 1; context.AfterFunc(ctx, func() { *x = 2 }) })
	},
	"a timer that is set again": func(s *explore.S, x *int) {
		s.Go("a", func() {
			timer := time.AfterFunc(5, func() { *x = 1 })
			if timer.Stop() {
				*x = 2
				timer.Reset(5)
			}
		})
	},
	"what is deferred where a schedule is cut": func(s *explore.S, x *int) {
		var mu sync.Mutex
		var n atomic.Int64
		for range 2 {
			s.Go("a", func() {
				defer func() { mu.Lock(); *x++; mu.Unlock() }()
				n.Load()
				mu.Lock()
				*x++
				mu.Unlock()
				n.Load()
			})
		}
	},
}

var racy = map[string]func(s *explore.S, x *int){
	"nothing": func(s *explore.S, x *int) {
		s.Go("a", func() { *x = 1 })
		s.Go("b", func() { *x = 2 })
	},
	"another mutex": func(s *explore.S, x *int) {
		for range 2 {
			var mu sync.Mutex
			s.Go("a", func() { mu.Lock(); *x++; mu.Unlock() })
		}
	},
	"two readers": func(s *explore.S, x *int) {
		var rw sync.RWMutex
		for range 2 {
			s.Go("a", func() { rw.RLock(); *x++; rw.RUnlock() })
		}
	},
	"a load before the store": func(s *explore.S, x *int) {
		var n atomic.Int64
		s.Go("a", func() { *x = 1; n.Store(1) })
		s.Go("b", func() { n.Load(); *x = 2 })
	},
	"an Add from 0 beside a Wait": func(s *explore.S, _ *int) {
		var wg sync.WaitGroup
		s.Go("adds", func() { wg.Add(1); wg.Done() })
		s.Go("waits", wg.Wait)
	},
	"two channels": func(s *explore.S, x *int) {
		a, b := make(chan int, 1), make(chan int, 1)
		s.Go("a", func() { *x = 1; lang.Send(a)(1) })
		s.Go("b", func() { lang.Send(b)(1); *x = 2 })
	},
	"a cancellation by nobody": func(s *explore.S, x *int) {
		ctx, _ := s.Cancelable("ctx")
		s.Go("a", func() { *x = 1; lang.Gosched() })
		s.Go("b", func() {
			if lang.Select(false, lang.RecvCase(ctx.Done())) == 0 && ctx.Err() != nil {
				*x = 2
			}
		})
	},
	"sleep": func(s *explore.S, x *int) {
		s.Go("a", func() { *x = 1 })
		s.Go("b", func() { time.Sleep(5); *x = 2 })
	},
	"yield": func(s *explore.S, x *int) {
		s.Go("a", func() { *x = 1; lang.Gosched() })
		s.Go("b", func() { lang.Gosched(); lang.Gosched(); *x = 2 })
	},
	"after the go statement": func(s *explore.S, x *int) {
		s.Go("a", func() { lang.Go(func() { *x = 1 }); *x = 2 })
	},
}

// What these programs order is ordered for the race detector too: it is silent.
func TestNoRace(t *testing.T) {
	for name, scenario := range quiet {
		for search, o := range searches {
			t.Run(name+"/"+search, func(t *testing.T) {
				passes(t, o, func(s *explore.S) { scenario(s, new(int)) })
			})
		}
	}
}

// A race is reported, though only one goroutine runs at a time: switching is no edge.
// So it is whichever way the schedules are searched. (Each in a process of its own: a
// race is reported once.)
func TestRace(t *testing.T) {
	if !sched.Raced {
		t.Skip("needs the race detector")
	}
	options := []explore.Options{{}, {Preemptions: -1}, {Random: true, Schedules: 50}}
	var name string
	var search int
	if _, err := fmt.Sscanf(os.Getenv("EXPLORED_RACE"), "%d,%q", &search, &name); err == nil {
		passes := func(s *explore.S) { racy[name](s, new(int)) }
		_, err := explore.Run(options[search], passes)
		fmt.Println("has run", err)
		return
	}
	again(t)
	for name := range racy {
		for search, o := range options {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRace$")
			cmd.Env = append(os.Environ(), fmt.Sprintf("EXPLORED_RACE=%d,%q", search, name))
			out, err := cmd.CombinedOutput()
			require.Error(t, err, "%s, %+v: %s", name, o, out)
			require.Contains(t, string(out), "WARNING: DATA RACE", "%s, %+v", name, o)
			require.Contains(t, string(out), "has run <nil>", "%s, %+v", name, o)
		}
	}
}
