package linger_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/vigil/linger"
)

// Twelve clients that go through a thousand connections each, of which the server leaves input unread, get every answer and no reset.
func TestLoops(t *testing.T) {
	const clients = 12
	times := 1000
	if testing.Short() {
		times /= 2
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	var all, serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				if err := serve(t, c); err != nil {
					t.Error(err)
				}
			})
		}
	})
	for range clients {
		all.Go(func() {
			for range times {
				if err := ask(l.Addr().String()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	require.NoError(t, l.Close())
	serving.Wait()
}

const answer = 10_000 // bytes

func serve(t *testing.T, c net.Conn) error {
	_, read := io.ReadFull(c, make([]byte, 1))
	_, wrote := c.Write(make([]byte, answer))
	r, err := linger.Close(t.Context(), c, linger.Options{Idle: long, MaxWait: long})
	if !r.PeerClosed {
		err = errors.Join(err, fmt.Errorf("the peer has not closed: %+v", r))
	}
	return errors.Join(read, wrote, err)
}

func ask(address string) error {
	c, err := net.Dial("tcp4", address)
	if err != nil {
		return err
	}
	defer c.Close()
	_, wrote := c.Write([]byte("ab"))
	n, err := io.Copy(io.Discard, c)
	if n != answer {
		err = errors.Join(err, fmt.Errorf("%d bytes of %d", n, answer))
	}
	return errors.Join(wrote, err)
}
