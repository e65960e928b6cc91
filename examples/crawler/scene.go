package main

import (
	"context"
	"fmt"
	"runtime"
	"time"
)

// design is one of the four crawlers.
type design struct {
	name   string
	crawl  func(ctx context.Context, v *visitor, o options, r *result) error
	claims func(r *result) []claim
}

var designs = []design{
	{"looks if empty", looksIfEmpty, emptyClaims},
	{"channel", channel, channelClaims},
	{"goroutine per link", goroutines, goroutinesClaims},
	{"queue and Join", spider, spiderClaims},
}

const (
	slowTime = 300 * time.Millisecond // on top of the latency
	byeTime  = 5 * time.Second        // for the site to come to rest
)

// play lets one crawler walk a site of its own, and returns what it came to. up is called when the site is up.
func play(ctx context.Context, o options, d design, up func(addr string)) (*result, error) {
	before := runtime.NumGoroutine()
	s, err := startSite(ctx, o)
	if err != nil {
		return nil, err
	}
	up(s.addr)
	r := &result{Crawler: d.name, Pages: o.pages, Missing: s.book.missing(), Workers: o.workers, Limit: o.inflight, Capacity: o.capacity}
	v, err := newVisitor(s.addr, o)
	if err == nil {
		began := time.Now()
		err = d.crawl(ctx, v, o, r)
		r.Took = time.Since(began)
		v.close()
		r.Got, r.Failed = v.got.Load(), v.failed.Load()
		// The site is still up: what ends now is ended by the crawler.
		r.Connections = settle(s.connections)
		s.count(r)
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx) // says more
	}
	if errClose := s.close(); err == nil {
		err = errClose
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.name, err)
	}
	r.Goroutines = settle(func() int { return runtime.NumGoroutine() - before })
	r.Claims = append(d.claims(r), commonClaims(r)...)
	return r, nil
}

// settle waits until n returns 0, and returns what it does in the end. Nothing announces that a connection's
// goroutines have gone.
func settle(n func() int) int {
	for looks := 0; n() > 0 && looks < 1000; looks++ {
		time.Sleep(time.Millisecond)
	}
	return n()
}
