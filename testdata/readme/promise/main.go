// What README's section Promise refers to, and what must come of it.
package main

import (
	"context"
)

var ctx = context.Background()

var got bool

func ask() int { return 42 }

func check(n int, err error) {
	if n != 42 || err != nil {
		panic("another answer")
	}
	got = true
}

func main() {
	block()
	if !got {
		panic("not got")
	}
}
