package park_test

import (
	"context"
	"sync"
	"testing"

	"github.com/petiole-go/petiole/internal/park"
)

// A turnstile lets through as many as it was told to, in what way the rival has.
type turnstile interface {
	pass(ctx context.Context) error
	open()
}

func (s *sem) pass(ctx context.Context) error { return s.acquire(ctx, 1) }
func (s *sem) open()                          { s.release(1) }

// behind is a sem whose waiters are never the first in line, so that they sleep
// without a yield.
type behind struct {
	mu   sync.Mutex
	free int
	line park.Line[struct{}]
}

func newBehind() *behind {
	b := new(behind)
	b.mu.Lock()
	b.line.Join(context.Background(), &b.mu)
	b.mu.Unlock()
	return b
}

func (b *behind) pass(ctx context.Context) error {
	b.mu.Lock()
	if b.free > 0 {
		b.free--
		b.mu.Unlock()
		return nil
	}
	w := b.line.Join(ctx, &b.mu)
	b.mu.Unlock()
	_, err := w.Wait(nobody)
	w.Free()
	return err
}

func (b *behind) open() {
	var k park.Woken
	b.mu.Lock()
	if b.line.Len() == 1 {
		b.free++
	} else {
		first := true
		for w := range b.line.All() {
			if !first {
				w.Grant(&k)
				break
			}
			first = false
		}
	}
	b.mu.Unlock()
	k.Wake()
}

type channel chan struct{}

func (c channel) pass(context.Context) error { <-c; return nil }
func (c channel) open()                      { c <- struct{}{} }

type selected chan struct{}

func (c selected) open() { c <- struct{}{} }
func (c selected) pass(ctx context.Context) error {
	select {
	case <-c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A cond knows no context and no order.
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

func (c *cond) pass(context.Context) error {
	c.mu.Lock()
	for c.free == 0 {
		c.c.Wait()
	}
	c.free--
	c.mu.Unlock()
	return nil
}

func (c *cond) open() {
	c.mu.Lock()
	c.free++
	c.mu.Unlock()
	c.c.Signal()
}

var rivals = []struct {
	name string
	make func() turnstile
}{
	{"park", func() turnstile { return new(sem) }},
	{"park-asleep", func() turnstile { return newBehind() }},
	{"chan", func() turnstile { return make(channel, 64) }},
	{"select", func() turnstile { return make(selected, 64) }},
	{"cond", func() turnstile { return newCond() }},
}

// Turnstiles: nobody waits; two goroutines in turn; many for one permit.
func BenchmarkPark(b *testing.B) {
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	for _, r := range rivals {
		b.Run("impl="+r.name+"/shape=free", func(b *testing.B) {
			b.ReportAllocs()
			for t := r.make(); b.Loop(); {
				t.open()
				_ = t.pass(ctx)
			}
		})
	}
	for _, r := range rivals {
		b.Run("impl="+r.name+"/shape=pingpong", func(b *testing.B) {
			b.ReportAllocs()
			ping, pong := r.make(), r.make()
			ctx, cancel := context.WithCancel(ctx)
			var over sync.WaitGroup
			over.Go(func() {
				for ping.pass(ctx) == nil && ctx.Err() == nil {
					pong.open()
				}
			})
			for b.Loop() {
				ping.open()
				_ = pong.pass(ctx)
			}
			cancel()
			ping.open()
			over.Wait()
		})
	}
	for _, r := range rivals {
		b.Run("impl="+r.name+"/shape=crowd", func(b *testing.B) {
			b.ReportAllocs()
			t := r.make()
			t.open()
			b.SetParallelism(16)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					_ = t.pass(ctx)
					t.open()
				}
			})
		})
	}
}
