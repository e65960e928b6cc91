package main

import (
	"context"

	"github.com/petiole-go/petiole/vigil"
)

// vigils has the sockets under vigil: the context says which worker has which, and when that ends, however it does,
// the socket is taken back, once. One whose worker returned goes to the next. One whose worker was cut short, by a
// panic or a Goexit, is closed, as half an answer may be in it.
//
// Nothing here asks who is still alive: no map of workers, no sweep, no finalizer.
type vigils struct{ *vigil.Pool[*conn] }

func newVigils(k *vigil.Keeper, n *network, atMost int) vigils {
	return vigils{vigil.NewPool(k, vigil.PoolOptions[*conn]{Max: atMost, New: n.dial, Close: n.hangUp})}
}

func (p vigils) bind(ctx context.Context, _ int) (socket, error) {
	g, err := p.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	return g, nil
}
