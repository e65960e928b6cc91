package linger_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/vigil/linger"
)

var certificate = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
})

// secure puts TLS on both ends of a connection.
func secure(t *testing.T, client, server net.Conn) (c, s *tls.Conn) {
	c = tls.Client(client, &tls.Config{InsecureSkipVerify: true})
	s = tls.Server(server, &tls.Config{Certificates: []tls.Certificate{certificate()}, SessionTicketsDisabled: true})
	shaken := make(chan error, 1)
	go func() { shaken <- c.Handshake() }()
	require.NoError(t, s.Handshake())
	require.NoError(t, <-shaken)
	return c, s
}

// Under TLS, and TLS under TLS, the peer gets all, a close_notify, and FIN, though input was left unread, which is
// drained as it came.
func TestTLS(t *testing.T) {
	const sent, answer = 100_000, 256 << 10
	for layers := 1; layers <= 2; layers++ {
		rawClient, rawServer := pair(t)
		require.NoError(t, rawClient.SetReadDeadline(time.Now().Add(long/6)))
		client, server := secure(t, rawClient, rawServer)
		if layers == 2 {
			client, server = secure(t, client, server)
		}
		_, err := client.Write(make([]byte, sent))
		require.NoError(t, err)
		_, err = io.ReadFull(server, make([]byte, 1))
		require.NoError(t, err)
		wrote := make(chan error, 1)
		go func() { _, err := server.Write(make([]byte, answer)); wrote <- err }()
		_, err = io.ReadFull(client, make([]byte, answer))
		require.NoError(t, err)
		require.NoError(t, <-wrote)

		type end struct {
			linger.Result
			error
		}
		closed := make(chan end, 1)
		go func() {
			r, err := linger.Close(t.Context(), server, linger.Options{MaxWait: long, Idle: long})
			closed <- end{r, err}
		}()
		rest, err := io.ReadAll(client)
		require.NoError(t, err, "an unexpected EOF if there was no close_notify")
		require.Empty(t, rest)
		_, err = io.Copy(io.Discard, rawClient) // with two layers the close_notify of the other is there
		require.NoError(t, err, "FIN, while the server waits")
		require.NoError(t, rawClient.Close())
		got := <-closed
		require.NoError(t, got.error)
		require.True(t, got.PeerClosed)
		require.Greater(t, got.Drained, int64(sent/2))
		_, err = rawServer.Read(make([]byte, 1))
		require.ErrorIs(t, err, net.ErrClosed)
	}
}

// Before the handshake there is no close_notify to send, which CloseWrite says; the rest goes on.
func TestTLSBeforeHandshake(t *testing.T) {
	client, server := pair(t)
	_, err := client.Write([]byte("hello"))
	require.NoError(t, err)
	closed := make(chan error, 1)
	go func() {
		r, err := linger.Close(t.Context(), tls.Server(server, &tls.Config{}), linger.Options{MaxWait: long, Idle: long})
		if r.Drained != 5 || !r.PeerClosed {
			err = errors.Join(err, errors.New("not drained"))
		}
		closed <- err
	}()
	_, err = client.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	require.NoError(t, client.Close())
	require.EqualError(t, <-closed, "tls: CloseWrite called before handshake complete")
	_, err = server.Read(make([]byte, 1))
	require.ErrorIs(t, err, net.ErrClosed)
}

// A close_notify that the peer does not read is bounded by MaxWait and the context, not by the five seconds
// that crypto/tls waits; with a context that has ended none is sent.
func TestTLSPeerDoesNotRead(t *testing.T) {
	for name, c := range map[string]struct {
		ctx     func(context.Context) (context.Context, context.CancelFunc)
		options linger.Options
		waited  time.Duration
		err     error
	}{
		"MaxWait": {context.WithCancel, linger.Options{MaxWait: time.Second}, time.Second, nil},
		"context": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 2*time.Second)
		}, linger.Options{}, 2 * time.Second, context.DeadlineExceeded},
		"ended": {func(context.Context) (context.Context, context.CancelFunc) { return testkit.Ended(), func() {} },
			linger.Options{}, 0, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rawClient, rawServer := net.Pipe() // which holds nothing
				_, server := secure(t, rawClient, rawServer)
				ctx, cancel := c.ctx(t.Context())
				defer cancel()
				r, err := linger.Close(ctx, server, c.options)
				if c.err == nil {
					require.NoError(t, err)
				} else {
					require.EqualError(t, err, c.err.Error())
				}
				require.Equal(t, linger.Result{TimedOut: c.err == nil, Waited: c.waited}, r)
				_, err = rawClient.Read(make([]byte, 1))
				require.ErrorIs(t, err, io.EOF, "closed")
			})
		})
	}
}

