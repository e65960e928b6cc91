package linger_test

import (
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/vigil/linger"
)

// With a backlog of 1 and nobody who accepts, clients are established and write, and when the listener goes they are reset before they have
// got a byte. Those who find the backlog full give up, and those who come later are refused, which are no resets.
func TestBacklog(t *testing.T) {
	t.Parallel()
	const userTimeout = 18 // TCP_USER_TIMEOUT, in milliseconds; package syscall has no name for it
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	listener := os.NewFile(uintptr(fd), "listener")
	defer listener.Close()
	require.NoError(t, syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	require.NoError(t, syscall.Listen(fd, 1))
	name, err := syscall.Getsockname(fd)
	require.NoError(t, err)
	address := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*syscall.SockaddrInet4).Port}
	dialer := &net.Dialer{Control: func(_, _ string, c syscall.RawConn) (err error) {
		control := c.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, userTimeout, 100)
		})
		if err == nil {
			err = control
		}
		return err
	}}

	var queued []net.Conn
	for {
		var c net.Conn
		c, err = dialer.Dial("tcp4", address.String())
		if err != nil {
			break
		}
		defer c.Close()
		queued = append(queued, c)
		require.Less(t, len(queued), 5, "more than the backlog")
		_, err := c.Write([]byte("hello?"))
		require.NoError(t, err)
	}
	require.NotEmpty(t, queued)
	require.ErrorIs(t, err, syscall.ETIMEDOUT)
	require.False(t, linger.IsReset(err))

	require.NoError(t, listener.Close())
	for _, c := range queued {
		n, err := io.Copy(io.Discard, c)
		require.True(t, linger.IsReset(err), "%v", err)
		require.Zero(t, n, "which is all that tells it from another reset")
	}
	_, err = net.Dial("tcp4", address.String())
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	require.False(t, linger.IsReset(err))
}
