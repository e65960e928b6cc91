package main

import (
	"fmt"
	. "runtime"
)

func full[T any](v ...T) chan T {
	ch := make(chan T, len(v)+1)
	for _, x := range v {
		ch /* to the left */ <- x
	}
	close(ch)
	return ch
}

type named chan int

func receive() {
	ch := full(1, 2, 3, 4, 5, 6, 7)
	<-ch
	v := <-ch
	v, ok := <-ch
	line(v, ok)
	var w, ok2 = <-ch
	var f = func(n int) int { return n }
	line(w, ok2, -<-ch+1, f(<-ch), (<-(ch)))
	_, ok = (<-ch)
	line(ok)
	nn := named(full(8))
	line(<-nn)
	var e error
	e, ok = <-full(fmt.Errorf("e"))
	line(e, ok)
	var a any = <-full[<-chan int](full(9))
	line(<-a.(<-chan int))
	line(<-<-full(full(10)), /* a comment */ <-full("x"))
}

func send() {
	ch := make(chan any, 9)
	ch <- 1
	ch <- nil
	ch <- fmt.Errorf("e") // a comment
	ch <-
		// another
		func() int { return 7 }()
	var only chan<- any = ch
	only <- <-ch
	(ch) <- ch == nil
	f := make(chan float64, 1)
	f <- 1 << 3
	line(<-f, len(ch), len(only), cap(only))
	close(only)
	for v := range ch {
		line(v)
	}
	func() {
		defer func() { line(recover()) }()
		ch <- 1
	}()
}

func ranges() {
	for range full(1, 2) {
		line()
	}
	for _ = range full(1) {
		line()
	}
	var x any
	for x = range full(1, 2) {
		line(x)
	}
	m := map[string]int{}
	for m["a"] = range full(
		3,
		4,
	) {
		line(m)
	}
	var fs []func() int
	for v := range full(1, 2, 3) {
		v := v + 1
		if v == 3 {
			continue
		}
		fs = append(fs, func() int { return v })
	}
	for v := range full(1, 2) {
		fs = append(fs, func() int { v++; return v })
	}
	for _, f := range fs { // no channel
		line(f(), f())
	}
outer:
	for a := range full(1, 2, 3) {
		for b := range full(1, 2, 3) {
			switch {
			case b == 2:
				continue outer
			case a == 3:
				break outer
			}
			line(a, b)
		}
	}
	line(first(full(5, 6)))
}

func first(ch <-chan int) int {
	for v := range ch { return v }
	return 0
}

func lengths() {
	ch := make(chan int, 3)
	ch <- 1
	var r <-chan int = ch
	line(len(ch), len(r), (len)(ch), cap(r), len("abc"), len([2]chan int{}))
	defer close(ch)
	defer func() { line(len(ch)) }()
	f := Gosched
	f()
	Gosched()
}

func shadows() {
	close := func(ch chan int) { line("mine") }
	len := func(ch chan int) int { return 42 }
	ch := make(chan int, 1)
	close(ch)
	true, panic, nil := false, 1, 2
	select {
	case ch <- panic + nil:
		line(len(ch), true)
	}
	sync := 3
	line(sync)
}
