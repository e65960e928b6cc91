package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"sync/atomic"

	"github.com/petiole-go/petiole/queue"
)

// visitor is what all crawlers have in common: it fetches a page and tells which of its links are new. They
// differ in what they do with these, and in how they know that it is over.
type visitor struct {
	site    *url.URL
	client  *http.Client
	permits *queue.Queue[struct{}] // nil: no limit

	working  atomic.Int64 // workers that have a page in hand
	got      atomic.Int64 // pages that were read to the end
	notFound atomic.Int64
	failed   atomic.Int64 // requests that had no answer, before the context ended

	mu   sync.Mutex // guards seen; nothing is called under it
	seen map[string]bool
}

func newVisitor(addr string, o options) (*visitor, error) {
	at, err := url.Parse(addr)
	if err != nil {
		return nil, err
	}
	return &visitor{
		site: at,
		// Connections are kept, however many: who asks too much at once shall not be slow for another reason.
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: o.pages}},
		// Politeness. Of this queue nothing is used but its room: a slot is the permit for one request. Who
		// waits for one waits in line, and its context is obeyed.
		permits: queue.New[struct{}](o.inflight),
		seen:    map[string]bool{"/": true},
	}, nil
}

func (v *visitor) close() { v.client.CloseIdleConnections() }

// visit returns the links on a page that nobody has seen before.
func (v *visitor) visit(ctx context.Context, page string) (fresh []string) {
	status, text, err := v.fetch(ctx, page)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil
	case err != nil:
		v.failed.Add(1)
		return nil
	case status == http.StatusNotFound:
		v.notFound.Add(1)
		return nil
	case status != http.StatusOK:
		v.failed.Add(1)
		return nil
	}
	v.got.Add(1)
	return v.unseen(v.links(page, text))
}

func (v *visitor) fetch(ctx context.Context, page string) (status int, text []byte, err error) {
	if v.permits != nil {
		permit, err := v.permits.Reserve(ctx)
		if err != nil {
			return 0, nil, err
		}
		defer permit.Release()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.site.String()+page, nil)
	if err != nil {
		return 0, nil, err
	}
	answer, err := v.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	if text, err = io.ReadAll(answer.Body); err != nil {
		return 0, nil, fmt.Errorf("%s: %w", page, err)
	}
	return answer.StatusCode, text, nil
}

var href = regexp.MustCompile(`href="([^"]+)"`)

// links are the paths on this site to which a page leads.
func (v *visitor) links(page string, text []byte) (to []string) {
	at := v.site.JoinPath(page)
	for _, found := range href.FindAllSubmatch(text, -1) {
		if u, err := at.Parse(string(found[1])); err == nil && u.Host == v.site.Host {
			to = append(to, u.Path) // which has no fragment
		}
	}
	return to
}

// unseen returns those that are new, and from then on they are not. To look and to note is one step:
// of two workers that find the same link one has it.
func (v *visitor) unseen(links []string) (fresh []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, to := range links {
		if !v.seen[to] {
			v.seen[to] = true
			fresh = append(fresh, to)
		}
	}
	return fresh
}
