// What README's section Guard refers to, and what must come of it.
package main

import (
	"context"

	"github.com/petiole-go/petiole/vigil"
)

var ctx = context.Background()

type socket struct{}

var closed []vigil.Cause

func dial() *socket { return new(socket) }

func send(*socket) error { return nil }

func (*socket) close(c vigil.Cause) error {
	closed = append(closed, c)
	return nil
}

var keeper = vigil.New(vigil.Options{})

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	block()
	if len(closed) != 1 || closed[0] != vigil.Returned {
		panic("not closed once")
	}
}
