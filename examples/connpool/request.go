package main

import (
	"context"
	"runtime"
)

// pool binds sockets to workers.
type pool interface {
	bind(ctx context.Context, worker int) (socket, error)
}

// socket is one that is bound. A guard of vigil's is one as it is.
type socket interface {
	Use(f func(*conn) error) error
	Token() uint64 // the number of the loan
	Release() error
}

// request is PyMongo's: from start on a worker has a socket to itself, until it has said end as often as start.
type request struct {
	pool   pool
	worker int
	starts int
	socket socket
}

func (r *request) start(ctx context.Context) (err error) {
	if r.starts == 0 {
		r.socket, err = r.pool.bind(ctx, r.worker)
	}
	if err == nil {
		r.starts++
	}
	return err
}

func (r *request) end() (err error) {
	if r.starts--; r.starts == 0 {
		err = r.socket.Release()
	}
	return err
}

const asks = 2 // of a worker; with one alone two on a socket might not meet

// ways is how the workers end, by turns.
var ways = [...]string{"returned", "returned", "panicked", "goexited"}

// work is what each worker does: it talks to the server over its socket, and ends without giving that back.
func work(ctx context.Context, p pool, worker int) error {
	r := request{pool: p, worker: worker}
	if err := r.start(ctx); err != nil {
		return err
	}
	loan := r.socket.Token()
	for range asks {
		if err := r.socket.Use(func(c *conn) error { return c.ask(loan) }); err != nil {
			return err
		}
	}
	// These leave an answer in the socket: whoever got it next would take that for his own.
	cutShort := func(c *conn) error { return c.send(loan) }
	switch worker % len(ways) {
	case 0: // forgets to say end
	case 1: // says it once too seldom
		if err := r.start(ctx); err != nil {
			return err
		}
		return r.end()
	case 2:
		if err := r.socket.Use(cutShort); err != nil {
			return err
		}
		panic("a worker panics")
	case 3:
		if err := r.socket.Use(cutShort); err != nil {
			return err
		}
		runtime.Goexit()
	}
	return nil
}
