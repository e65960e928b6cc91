package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
)

// conn is a socket to the server.
type conn struct {
	net.Conn
	lines *bufio.Reader
}

// send asks, and does not wait for the answer.
func (c *conn) send(loan uint64) error {
	_, err := fmt.Fprintln(c, loan)
	return err
}

// ask returns an error if the answer is one to somebody else.
func (c *conn) ask(loan uint64) error {
	if err := c.send(loan); err != nil {
		return err
	}
	line, err := c.lines.ReadString('\n')
	if err == nil && strings.TrimSpace(line) != fmt.Sprint(loan) {
		err = fmt.Errorf("the answer to %d was one to %q", loan, strings.TrimSpace(line))
	}
	return err
}

// network opens and closes sockets, and counts them.
type network struct {
	addr string

	mu    sync.Mutex // guards what follows; nothing is called under it
	count sockets
}

// sockets are those of a client, as it has counted them.
type sockets struct{ Opened, Open, Most int }

func (n *network) dial(ctx context.Context) (*conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", n.addr)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.count.Opened++
	n.count.Open++
	n.count.Most = max(n.count.Most, n.count.Open)
	return &conn{c, bufio.NewReader(c)}, nil
}

func (n *network) hangUp(c *conn) error {
	err := c.Close()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.count.Open--
	return err
}

func (n *network) counted() sockets {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.count
}
