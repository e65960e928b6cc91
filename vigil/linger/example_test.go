package linger_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/petiole-go/petiole/vigil/linger"
)

// A server like one of HTTP/1.1 refuses an upload after it has read the head of the request. The rest is on its way, and a
// plain Close would reset the connection and might destroy the answer.
func ExampleClose() {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	closed := make(chan linger.Result, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		head := bufio.NewReader(c)
		for {
			line, err := head.ReadString('\n')
			if err != nil || line == "\r\n" {
				break
			}
		}
		_, _ = io.WriteString(c, "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\n\r\n")
		r, _ := linger.Close(context.Background(), c, linger.Options{Idle: 5 * time.Second})
		closed <- r
	}()

	c, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	const body = 8 << 20
	_, _ = fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: example\r\nContent-Length: %d\r\n\r\n", body)
	if _, err := io.WriteString(c, strings.Repeat("x", body)); err != nil {
		fmt.Println(err)
	}
	answer, err := io.ReadAll(c) // only now
	fmt.Printf("%.30s, %v\n", answer, err)
	c.Close()
	r := <-closed
	fmt.Println("discarded:", r.Drained > body/2, "- the client closed:", r.PeerClosed)
	// Output:
	// HTTP/1.1 413 Content Too Large, <nil>
	// discarded: true - the client closed: true
}

// What a failed read says. How many bytes came before it the reader has counted.
func ExampleIsReset() {
	for _, err := range []error{
		&net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET},
		fmt.Errorf("answer: %w", syscall.EPIPE),
		errors.Join(io.ErrUnexpectedEOF, net.ErrClosed), // closed by ourselves
		syscall.ETIMEDOUT,
	} {
		fmt.Println(linger.IsReset(err))
	}
	// Output:
	// true
	// true
	// false
	// false
}
