// What README's section Pool refers to, and what must come of it.
package main

import (
	"context"
	"sync/atomic"

	"github.com/petiole-go/petiole/vigil"
)

var ctx = context.Background()

var keeper = vigil.New(vigil.Options{})

var open, sent atomic.Int64

type socket struct{}

func dial(context.Context) (*socket, error) {
	if open.Add(1) > 8 {
		panic("more than Max are open")
	}
	return new(socket), nil
}

func (*socket) close() error {
	open.Add(-1)
	return nil
}

func send(*socket) error {
	sent.Add(1)
	return nil
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

var pool = vigil.NewPool(keeper, vigil.PoolOptions[*socket]{Max: 8, New: dial, Close: (*socket).close})

func main() {
	block()
	check(pool.Shutdown(ctx))
	if open.Load() != 0 || sent.Load() != 100 {
		panic("not all came back")
	}
}
