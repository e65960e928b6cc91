package main

import (
	"context"
	"sync"
)

// byWorker keeps sockets in a map, by the worker that they are bound to. They are given back when somebody says so.
//
// Harm: who ends without saying so takes the socket along, and the map keeps it from the collector too. It must
// show: each worker of this example does, so each needs a new socket, and there are more workers than descriptors.
// A limit on the sockets would not help: the workers that come when it is reached would wait for ever.
type byWorker struct {
	net  *network
	idle chan *conn

	mu    sync.Mutex // guards what follows; nothing is called under it
	loans uint64
	bound map[int]*kept
}

func newByWorker(n *network) *byWorker {
	return &byWorker{net: n, idle: make(chan *conn, descriptors), bound: map[int]*kept{}}
}

// kept is a socket in the map.
type kept struct {
	pool   *byWorker
	worker int
	loan   uint64
	conn   *conn
}

func (p *byWorker) bind(ctx context.Context, worker int) (socket, error) {
	var c *conn
	select {
	case c = <-p.idle:
	default:
		var err error
		// Who is dialling when another fails goes on, so all descriptors are in the map in the end.
		if c, err = p.net.dial(context.WithoutCancel(ctx)); err != nil {
			return nil, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.loans++
	k := &kept{p, worker, p.loans, c}
	p.bound[worker] = k
	return k, nil
}

func (k *kept) Use(f func(*conn) error) error { return f(k.conn) }
func (k *kept) Token() uint64                 { return k.loan }

func (k *kept) Release() error {
	k.pool.mu.Lock()
	delete(k.pool.bound, k.worker)
	k.pool.mu.Unlock()
	k.pool.idle <- k.conn // there is room for all
	return nil
}
