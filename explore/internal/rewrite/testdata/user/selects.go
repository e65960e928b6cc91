package main

import (
	"runtime"
	"time"
)

func selects() {
	ch, never := full(1, 2, 3, 4, 5), make(chan int)
	select {
	case v := <-ch:
		line(v)
	case <-never:
	}
	select {
	// a comment
	case v, ok := <-(ch): line(v, ok)

	// another
	case never <- 1: line("never") // and one
	}
	var v any
	var ok bool
	select {
	case v, ok = (<-ch):
		line(v, ok)
	}
	a := []int{0, 0}
	i := func() int { line("i"); return 1 }
	select {
	case a[i()] = <-ch:
		line(a)
	case a[i()] = <-never:
	}
	select { case (<-ch): line("paren"); case <-never: }
	select {
	default:
		line("default")
	case <-never:
	case never <- 2:
	}
	select {
	default:
		line("only default")
	}
	select {
	case x := (<-full(1)):
		x, y := x+1, 2
		line(x, y)
	}
	select {
	case <-func() chan int { line("f"); return full(1) }():
	case never <- func() int { line("g"); return 1 }():
	case <-time.After(time.Minute):
	}
	select {
	case _, ok := <-full[int]():
		line(ok)
		if !ok {
			break
		}
		line("not here")
	}
	for range 3 {
		select {
		case v := <-ch:
			line(v)
			continue
		default:
			runtime.Gosched()
		}
	}
}

// A select that ends a function needs no return after it.
func ends() {
	line(end(full(1), nil))
	go func() { select {} }()
	line(forever)
}

func end(a chan int, b chan string) int {
	select {
	case v := <-a:
		return v
	case <-b:
		panic(b)
	}
}

var forever = func() int {
	if 1 == 1 {
		return 1
	}
	select {}
}()

func order() {
	mark := func(s string, ch chan int) chan int { line(s); return ch }
	value := func(s string, v int) int { line(s); return v }
	ch := make(chan int, 1)
	select {
	case v := <-mark("a", nil):
		line(v)
	case mark(
		"b",
		ch,
	) <- value("c",
		3):
		line("sent")
	case mark("d", nil) <- value("e", 1):
	}
	mark("f", ch) <- value("g", <-ch)
	line(<-ch)
}

func nested() {
	select {
	case v := <-func() chan int {
		select {
		case v := <-full(1):
			line(v)
			for range full(1) {
				line("in")
			}
			return full(v + 1)
		}
	}():
		line(v)
		select {
		case v := <-full(v * 2):
			line(v)
		}
	}
}

func labels() {
	n := 0
loop:
	for {
		select {
		case <-full(1):
			if n++; n < 3 {
				continue loop
			}
			break loop
		}
	}
here:
	select {
	case <-full(1):
		for {
			break here
		}
	}
	n--
	if n > 0 {
		goto here
	}
	line(n)
}
