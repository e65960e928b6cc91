package compare

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/internal/park"
)

// A turnstile lets through as many as it was told to, in the way that an implementation has.
type turnstile interface {
	pass(ctx context.Context)
	open()
}

var turnstiles = []struct {
	name, differs string
	ours          bool
	make          func() turnstile
}{
	{"park", "", true, func() turnstile { return new(permits) }},
	{"park-asleep", "sleeps at once, as who stands behind others does", true, func() turnstile { return newBehind() }},
	{"chan", "nobody can give up", false, func() turnstile { return make(channel, 64) }},
	{"select", "a buffer of 64, after which open waits too", false, func() turnstile { return make(selected, 64) }},
	{"Cond", "nobody can give up, and who comes just now may go first", false, func() turnstile { return newCond() }},
}

func turnstileImpls(bench func(b *testing.B, make func() turnstile)) (impls []suite.Impl) {
	for _, t := range turnstiles {
		impls = append(impls, suite.Impl{Name: t.name, Ours: t.ours, Differs: t.differs, Bench: func(b *testing.B, _ suite.Shape) { bench(b, t.make) }})
	}
	return impls
}

// handOver asks what it costs that one goroutine waits and another lets it go on.
func handOver() *suite.Comparison {
	return &suite.Comparison{
		Name:     "hand-over",
		Question: "Two goroutines let each other go on in turn: what does one wait and one wake-up cost?",
		Units:    []string{"ns/op"},
		Sample:   8 * time.Millisecond,
		Notes: []string{
			"The figure is a round: each of the two waits once and is let go on once. All but chan and Cond can give up by a context.",
			"park looks once more before it sleeps, and is mostly served by then; park-asleep is what it costs if not.",
		},
		Impls: turnstileImpls(func(b *testing.B, make func() turnstile) {
			ping, pong := make(), make()
			ctx, cancel := context.WithCancel(context.Background())
			var over sync.WaitGroup
			over.Go(func() {
				for {
					if ping.pass(ctx); ctx.Err() != nil {
						return
					}
					pong.open()
				}
			})
			for b.Loop() {
				ping.open()
				pong.pass(ctx)
			}
			cancel()
			ping.open()
			over.Wait()
		}),
		Shapes: []suite.Shape{{Name: "1pair", N: 1}},
		Bars: []suite.Bar{
			{Text: "park and wake beside a channel's", Subject: "park", Rival: "chan", Unit: "ns/op", Max: 2, Procs: []int{1, 2}},
		},
	}
}

// permit asks what it costs where nobody waits, and where many do.
func permit() *suite.Comparison {
	return &suite.Comparison{
		Name:     "permit",
		Question: "What does it cost to take a permit and give it back: with one goroutine, and with 16 a processor for one permit?",
		Units:    []string{"ns/op"},
		Sample:   8 * time.Millisecond,
		Notes: []string{
			"Of the crowd the figure is elapsed time per permit. Channels and Cond hand over to who runs already, if it comes first; park serves in order, so each permit is a switch of goroutines.",
		},
		Impls: func() (impls []suite.Impl) {
			for _, t := range turnstiles {
				impls = append(impls, suite.Impl{Name: t.name, Ours: t.ours, Differs: t.differs, Bench: func(b *testing.B, s suite.Shape) {
					ctx, cancel := context.WithCancel(context.Background())
					defer cancel()
					gate := t.make()
					gate.open()
					if s.N == 1 {
						for b.Loop() {
							gate.pass(ctx)
							gate.open()
						}
						return
					}
					b.SetParallelism(s.N)
					b.RunParallel(func(pb *testing.PB) {
						for pb.Next() {
							gate.pass(ctx)
							gate.open()
						}
					})
				}})
			}
			return impls
		}(),
		Shapes: []suite.Shape{{Name: "alone", N: 1}, {Name: "crowd", N: 16, From: suite.Default, FromOne: suite.Full}},
	}
}

// permits is what an owner of a line looks like.
type permits struct {
	mu   sync.Mutex
	free int
	line park.Line[struct{}]
}

func (p *permits) pass(ctx context.Context) {
	p.mu.Lock()
	if p.free > 0 {
		p.free--
		p.mu.Unlock()
		return
	}
	w := p.line.Join(ctx, &p.mu)
	p.mu.Unlock()
	_, _ = w.Wait(func(*park.Woken) {}, nil) // ends when the benchmark does
	w.Free()
}

func (p *permits) open() {
	var k park.Woken
	p.mu.Lock()
	if w := p.line.Head(); w != nil {
		w.Grant(&k)
	} else {
		p.free++
	}
	p.mu.Unlock()
	k.Wake()
}

// behind is permits behind a waiter that never goes, so that nobody is the first in line.
type behind struct{ permits }

func newBehind() *behind {
	b := new(behind)
	b.mu.Lock()
	b.line.Join(context.Background(), &b.mu)
	b.mu.Unlock()
	return b
}

func (b *behind) open() {
	var k park.Woken
	b.mu.Lock()
	if b.line.Len() == 1 {
		b.free++
	} else {
		for w := range b.line.All() {
			if w != b.line.Head() {
				w.Grant(&k)
				break
			}
		}
	}
	b.mu.Unlock()
	k.Wake()
}

type channel chan struct{}

func (c channel) pass(context.Context) { <-c }
func (c channel) open()                { c <- struct{}{} }

type selected chan struct{}

func (c selected) open() { c <- struct{}{} }
func (c selected) pass(ctx context.Context) {
	select {
	case <-c:
	case <-ctx.Done():
	}
}

type cond struct {
	mu   sync.Mutex
	c    sync.Cond
	free int
}

func newCond() *cond {
	c := new(cond)
	c.c.L = &c.mu
	return c
}

func (c *cond) pass(context.Context) {
	c.mu.Lock()
	for c.free == 0 {
		c.c.Wait()
	}
	c.free--
	c.mu.Unlock()
}

func (c *cond) open() {
	c.mu.Lock()
	c.free++
	c.mu.Unlock()
	c.c.Signal()
}
