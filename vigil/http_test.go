package vigil_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/vigil"
	"github.com/stretchr/testify/require"
)

// descriptors counts those that are open; -1 where that cannot be told.
func descriptors() int {
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	return len(fds)
}

// The handlers of a real server take a socket each, a third of the requests is cancelled by the client, a tenth
// panics: every socket comes back, and never are there more than Max.
func TestHTTP(t *testing.T) {
	requests, limit := 3000, 8
	if testing.Short() {
		requests /= 10
	}
	backend, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var open, dialled, most atomic.Int64
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			c, err := backend.Accept()
			if err != nil {
				return
			}
			open.Add(1)
			conns.Go(func() {
				_, _ = io.Copy(c, c)
				open.Add(-1)
				_ = c.Close()
			})
		}
	})
	before := descriptors()

	k := vigil.New(vigil.Options{CapturePanics: true})
	pool := vigil.NewPool(k, vigil.PoolOptions[net.Conn]{
		Max: limit,
		New: func(ctx context.Context) (net.Conn, error) {
			n := dialled.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			var d net.Dialer
			c, err := d.DialContext(ctx, "tcp", backend.Addr().String())
			if err != nil {
				dialled.Add(-1)
			}
			return c, err
		},
		Close: func(c net.Conn) error { defer dialled.Add(-1); return c.Close() },
	})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The request is a worker, so that whatever becomes of it gives its socket back.
		err := k.Go(r.Context(), r.URL.Path, func(ctx context.Context) error {
			g, err := pool.Acquire(ctx)
			if err != nil {
				return err
			}
			return g.Use(func(c net.Conn) error {
				if r.URL.Path == "/panic" {
					panic(http.ErrAbortHandler)
				}
				if _, err := c.Write([]byte("ping")); err != nil {
					return err
				}
				_, err := io.ReadFull(c, make([]byte, 4))
				return err
			})
		}).Wait()
		var p *vigil.PanicError
		switch {
		case errors.As(err, &p):
			panic(p.Value)
		case err != nil:
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	client := server.Client()
	var answered atomic.Int64
	request := func(i int) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		path := "/"
		if i%10 == 0 {
			path = "/panic"
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+path, nil)
		if err != nil {
			return
		}
		if i%3 == 0 {
			go cancel()
		}
		if res, err := client.Do(req); err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				answered.Add(1)
			}
		}
	}
	for i := range requests {
		request(i)
	}
	var all sync.WaitGroup
	for worker := range 64 {
		all.Go(func() {
			for i := worker; i < requests; i += 64 {
				request(i)
			}
		})
	}
	all.Wait()
	require.GreaterOrEqual(t, answered.Load(), int64(requests), "of twice as many more than half were neither cancelled nor panicked")

	server.Close()
	client.CloseIdleConnections()
	require.NoError(t, k.Wait(t.Context()))
	require.Zero(t, pool.Stats().InUse)
	require.NoError(t, pool.Shutdown(t.Context()))
	require.NoError(t, k.Shutdown(t.Context()))
	testkit.Poll(t, "the sockets are closed", func() bool { return open.Load() == 0 && descriptors() == before })
	require.LessOrEqual(t, most.Load(), int64(limit))
	conserved(t, k.Stats())
	require.NoError(t, backend.Close())
	conns.Wait()
}
