package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// site is a web site on loopback. It is also who judges: what was asked for, how often, and how much at once
// is counted here, where a crawler cannot flatter itself.
type site struct {
	book  book
	o     options
	addr  string // http://host:port
	srv   *http.Server
	serve sync.WaitGroup

	mu    sync.Mutex     // guards what follows; nothing is called under it
	asked map[string]int // how often, by path
	now   int            // requests that it is at work on
	most  int            // the greatest now there was
	open  int            // connections
}

func startSite(ctx context.Context, o options) (*site, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &site{book: book{o.pages}, o: o, addr: "http://" + l.Addr().String(), asked: make(map[string]int)}
	s.srv = &http.Server{Handler: s, ConnState: s.connState, ErrorLog: log.New(io.Discard, "", 0)}
	s.serve.Go(func() { s.srv.Serve(l) })
	return s, nil
}

// close waits for the last answers, but not for long.
func (s *site) close() error {
	bye, cancel := context.WithTimeout(context.Background(), byeTime)
	defer cancel()
	err := s.srv.Shutdown(bye)
	if err != nil {
		err = errors.Join(fmt.Errorf("the site does not come to rest: %w", err), s.srv.Close())
	}
	s.serve.Wait()
	return err
}

func (s *site) connState(_ net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch state {
	case http.StateNew:
		s.open++
	case http.StateClosed:
		s.open--
	}
}

func (s *site) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	s.begin(req.URL.Path)
	p, found := s.book.find(req.URL.Path)
	takes := s.o.latency
	if found && p == s.book.slow() {
		takes += slowTime
	}
	pause(req.Context(), takes)
	var page bytes.Buffer
	if found {
		s.book.write(&page, p)
	}
	// Before the answer, or the crawler may ask for the next page before this one is counted out.
	s.end()
	if !found {
		http.NotFound(w, req)
		return
	}
	w.Header().Set("Content-Type", "text/html")
	w.Write(page.Bytes())
}

func (s *site) begin(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[path]++
	s.now++
	s.most = max(s.most, s.now)
}

func (s *site) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now--
}

func (s *site) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open
}

// count fills in what the site has seen.
func (s *site) count(r *result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for path, n := range s.asked {
		r.Requests += n
		r.Again += n - 1
		if _, found := s.book.find(path); found {
			r.Fetched++
		} else {
			r.NotFound++
		}
	}
	r.Missed = r.Pages - r.Fetched
	r.MostInFlight = s.most
}

// pause waits, and says whether it was not disturbed.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
