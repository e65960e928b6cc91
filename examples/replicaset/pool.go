package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// poolSize bounds the connections to one member: a thousand senders share them.
const poolSize = 16

// pool holds the connections to one member. The channel carries a token for each: a connection, or nil,
// which is the permission to dial one. Whoever has taken a token puts one back.
type pool struct {
	addr   string
	m      *meter
	tokens chan *conn
	closed atomic.Bool // Close was called
}

func newPool(m *meter, addr string) *pool {
	p := &pool{addr: addr, m: m, tokens: make(chan *conn, poolSize)}
	for range poolSize {
		p.tokens <- nil
	}
	return p
}

func (p *pool) call(ctx context.Context, request string) (words []string, err error) {
	var c *conn
	select {
	case c = <-p.tokens:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { p.tokens <- c }()
	if c == nil {
		if c, err = p.m.dial(ctx, p.addr); err != nil {
			return nil, err
		}
	}
	words, err = c.roundTrip(ctx, request)
	if _, refused := errors.AsType[errRefused](err); err != nil && !refused {
		c.Close()
		c = nil
	}
	return words, err
}

// Close closes what is in the pool. It may be called only when nobody is in call: then every token is at
// home. One that is not was taken from under a reader, and is counted.
func (p *pool) Close() {
	p.closed.Store(true)
	for range poolSize {
		select {
		case c := <-p.tokens:
			if c != nil {
				c.Close()
			}
		default:
			p.m.closedUnderReader.Add(1)
		}
	}
}

// pools is a table of pools that only grows, for the two designs that cannot tell when a pool has lost its
// last reader: they keep the pools of the dead until the client is closed.
type pools struct {
	mu sync.Mutex // guards of; nothing is called under it
	of map[string]*pool
}

func (ps *pools) get(m *meter, addr string) *pool {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	p := ps.of[addr]
	if p == nil {
		if ps.of == nil {
			ps.of = make(map[string]*pool)
		}
		p = newPool(m, addr)
		ps.of[addr] = p
	}
	return p
}

func (ps *pools) closeAll() {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for _, p := range ps.of {
		p.Close()
	}
}
