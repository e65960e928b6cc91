package compare

import (
	"cmp"
	"container/heap"
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/queue"
)

// due is an item with a priority: when it is due.
type due struct{ at, what uint64 }

// queuePriority asks what a put and a get cost where many items wait, the least of which comes first.
func queuePriority() *suite.Comparison {
	const values, pointers = "values", "pointers"
	shapes := func(name string, n int, from suite.Level) (out []suite.Shape) {
		for _, kind := range []string{pointers, values} {
			out = append(out, suite.Shape{Name: name + "-" + kind, N: n, From: from, FromOne: from, With: kind})
		}
		return out
	}
	return &suite.Comparison{
		Name:     "queue-priority",
		Question: "A priority queue holds n items; a goroutine gets the least and puts another: what does that cost?",
		Units:    []string{"ns/op"},
		Sample:   10 * time.Millisecond,
		Notes: []string{
			"An operation is a Get, and a Put of an item that is due at a random time after the one that was got: so the number of items stays, and the spread of their times.",
			"An item is a time and a word, as a value or as a pointer. container/heap passes it in an interface, for which a value is allocated, each way.",
			"If one comes out before one that is less, the run fails.",
		},
		Impls: []suite.Impl{
			{Name: "Priority", Ours: true, Differs: "stable: equal items come out in the order in which they came; who finds nothing can wait, and give up by a context", Bench: func(b *testing.B, s suite.Shape) {
				if s.With == values {
					q := queue.NewPriority(queue.Unbounded, func(x, y due) int { return cmp.Compare(x.at, y.at) })
					holdQueue(b, q, randomly(s.N), func(d due) due { return d }, func(d due) due { return d })
				} else {
					q := queue.NewPriority(queue.Unbounded, func(x, y *due) int { return cmp.Compare(x.at, y.at) })
					holdQueue(b, q, randomly(s.N), func(d due) *due { return new(d) }, func(d *due) due { return *d })
				}
			}},
			{Name: "container-heap", Differs: "under a mutex; not stable: equal items come out in any order; nobody can wait", Bench: func(b *testing.B, s suite.Shape) {
				if s.With == values {
					h := valueHeap(randomly(s.N))
					holdHeap(b, &h, func(d due) any { return d }, func(x any) due { return x.(due) })
				} else {
					var h pointerHeap
					for _, d := range randomly(s.N) {
						h = append(h, new(d))
					}
					holdHeap(b, &h, func(d due) any { return new(d) }, func(x any) due { return *x.(*due) })
				}
			}},
		},
		Shapes: append(shapes("1000items", 1000, suite.Default), shapes("1Mitems", 1_000_000, suite.Full)...),
		Bars: []suite.Bar{
			{Text: "not slower than container/heap under a mutex", Subject: "Priority", Rival: "container-heap", Unit: "ns/op", Max: 1},
		},
	}
}

const spread = 1 << 32

// randomly are n items that are due at random.
func randomly(n int) (ds []due) {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	for i := range n {
		ds = append(ds, due{r.Uint64N(spread), uint64(i)})
	}
	return ds
}

// holdQueue holds a queue.
func holdQueue[E any](b *testing.B, q *queue.Queue[E], ds []due, to func(due) E, from func(E) due) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, d := range ds {
		if err := q.Put(ctx, to(d)); err != nil {
			b.Fatal(err)
		}
	}
	hold(b, func() due {
		x, _ := q.Get(ctx)
		return from(x)
	}, func(d due) {
		_ = q.Put(ctx, to(d))
	})
}

// holdHeap holds a heap under a lock.
func holdHeap(b *testing.B, h heap.Interface, to func(due) any, from func(any) due) {
	var mu sync.Mutex
	heap.Init(h)
	hold(b, func() due {
		mu.Lock()
		x := heap.Pop(h)
		mu.Unlock()
		return from(x)
	}, func(d due) {
		x := to(d)
		mu.Lock()
		heap.Push(h, x)
		mu.Unlock()
	})
}

// hold gets and puts ("hold" is the literature's name for it), and looks at the order, in the end also
// of some that are only got: of what is put last and greatest the greatest comes first too.
func hold(b *testing.B, get func() due, put func(due)) {
	r := rand.New(rand.NewPCG(2, 0))
	last, wrong := uint64(0), false
	next := func() due {
		d := get()
		wrong = wrong || d.at < last
		last = d.at
		return d
	}
	for b.Loop() {
		d := next()
		d.at += r.Uint64N(spread)
		put(d)
	}
	for range 500 {
		next()
	}
	if wrong {
		b.Fatal("an item came out before one that is less")
	}
}

type valueHeap []due

func (h valueHeap) Len() int           { return len(h) }
func (h valueHeap) Less(i, j int) bool { return h[i].at < h[j].at }
func (h valueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *valueHeap) Push(x any)        { *h = append(*h, x.(due)) }
func (h *valueHeap) Pop() any {
	n := len(*h) - 1
	x := (*h)[n]
	*h = (*h)[:n]
	return x
}

type pointerHeap []*due

func (h pointerHeap) Len() int           { return len(h) }
func (h pointerHeap) Less(i, j int) bool { return h[i].at < h[j].at }
func (h pointerHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *pointerHeap) Push(x any)        { *h = append(*h, x.(*due)) }
func (h *pointerHeap) Pop() any {
	n := len(*h) - 1
	x := (*h)[n]
	(*h)[n] = nil
	*h = (*h)[:n]
	return x
}
