package main

import (
	"errors"
	"fmt"
	"runtime"
	gosync "sync"
	"sync/atomic"
)

var wg group


// group is a WaitGroup of which Wait2 waits until n are left.
type group struct {
	gosync.WaitGroup
	n atomic.Int64
}

func (g *group) Add(n int) { g.n.Add(int64(n)); g.WaitGroup.Add(n) }
func (g *group) Done()     { g.n.Add(-1); g.WaitGroup.Done() }
func (g *group) Wait2(n int64) {
	for g.n.Load() > n {
		runtime.Gosched()
	}
}

type yes bool
type fun func(int)
type counter struct {
	gosync.Mutex
	n int
}

func (c *counter) add(n int, done func()) {
	defer done()
	c.Lock()
	defer c.Unlock()
	c.n += n
}

func (c count) show(done func()) { line(c); done() }

type count int

type adder interface{ add(int, func()) }

func starts() {
	c := &counter{}
	run := func(f func()) { wg.Add(1); f(); wg.Wait() }
	run(func() { go func() { defer wg.Done(); line() }() })
	run(func() { go wg.Done() })
	run(func() { go c.add(1, wg.Done) })
	run(func() { go adder(c).add(2, wg.Done) })
	run(func() { go (*counter).add(c, 3, wg.Done) })
	run(func() {
		x := count(7)
		go x.show(wg.Done) // with 7
		x = 8
	})
	line(c.n)
	run(func() {
		f, n := func(n int) { line(n); wg.Done() }, 1
		go f(n) // this f, this n
		f, n = nil, 2
	})
	run(func() {
		go func(a, b int, s ...string) {
			line(a, b, s)
			wg.Done()
		}(
			1, // one
			2,
			"x", "y",
		)
	})
	run(func() { go variadic([]any{1, "a"}...) })
	run(func() { go variadic() })
	run(func() { go pair(two()) })
	run(func() { go fun(func(n int) { line(n); wg.Done() })(1 << len("ab")) })
	wg.Wait()
}

func variadic(a ...any)         { line(a...); wg.Done() }
func two() (int, error)         { return 1, errors.New("e") }
func pair(n any, err error) int { line(n, err); wg.Done(); return 1 }

// An argument has the type of the parameter, not its own.
func typed() {
	wg.Add(5)
	n := 40
	func() { go func(b yes) { fmt.Printf("%T\n", b); wg.Done() }(n == 40); wg.Wait2(4) }()
	func() { go func(x int64) { line(x); wg.Done() }(1 << n); wg.Wait2(3) }()
	func() { go func(p *int, e error, f func()) { line(p, e, f == nil); wg.Done() }(nil, nil, nil); wg.Wait2(2) }()
	func() { go func(a any) { fmt.Printf("%T\n", a); wg.Done() }('a'); wg.Wait2(1) }()
	go func() int { wg.Done(); return 1 }()
	wg.Wait()
}

func builtins() {
	ch, ch2 := make(chan int), make(chan int)
	first := ch
	go close(ch)
	ch = ch2
	<-first
	m := map[string]int{"a": 1}
	s := []int{1, 2}
	go delete(m, "b")
	go copy(s, []int{3})
	go print()
	go println()
	go recover()
	go clear(map[string]int(nil))
	line(<-first)
	for len(m) != 1 {
	}
}

func id[T any](v T, done func())                { line(v); done() }
func conv[T, U any](v U, done func())           { var t T; fmt.Printf("%T %T\n", t, v); done() }
func swap[C ~chan T, T any](in C, out chan<- T) { out <- <-in; close(out) }
func drain[C chan T | <-chan T, T any](c C) (all []T) {
	for v := range c {
		all = append(all, v)
	}
	_, ok := <-c
	line(len(c), ok)
	return all
}
func pick[T any, F ~func(T)](f F, v T, ch chan T) {
	go f(v)
	select {
	case x, ok := <-ch:
		line(x, ok)
	}
}

func generic() {
	wg.Add(4)
	go id("a", wg.Done)
	for len("x") == 0 {
	}
	wg.Wait2(3)
	go id[any](2, wg.Done)
	wg.Wait2(2)
	go conv[int]("b", wg.Done)
	wg.Wait2(1)
	go conv[int, any]("b", wg.Done)
	wg.Wait()
	in, out := make(named, 1), make(chan int, 1)
	in <- 5
	go swap(in, out)
	line(drain(out))
	line(drain[<-chan int](full(1)))
	ch := make(chan int)
	pick(func(n int) { ch <- n }, 6, ch)
}
