package programs

import (
	"context"
	"sync/atomic"
)

// A Conn is open until it is closed; open counts.
type Conn struct{ open *atomic.Int64 }

func Open(open *atomic.Int64) *Conn {
	open.Add(1)
	return &Conn{open}
}

func (c *Conn) Close() { c.open.Add(-1) }

// Dial opens a connection, unless ctx ends first.
func Dial(ctx context.Context, open *atomic.Int64) (*Conn, error) {
	opened := make(chan *Conn, 1)
	go func() { opened <- Open(open) }()
	select {
	case c := <-opened:
		return c, nil
	case <-ctx.Done():
		go func() { (<-opened).Close() }()
		return nil, ctx.Err()
	}
}

func BrokenDial(ctx context.Context, open *atomic.Int64) (*Conn, error) {
	opened := make(chan *Conn, 1)
	go func() { opened <- Open(open) }()
	select {
	case c := <-opened:
		return c, nil
	case <-ctx.Done():
		return nil, ctx.Err() // BUG: the connection that comes, or is there, stays open
	}
}
