package compare

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/vigil/linger"
)

const (
	clients  = 10
	answer   = 256 << 10
	delay    = 50 * time.Millisecond  // that a server waits before it closes
	lateness = 200 * time.Millisecond // of a client that reads
	hung     = 20 * time.Second       // nothing takes so long
)

// closings are the ways for a server to be done with a connection.
var closings = []struct {
	name  string
	waits bool // for the client
	close func(ctx context.Context, c *net.TCPConn) error
}{
	{"Close", false, func(_ context.Context, c *net.TCPConn) error { return c.Close() }},
	{fmt.Sprintf("CloseWrite, %v, Close", delay), false, func(ctx context.Context, c *net.TCPConn) error {
		err := c.CloseWrite()
		pause(ctx, delay)
		return errors.Join(err, c.Close())
	}},
	{"linger.Close", true, func(ctx context.Context, c *net.TCPConn) error {
		_, err := linger.Close(ctx, c, linger.Options{Idle: hung})
		return err
	}},
}

// lingers shows what becomes of an answer when the server closes before it has read all of the question.
func lingers() *suite.Scene {
	return &suite.Scene{
		Name:     "linger",
		Question: "A server reads one of two bytes, answers with 256 KiB and closes. The client is late to read. How much does it get?",
		Takes:    2 * (delay + lateness),
		Run:      runLingers,
	}
}

func runLingers(ctx context.Context) (suite.Outcome, error) {
	out := suite.Outcome{
		Header: []string{"the server closes by", "clients", "got all", "the least that one got", "were reset"},
		Notes: []string{
			fmt.Sprintf("Over loopback. The client reads when the server has closed, or after %v. By then a part of the answer is in its receive buffer, and what does not fit is still with the server.", lateness),
			fmt.Sprintf("The fixed delay is what net/http does, with 500 ms in place of %v: it is right for those who read sooner.", delay),
		},
	}
	for i, by := range closings {
		got := make(chan receipt, clients)
		for range clients {
			go func() { got <- transact(ctx, by.close, by.waits) }()
		}
		all, resets, least := 0, 0, int64(answer)
		var failed error
		for range clients {
			r := <-got
			failed = errors.Join(failed, r.failed)
			least = min(least, r.bytes)
			if r.bytes == answer && r.end == nil {
				all++
			}
			if linger.IsReset(r.end) {
				resets++
			}
		}
		if err := errors.Join(ctx.Err(), failed); err != nil {
			return out, err
		}
		out.Rows = append(out.Rows, []string{by.name, fmt.Sprint(clients), fmt.Sprint(all), fmt.Sprintf("%d bytes", least), fmt.Sprint(resets)})
		saw := fmt.Sprintf("%d of %d clients got all, the least %d bytes", all, clients, least)
		switch {
		case by.waits:
			out.Checks = append([]suite.Check{{What: "a lingering close delivers everything", OK: all == clients, Got: saw}}, out.Checks...)
		case i == 0:
			out.Checks = append(out.Checks, suite.Check{What: "a plain close destroys some of it: the scene can tell", OK: all < clients, Got: saw})
		}
	}
	return out, nil
}

// A receipt is what a client has got.
type receipt struct {
	bytes  int64
	end    error // instead of EOF
	failed error // before it came to that
}

// transact is one question and its answer.
func transact(ctx context.Context, closing func(context.Context, *net.TCPConn) error, waits bool) (r receipt) {
	client, server, err := connect(ctx)
	if err != nil {
		return receipt{failed: err}
	}
	defer client.Close()
	closed := make(chan struct{})
	var failed error // of the server
	go func() {
		defer close(closed)
		_, read := io.ReadFull(server, make([]byte, 1))
		_, wrote := server.Write(make([]byte, answer))
		failed = errors.Join(read, wrote, closing(ctx, server))
	}()
	if _, err := client.Write([]byte("ab")); err != nil {
		r.failed = err
	}
	await, stop := context.WithTimeout(ctx, lateness)
	defer stop()
	select {
	case <-closed:
	case <-await.Done(): // where the server closes only when the client has read
	}
	r.bytes, r.end = io.Copy(io.Discard, client)
	client.Close()
	<-closed
	r.failed = errors.Join(r.failed, failed)
	return r
}

// connect returns the two ends of a connection. Nothing on them takes longer than hung.
func connect(ctx context.Context) (client, server *net.TCPConn, err error) {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	c, err := new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	client = c.(*net.TCPConn)
	deadline := time.Now().Add(hung)
	err = errors.Join(client.SetDeadline(deadline), l.SetDeadline(deadline))
	if err == nil {
		server, err = l.AcceptTCP()
	}
	if err == nil {
		err = server.SetDeadline(deadline)
	}
	if err != nil {
		client.Close()
		return nil, nil, err
	}
	return client, server, nil
}