// A Write that another goroutine is blocked in, because the peer does not read, delays nothing, and ends.
func TestTLSWriteBlocked(t *testing.T) {
	rawClient, rawServer := net.Pipe() // which holds nothing
	_, server := secure(t, rawClient, rawServer)
	wrote := make(chan error, 1)
	go func() {
		_, err := server.Write(make([]byte, 1000))
		wrote <- err
	}()
	_, err := rawClient.Read(make([]byte, 1)) // and no more: it is blocked, with the mutex of TLS
	require.NoError(t, err)
	r, err := linger.Close(t.Context(), server, linger.Options{MaxWait: 100 * time.Millisecond})
	require.NoError(t, err)
	require.True(t, r.TimedOut)
	require.Less(t, r.Waited, 4*time.Second)
	require.Error(t, <-wrote)
}

// parting is a layer that says so when it is closed for writing.
type parting struct{ net.Conn }

func (p parting) NetConn() net.Conn { return p.Conn }
func (p parting) CloseWrite() error { _, err := io.WriteString(p.Conn, "bye"); return err }

// TLS over what cannot be closed for writing is told by the close_notify, and drained; a layer between them writes what it
// has to, though TLS leaves a deadline that has passed.
func TestTLSOverPipe(t *testing.T) {
	for _, between := range []string{"", "bye"} {
		synctest.Test(t, func(t *testing.T) {
			rawClient, rawServer := net.Pipe()
			if between != "" {
				rawServer = parting{rawServer}
			}
			client, server := secure(t, rawClient, rawServer)
			ended := make(chan error, 1)
			go func() {
				_, err := io.Copy(io.Discard, client)
				_, more := io.ReadFull(rawClient, make([]byte, len(between)))
				time.Sleep(time.Second)
				ended <- errors.Join(err, more, rawClient.Close())
			}()
			r, err := linger.Close(t.Context(), server, linger.Options{})
			require.NoError(t, err)
			require.Equal(t, linger.Result{PeerClosed: true, Waited: time.Second}, r)
			require.NoError(t, <-ended)
		})
	}
}

// A peer that has closed first answers the close_notify with a reset, which is no error: nothing that it wanted is lost. One
// that closed with the answer unread has lost that, which is told.
func TestTLSPeerClosedFirst(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("elsewhere a reset may come in place of the EOF before it")
	}
	for _, lost := range []bool{false, true} {
		rawClient, rawServer := pair(t)
		client, server := secure(t, rawClient, rawServer)
		if lost {
			_, err := server.Write(make([]byte, 1000))
			require.NoError(t, err)
			_, err = rawClient.Read(make([]byte, 1)) // the rest has come, too
			require.NoError(t, err)
			require.NoError(t, rawClient.Close())
			_, err = rawServer.Read(make([]byte, 1))
			require.True(t, linger.IsReset(err), "%v", err)
		} else {
			require.NoError(t, client.Close())
		}
		r, err := linger.Close(t.Context(), server, linger.Options{MaxWait: long, Idle: long})
		if lost {
			require.True(t, linger.IsReset(err), "%v", err)
		} else {
			require.NoError(t, err)
			require.True(t, r.PeerClosed)
		}
	}
}

// Who imports the package does not link crypto/tls with it.
func TestTLSNotLinked(t *testing.T) {
	deps, err := testkit.Go(t, nil, "list", "-deps", ".")
	require.NoError(t, err)
	require.Contains(t, deps, "net\n")
	require.NotContains(t, deps, "crypto/tls")
}
