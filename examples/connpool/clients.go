package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
)

// The paths of the site, and how a request for each should end.
const (
	answers = "/"
	panics  = "/panic"
	waits   = "/wait"
)

var endings = map[string]string{answers: "answered", panics: "panicked", waits: "cancelled"}

// path is what request n asks for: of thirty, three such that the handler panics, and ten such that the client
// hangs up.
func path(n int) string {
	switch n = n * 7 % 30; { // 7: one of each now and then, not ten in a row
	case n < 3:
		return panics
	case n < 13:
		return waits
	}
	return answers
}

// ask makes n requests, some at once, and notes in v how they should end and how they did.
func ask(ctx context.Context, c *http.Client, site string, n, atOnce int, v *served) {
	var next atomic.Int64
	var mu sync.Mutex
	var all sync.WaitGroup
	for range atOnce {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				ending := get(ctx, c, site, i)
				mu.Lock()
				v.Want[endings[path(i)]]++
				v.Got[ending]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
}

// get makes request i and says how it ended. The client who hangs up does so as soon as the request is written, so
// that the handler may still stand in line for a socket; or when the handler has said that it has one.
func get(ctx context.Context, c *http.Client, site string, i int) string {
	ctx, hangUp := context.WithCancel(ctx)
	defer hangUp()
	if path(i) == waits && i%2 == 0 {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { hangUp() }})
	}
	// Not GET: that is sent again when the connection is cut, by a panic say.
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, site+path(i), nil)
	if err != nil {
		return err.Error()
	}
	resp, err := c.Do(req)
	if err == nil {
		if path(i) == waits {
			hangUp()
		}
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, io.EOF):
		return "panicked"
	case err != nil:
		return err.Error()
	case resp.StatusCode != http.StatusOK:
		return resp.Status
	}
	return "answered"
}
