package compare

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
)

// load is how a queue is used: a shape of the queue's comparisons.
type load struct {
	putters, getters int
	burst            bool // a putter waits after each chunk until all of it was taken
	capacity, size   int
}

const (
	claimed = 32  // items that a goroutine passes before it looks how many are left
	bursts  = 128 // items of a burst
)

// queuePass asks what it costs to pass an item from one goroutine to another.
func queuePass() *suite.Comparison {
	roomy := func(s suite.Shape) bool { return s.With.(load).capacity >= 128 }
	return &suite.Comparison{
		Name:     "queue-pass",
		Question: "Goroutines put items, others get them, and each can give up by its context: what does an item cost?",
		Units:    []string{"ns/op"},
		Sample:   4 * time.Millisecond, // the full run has more than a hundred groups of them
		Notes: []string{
			"The figure is elapsed time per item, all goroutines together: one Put and one Get. 8x1 are eight putters and one getter.",
			"burst: one puts 128 in a row and waits until the other has taken them all.",
			"Each goroutine has a context of its own, as each request of a server has. One that all share would cost select more: it locks the context's channel as well.",
			"Which items came out is summed: if one is lost or doubled the run fails. xsync and Cond have no capacity 0.",
		},
		Impls: pipeImpls(func(b *testing.B, name string, l load) {
			passItems(b, same(openSize(name, l.capacity, l.size)), l, claimed)
		}),
		Shapes: passShapes(),
		Bars: []suite.Bar{
			{Text: "a capacity of 128 or more: at least 2.5x faster than select", Subject: "Queue", Rival: "select", Unit: "ns/op", Max: 1 / 2.5, On: roomy, Mean: true},
			{Text: "a capacity of 128 or more: not slower than a bare channel", Subject: "Queue", Rival: "chan", Unit: "ns/op", Max: 1, On: roomy, Mean: true},
		},
	}
}

// passShapes are all of them, and last the one that is measured in every run.
func passShapes() (shapes []suite.Shape) {
	for _, size := range []int{8, 64, 1024} {
		for _, capacity := range []int{1, 0, 65536, 128} {
			for _, l := range []load{
				{putters: 1, getters: 1}, {putters: 8, getters: 1}, {putters: 1, getters: 8}, {putters: 64, getters: 64},
				{putters: 1, getters: 1, burst: true}, {putters: 4, getters: 4},
			} {
				l.capacity, l.size = capacity, size
				shapes = append(shapes, l.shape(suite.Full))
			}
		}
	}
	most := load{putters: 4, getters: 4, capacity: 128, size: 8}
	for i, s := range shapes {
		if s.With == most {
			return append(append(shapes[:i:i], shapes[i+1:]...), most.shape(suite.Quick))
		}
	}
	panic("bench: the shape of every run is not among all shapes")
}

func (l load) shape(from suite.Level) suite.Shape {
	who := fmt.Sprintf("%dx%d", l.putters, l.getters)
	if l.burst {
		who = "burst"
	}
	return suite.Shape{Name: fmt.Sprintf("%s-cap%d-%dB", who, l.capacity, l.size), N: l.capacity, From: from, FromOne: from, With: l}
}

// pipeImpls makes a contestant of each pipe.
func pipeImpls(bench func(b *testing.B, name string, l load)) (impls []suite.Impl) {
	for _, p := range pipes {
		impl := suite.Impl{Name: p.name, Ours: p.ours, Differs: p.differs, Bench: func(b *testing.B, s suite.Shape) { bench(b, p.name, s.With.(load)) }}
		if !p.rendezvous {
			impl.Skips = noRendezvous
		}
		impls = append(impls, impl)
	}
	return impls
}

// same is the end of a pipe that all goroutines use alike.
func same(p pipe) (end func() pipe) { return func() pipe { return p } }

// passItems passes b.N times 4,096 items, and sums which come out. Each goroutine has an end of the
// pipe, and who is ready claims the next few items, so that the shape stays what it is to the last.
func passItems(b *testing.B, end func() pipe, l load, each uint64) {
	if l.burst {
		each = bursts
	}
	c := newCrew(b)
	var puts, gets, sum atomic.Uint64
	taken := make(chan struct{})
	for range l.getters {
		p := end()
		c.add(func(ctx context.Context) {
			for _, n := c.claim(&gets, each); n > 0; _, n = c.claim(&gets, each) {
				got, _ := p.get(ctx, n)
				sum.Add(got)
				if l.burst {
					taken <- struct{}{}
				}
			}
		})
	}
	for range l.putters {
		p := end()
		c.add(func(ctx context.Context) {
			for first, n := c.claim(&puts, each); n > 0; first, n = c.claim(&puts, each) {
				p.put(ctx, first, n)
				if l.burst {
					<-taken
				}
			}
		})
	}
	c.work()
	c.check(sum.Load())
}
