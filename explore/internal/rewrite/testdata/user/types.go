package main

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

type locker = sync.Locker

type embedded struct {
	sync.RWMutex
	*sync.Once
	v    atomic.Pointer[string]
	done <-chan struct{}
}

func typesOf() {
	ctx, cancel := context.WithCancel(context.Background())
	e := &embedded{RWMutex: sync.RWMutex{}, Once: new(sync.Once), done: ctx.Done()}
	var l locker = e.RLocker()
	l.Lock()
	lock := e.RWMutex.RUnlock
	lock()
	e.Do(func() { line("once") })
	s := "x"
	e.v.Store(&s)
	cancel()
	<-e.done
	line(*e.v.Load(), ctx.Err())
	var d time.Duration = time.Second
	m := map[locker]time.Time{l: {}}
	line(d, len(m))
}

// The line that the runtime knows is that of the source, after everything.
func lines() {
	select {
	case <-full(
		1,
		2):
	case func() chan int {
		line()
		return nil
	}() <- 1:
		line()
	}; line()
	for range full(
		1) {
		line()
	}
	defer func() {
		fmt.Println(recover())
		pc := make([]uintptr, 9)
		frames := runtime.CallersFrames(pc[:runtime.Callers(3, pc)])
		f, _ := frames.Next()
		fmt.Println(f.File, f.Line, f.Function)
	}()
	go func() {
		line()
		panics <- 0
	}(); line(<-panics)
	panic("end")
}

var panics = make(chan int)
