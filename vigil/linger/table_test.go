//go:build unix

package linger_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/vigil/linger"
)

// closings are the ways to close a connection that the package's documentation compares. Each calls
// written when all that it still does is to wait.
var closings = []struct {
	name  string
	close func(t *testing.T, c *net.TCPConn, written func()) error
}{
	{"Close", func(_ *testing.T, c *net.TCPConn, written func()) error {
		defer written()
		return c.Close()
	}},
	{"SetLinger(0), Close", func(_ *testing.T, c *net.TCPConn, written func()) error {
		defer written()
		return errors.Join(c.SetLinger(0), c.Close())
	}},
	{"SetLinger(5), Close", func(_ *testing.T, c *net.TCPConn, written func()) error {
		defer written()
		return errors.Join(c.SetLinger(5), c.Close())
	}},
	{"CloseWrite, 500 ms, Close", func(_ *testing.T, c *net.TCPConn, written func()) error {
		err := c.CloseWrite()
		written()
		time.Sleep(500 * time.Millisecond) // as net/http does
		return errors.Join(err, c.Close())
	}},
	{"linger.Close", func(t *testing.T, c *net.TCPConn, written func()) error {
		written()
		_, err := linger.Close(t.Context(), c, linger.Options{})
		return err
	}},
}

const late = 700 * time.Millisecond

// A server reads one of two bytes, writes 256 KiB and closes; then the client reads, at once or late, and what it gets
// depends on how the server closed alone: 20 of 20 times what the package's documentation says.
func TestTable(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the bytes are those of linux")
	}
	t.Parallel()
	const times = 20
	doc, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	for _, by := range closings {
		t.Run(by.name, func(t *testing.T) {
			t.Parallel()
			var cells [2]string
			for i, wait := range []time.Duration{0, late} {
				got := make(chan string, times)
				for range times {
					go func() { got <- transact(t, by.close, by.name == "linger.Close", wait) }()
				}
				cells[i] = <-got
				for range times - 1 {
					require.Equal(t, cells[i], <-got)
				}
			}
			require.Contains(t, string(doc), fmt.Sprintf("//\t%-27s%-26s%s\n", by.name, cells[0], cells[1]))
		})
	}
}

// narrow dials with a receive buffer of 4,096 bytes.
var narrow = &net.Dialer{Control: func(_, _ string, c syscall.RawConn) (err error) {
	control := c.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096)
	})
	return errors.Join(control, err)
}}

// transact is the experiment, once, and tells what the client got.
func transact(t *testing.T, closing func(*testing.T, *net.TCPConn, func()) error, drains bool, wait time.Duration) string {
	client, server, err := dial(narrow)
	if err != nil {
		return err.Error()
	}
	defer client.Close()
	_, wrote := client.Write([]byte("ab"))
	_, read := io.ReadFull(server, make([]byte, 1))
	_, replied := server.Write(make([]byte, 256<<10))
	written, closed := make(chan bool, 1), make(chan error, 1)
	go func() { closed <- closing(t, server, func() { written <- true }) }()
	<-written
	if wait > 0 {
		time.Sleep(wait)
		if !drains { // and so has closed by now, if not by the clock
			closed <- <-closed
		}
	}
	n, err := io.Copy(io.Discard, client)
	client.Close()
	if err := errors.Join(wrote, read, replied, <-closed); err != nil {
		return err.Error()
	}
	end := "EOF"
	switch {
	case linger.IsReset(err):
		end = "reset"
	case err != nil:
		end = err.Error()
	}
	return fmt.Sprintf("%d bytes, %s", n, end)
}

// After Idle the kernel still delivers what it has, unless the peer sends more.
func TestDeliveredAfterIdle(t *testing.T) {
	for _, more := range []bool{false, true} {
		client, server, err := dial(narrow)
		require.NoError(t, err)
		defer client.Close()
		_, err = server.Write(make([]byte, 256<<10))
		require.NoError(t, err)
		r, err := linger.Close(t.Context(), server, linger.Options{Idle: time.Millisecond})
		require.NoError(t, err)
		require.True(t, r.TimedOut)
		if more {
			_, err = client.Write([]byte("more"))
			require.NoError(t, err)
		}
		n, err := io.Copy(io.Discard, client)
		if more {
			require.True(t, linger.IsReset(err), "%v", err)
			require.Less(t, n, int64(256<<10))
		} else {
			require.NoError(t, err)
			require.Equal(t, int64(256<<10), n)
		}
	}
}
