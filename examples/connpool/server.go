package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strconv"
	"sync"
)

// server is what the sockets lead to. It answers each line with the same line, and it is who judges: how many
// connections are open, and whether one is used by two, is counted here, where a pool cannot flatter itself.
//
// A line is the number of a loan. Each loan of a pool has a larger one than those before it, so a connection on which
// the number goes back is used by somebody who no longer has it, or by two at a time.
type server struct {
	addr  string
	close func()

	mu      sync.Mutex // guards what follows; nothing is called under it
	tally   tally
	changed chan struct{} // closed, and another made, whenever Open changes
}

// tally is what the server has counted.
type tally struct {
	Accepted, Open int // connections
	Lines, Mixed   int // and those of somebody who had not the connection
}

func startServer(ctx context.Context) (*server, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{addr: l.Addr().String(), changed: make(chan struct{})}
	ctx, cancel := context.WithCancel(ctx)
	var serve sync.WaitGroup
	s.close = func() {
		cancel() // ends the connections that are left
		l.Close()
		serve.Wait()
	}
	serve.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.opened(1)
			serve.Go(func() {
				defer s.opened(-1)
				defer c.Close()
				defer context.AfterFunc(ctx, func() { c.Close() })()
				s.answer(c)
			})
		}
	})
	return s, nil
}

// answer serves one connection.
func (s *server) answer(c net.Conn) {
	last := uint64(0)
	for lines := bufio.NewScanner(c); lines.Scan(); {
		loan, err := strconv.ParseUint(lines.Text(), 10, 64)
		s.heard(err != nil || loan < last)
		last = loan
		if _, err := fmt.Fprintln(c, loan); err != nil {
			return
		}
	}
}

func (s *server) heard(mixed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tally.Lines++
	if mixed {
		s.tally.Mixed++
	}
}

func (s *server) opened(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tally.Open += n
	s.tally.Accepted += max(n, 0)
	close(s.changed)
	s.changed = make(chan struct{})
}

// settled returns the tally when so many connections are open as should be, or ctx ends. It takes a moment for the
// server to hear of what a client has opened or closed.
func (s *server) settled(ctx context.Context, open int) tally {
	for {
		s.mu.Lock()
		now, changed := s.tally, s.changed
		s.mu.Unlock()
		if now.Open == open {
			return now
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return now
		}
	}
}
