// What README's section Linger refers to, and what must come of it.
package main

import (
	"context"
	"io"
	"net"
)

var ctx = context.Background()

var (
	conn   net.Conn
	answer = make([]byte, 256<<10)
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func read(c net.Conn, n int)          { must2(io.ReadFull(c, make([]byte, n))) }
func write(c net.Conn, answer []byte) { must2(c.Write(answer)) }
func must2(_ int, err error)          { must(err) }

func check(closed bool, err error) {
	must(err)
	if !closed {
		panic("the peer has not closed")
	}
}

func main() {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	must(err)
	client, err := net.Dial("tcp4", l.Addr().String())
	must(err)
	conn, err = l.Accept()
	must(err)
	write(client, []byte("ab"))
	got := make(chan int64)
	go func() {
		n, err := io.Copy(io.Discard, client)
		must(err)
		must(client.Close())
		got <- n
	}()
	block()
	if <-got != int64(len(answer)) {
		panic("not all has arrived")
	}
}
