package linger_test

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/vigil/linger"
)

// dial returns both ends of a connection over loopback.
func dial(d *net.Dialer) (client, server *net.TCPConn, err error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	c, err := d.Dial("tcp4", l.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	s, err := l.Accept()
	if err != nil {
		return nil, nil, errors.Join(err, c.Close())
	}
	return c.(*net.TCPConn), s.(*net.TCPConn), nil
}

// pair is dial for a test, which closes them at its end.
func pair(t *testing.T) (client, server *net.TCPConn) {
	client, server, err := dial(&net.Dialer{})
	require.NoError(t, err)
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

// long is a bound that is not what ends a test.
const long = time.Minute

// Over TCP each bound ends the wait, says so, and is no error; what the context ends is. The connection is closed then.
func TestEnds(t *testing.T) {
	for name, c := range map[string]struct {
		options linger.Options
		peer    func(t *testing.T, c *net.TCPConn, cancel func())
		check   func(t *testing.T, r linger.Result, err error)
	}{
		"the peer closes its side": {
			linger.Options{MaxWait: long, Idle: long},
			func(t *testing.T, c *net.TCPConn, _ func()) {
				_, err := c.Write([]byte("abc"))
				require.NoError(t, errors.Join(err, c.CloseWrite()))
			},
			func(t *testing.T, r linger.Result, err error) {
				require.NoError(t, err)
				r.Waited = 0
				require.Equal(t, linger.Result{Drained: 3, PeerClosed: true}, r)
			},
		},
		"the peer never closes": {
			linger.Options{MaxWait: long, Idle: 20 * time.Millisecond},
			func(*testing.T, *net.TCPConn, func()) {},
			func(t *testing.T, r linger.Result, err error) {
				require.NoError(t, err)
				require.GreaterOrEqual(t, r.Waited, 20*time.Millisecond)
				r.Waited = 0
				require.Equal(t, linger.Result{TimedOut: true}, r)
			},
		},
		"the peer never stops": {
			linger.Options{MaxWait: 100 * time.Millisecond, Idle: long},
			func(_ *testing.T, c *net.TCPConn, _ func()) {
				go func() {
					for b := make([]byte, 10_000); ; {
						if _, err := c.Write(b); err != nil {
							return
						}
					}
				}()
			},
			func(t *testing.T, r linger.Result, err error) {
				require.NoError(t, err)
				require.True(t, r.TimedOut)
				require.False(t, r.PeerClosed)
				require.Positive(t, r.Drained)
				require.GreaterOrEqual(t, r.Waited, 100*time.Millisecond)
			},
		},
		"the peer sends too much": {
			linger.Options{MaxWait: long, Idle: long, MaxDrain: 100_000},
			func(t *testing.T, c *net.TCPConn, _ func()) {
				go func() { _, _ = c.Write(make([]byte, 1<<24)) }()
			},
			func(t *testing.T, r linger.Result, err error) {
				require.NoError(t, err)
				require.False(t, r.TimedOut)
				require.False(t, r.PeerClosed)
				require.GreaterOrEqual(t, r.Drained, int64(100_000))
				require.Less(t, r.Drained, int64(100_000+64<<10))
			},
		},
		"the context ends": {
			linger.Options{MaxWait: long, Idle: long},
			func(t *testing.T, c *net.TCPConn, cancel func()) {
				go func() {
					_, _ = c.Read(make([]byte, 1)) // EOF: it has been closed for writing
					cancel()
				}()
			},
			func(t *testing.T, r linger.Result, err error) {
				require.ErrorIs(t, err, context.Canceled)
				require.NotErrorIs(t, err, net.ErrClosed)
				r.Waited = 0
				require.Zero(t, r)
			},
		},
		"the context has ended": {
			linger.Options{MaxWait: long, Idle: long},
			func(t *testing.T, c *net.TCPConn, cancel func()) {
				_, err := c.Write([]byte("abc"))
				require.NoError(t, errors.Join(err, c.CloseWrite()))
				cancel()
			},
			func(t *testing.T, r linger.Result, err error) {
				require.EqualError(t, err, context.Canceled.Error())
				r.Waited = 0
				require.Zero(t, r)
			},
		},
		"the peer resets": {
			linger.Options{MaxWait: long, Idle: long},
			func(t *testing.T, c *net.TCPConn, _ func()) {
				require.NoError(t, errors.Join(c.SetLinger(0), c.Close()))
			},
			func(t *testing.T, r linger.Result, err error) {
				require.True(t, linger.IsReset(err), "%v", err)
				r.Waited = 0
				require.Zero(t, r)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := pair(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			require.NoError(t, server.SetDeadline(time.Unix(1, 0)), "it does not matter")
			c.peer(t, client, cancel)
			r, err := linger.Close(ctx, server, c.options)
			require.Less(t, r.Waited, long/2)
			c.check(t, r, err)
			_, err = server.Read(make([]byte, 1))
			require.ErrorIs(t, err, net.ErrClosed)
		})
	}
}

// What is no TCP connection is drained too, if it can be closed for writing, and else just closed.
func TestOthers(t *testing.T) {
	pipe, _ := net.Pipe()
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	require.NoError(t, err)
	for _, c := range []net.Conn{pipe, udp.(net.Conn)} {
		r, err := linger.Close(t.Context(), c, linger.Options{})
		require.NoError(t, err)
		require.Less(t, r.Waited, 2*time.Second)
		r.Waited = 0
		require.Zero(t, r)
		_, err = c.Write([]byte("a"))
		require.Error(t, err)
	}

	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Skip("no unix sockets: ", err)
	}
	defer l.Close()
	client, err := net.Dial("unix", l.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	server, err := l.Accept()
	require.NoError(t, err)
	_, err = client.Write([]byte("ab"))
	require.NoError(t, err)
	_, err = server.Write([]byte("answer"))
	require.NoError(t, err)
	end := make(chan error, 1)
	go func() {
		r, err := linger.Close(t.Context(), server, linger.Options{MaxWait: long, Idle: long})
		if r.Drained != 2 || !r.PeerClosed {
			err = errors.Join(err, errors.New("not drained"))
		}
		end <- err
	}()
	got, err := io.ReadAll(client)
	require.NoError(t, err)
	require.Equal(t, "answer", string(got))
	require.NoError(t, client.Close())
	require.NoError(t, <-end)
}

// What has been closed before is an error, and no panic; the context comes first for what is just closed, too.
func TestClosedBefore(t *testing.T) {
	_, server := pair(t)
	require.NoError(t, server.Close())
	_, err := linger.Close(t.Context(), server, linger.Options{})
	require.ErrorIs(t, err, net.ErrClosed)
	require.False(t, linger.IsReset(err))

	pipe, other := net.Pipe()
	_, err = linger.Close(testkit.Ended(), pipe, linger.Options{})
	require.ErrorIs(t, err, context.Canceled)
	_, err = other.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
}

// Misuse panics, says whose it is, and closes nothing.
func TestMisuse(t *testing.T) {
	client, server := pair(t)
	var none context.Context
	require.PanicsWithValue(t, "linger: a nil context", func() { _, _ = linger.Close(none, server, linger.Options{}) })
	require.PanicsWithValue(t, "linger: a nil connection", func() { _, _ = linger.Close(t.Context(), nil, linger.Options{}) })
	for _, o := range []linger.Options{{MaxWait: -1}, {Idle: -1}, {MaxDrain: -1}} {
		require.Contains(t, testkit.Run(func() { _, _ = linger.Close(t.Context(), server, o) }), "linger: negative options: ")
	}
	_, err := server.Write([]byte("a"))
	require.NoError(t, err)
	_, err = client.Read(make([]byte, 1))
	require.NoError(t, err)
}
