package main

import (
	ctx "context"
	"fmt"
	"sync/atomic"
	_ "time"
	time2 "time"
)

// Channels where one does not expect them.
func odd() {
	ch := full(1, 2, 3, 4, 5, 6, 7, 8, 9)
	if v, ok := <-ch; ok && v < <-ch {
		line(v)
	}
	switch x := <-ch; x {
	case <-full(3):
		line(x)
	}
	switch <-ch {
	case 4:
		line("four")
	}
	out := make(chan int, 9)
	for i := 0; i < 2; out <- i {
		i += <-full(1)
	}
	if out <- 7; len(out) > 2 {
		line(len(out))
	}
	for range len(out) {
		line(<-out)
	}
	line([]int{<-ch, <-ch}, map[int]int{<-ch: <-ch}, struct{ v int }{<-ch}, [...]int{2: <-full(1)})
	out <- <-full(3) + len(full(1, 2))
	line(func() (int, int) { return <-full(1), <-full(2) }())
	line(<-out, fmt.Sprint(<-full("a")))
	const n = len([3]chan int{})
	var a [len([2]chan int{})]int
	line(n, a, atPackage)
	chans := map[string]chan int{"a": full(5)}
	line(<-chans["a"], <-chans["a"])
	p := &chans
	(*p)["b"] = out
	(*p)["b"] <- 6
	line(<-(*p)["b"])
	func(r <-chan int, s chan<- int) { s <- 1; line(<-r) }(out, out)
	var bs = make(chan []byte, 1)
	bs <- []byte("x")
	for i, b := range <-bs {
		line(i, b)
	}
	line(<-(<-chan int)(full(1)), (<-chan int)(nil) == nil, <-(chan int)(full(2)))
	type C chan<- (<-chan int)
	c := make(chan (<-chan int), 1)
	C(c) <- full(4)
	line(<-<-c)
	var f func(<-chan int) = func(<-chan int) {}
	f(nil)
	defer line("deferred", <-full(1))
	defer close(out)
	defer func() { out <- 1; line(<-out) }()
	var x, y any = <-full(1), out
	line(x, len(y.(chan int)))
	select {
	case <-full(1):
	case v, ok := <-out:
		line(v, ok)
	}
	_ = 0
	_ = <-full(1)
	var _ = <-full(2)
	goto end
end:
	for range full(1) {
		break end
	}
}

var atPackage = <-full(5)

// Nothing stands between a keyword and its operand.
func dense() int {
	ch := full(1, 2, 3)
	if<-ch == 1 {
		line()
	}
	switch<-ch {
	case<-full(2):
		line()
	}
	out := make(chan int, 1)
	if(out)<-4; len(out) == 1 {
		line()
	}
	for range<-full([]int{1}) {
		line()
	}
	return<-out
}

// What breaks a select, continues the loop around it, jumps, returns or falls out.
func outOf() {
	line(find(full(1, 2, 3), 2), find(full(1), 2), find(nil, 0))
	for i := range 3 {
		select {
		case v := <-full(i):
			if v == 1 {
				continue
			}
			if v == 2 {
				break
			}
			line(v)
		}
		line("after", i)
	}
	i := 0
again:
	select {
	case <-full(1):
		if i++; i < 3 {
			goto again
		}
		goto out
	default:
	}
	line("not here")
out:
	func() {
		for {
			select {
			case <-full(1):
				defer line("deferred in a case")
				return
			}
		}
	}()
	switch {
	case true:
		select {
		case <-full(1):
			break
		}
		fallthrough
	case false:
		line("fell through")
	}
loop:
	for v := range full(1, 2, 3, 4) {
		select {
		case w := <-full(v):
			switch {
			case w == 1:
				continue loop
			case w == 3:
				break loop
			}
			line(w)
		}
	}
l:
	for v := range full(1, 2) {
		for range full(1) {
			if v == 1 {
				continue l
			}
			goto done
		}
	}
done:
	line(i)
	type t struct{ v int }
	var s struct {
		t
		ok bool
	}
	select {
	case s.t.v, s.ok = <-full(3):
	}
	e := make([]any, 1)
	select {
	case e[0] = <-full(4):
		line(s, e)
	}
	var q *int
	func() {
		defer func() { line(recover() != nil, i) }()
		select {
		case *q = <-full(1):
		}
	}()
	select {
	case v, _ := <-full(1):
		line(v)
	}
	var nilled chan int
	select {
	case _, _ = <-full(1):
	case _ = <-nilled:
	}
	select {
	case nilled <- 1:
	case <-nilled:
	default:
		line("nil blocks")
	}
	closed := full[int]()
	func() {
		defer func() { line(recover()) }()
		select {
		case closed <- 1:
		}
	}()
	func() {
		defer func() { line(recover()) }()
		close(closed)
	}()
	func() {
		defer func() { line(recover()) }()
		close(nilled)
	}()
}

func find(ch <-chan int, want int) (i int) {
	for {
		select {
		case v, ok := <-ch:
			switch {
			case !ok:
				return -1
			case v == want:
				return
			}
			i++
		default:
			return -2
		}
	}
}

// Names that mean something else here than they usually do.
func named2() {
	var n atomic.Int32
	atomic := &n
	atomic.Add(2)
	c, context := ctx.WithTimeout(ctx.Background(), time2.Hour)
	defer context()
	line(atomic.Load(), c.Err(), time2.Duration(3)*time2.Second)
	type sync struct{ time, runtime int }
	line(sync{time: 1, runtime: 2})
	var petiole_1, petiole_lang = 1, 2
	select {
	case v := <-full(petiole_1 + petiole_lang):
		line(v)
	}
	var any int
	for int := range full(1) {
		any += int
	}
	line(any)
	var make, bool, append = 1, 2, 3
	ch := full(1)
	select {
	case _, ok := <-ch:
		line(ok, make, bool, append)
	}
	wg.Add(1)
	go func(bool int) { wg.Done() }(bool + len(fmt.Sprint(1)))
	wg.Wait()
}
