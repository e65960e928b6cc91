package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/petiole-go/petiole/vigil"
)

// site answers with what its server says. None of its handlers gives a socket back.
type site struct{ sockets vigils }

func (s site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g, err := s.sockets.Acquire(r.Context())
	if err == nil {
		err = g.Use(func(c *conn) error { return c.ask(g.Token()) })
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	switch r.URL.Path {
	case panics:
		panic("a handler panics")
	case waits: // until the client has gone
		w.WriteHeader(http.StatusOK)
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	default:
		// There must be something to read: a client's transport hands on a connection over which an empty answer
		// came before it tells who asked. If the next one hangs up at once, the first may get an error.
		fmt.Fprintln(w, g.Token())
	}
}

// workers has each request handled by a worker of k, so what is acquired with its context comes back when the handler
// ends. The goroutine of net/http waits for it: for net/http, the handler is the same as ever.
func workers(k *vigil.Keeper, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := k.Go(r.Context(), r.URL.Path, func(ctx context.Context) error {
			h.ServeHTTP(w, r.WithContext(ctx))
			return nil
		}).Wait()
		if err != nil { // a panic, which the keeper has captured
			panic(http.ErrAbortHandler)
		}
	})
}

// served is what became of the site.
type served struct {
	Requests    int            // of each of the two rounds
	Want        map[string]int // how requests should end, and did
	Got         map[string]int
	Descriptors []int // at the start, after each round, and at the end
	Loans       vigil.Stats
	Left        string // what had not come back in time
	Max         int
	Sockets     sockets
	Server      tally
}

// serve has clients ask a site, one by one and then many at once, and looks at what is open before and after.
func serve(ctx context.Context, o options) (*served, error) {
	s, err := startServer(ctx)
	if err != nil {
		return nil, err
	}
	defer s.close()
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	k := vigil.New(vigil.Options{CapturePanics: true})
	n := &network{addr: s.addr}
	p := newVigils(k, n, o.max)
	srv := &http.Server{Handler: workers(k, site{p})}
	var all sync.WaitGroup
	all.Go(func() { srv.Serve(l) })
	defer all.Wait()
	defer srv.Close()

	v := &served{Requests: o.requests, Want: map[string]int{}, Got: map[string]int{}, Max: o.max}
	v.look()
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: o.parallel}}
	for _, atOnce := range []int{1, o.parallel} {
		ask(ctx, c, "http://"+l.Addr().String(), o.requests, atOnce, v)
		v.look()
	}
	c.CloseIdleConnections()
	bye, cancel := context.WithTimeout(ctx, byeTime)
	defer cancel()
	if err := errors.Join(k.Wait(bye), p.Shutdown(bye)); err != nil { // handlers that have not ended, sockets that are lent
		v.Left = err.Error()
	}
	v.Server, v.Sockets, v.Loans = s.settled(bye, 0), n.counted(), k.Stats()
	v.settle(bye)
	return v, ctx.Err()
}

// look notes how many descriptors this process has open, where that can be seen.
func (v *served) look() { v.Descriptors = append(v.Descriptors, openDescriptors()) }

// settle waits until no more are open than at the start. Nobody tells when the HTTP server has closed a connection.
func (v *served) settle(ctx context.Context) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for openDescriptors() != v.Descriptors[0] && ctx.Err() == nil {
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	v.look()
}

// unseen is said where nobody can count.
const unseen = -1

func openDescriptors() int {
	if runtime.GOOS != "linux" {
		return unseen
	}
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return unseen
	}
	return len(all)
}
