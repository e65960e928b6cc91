package compare

import (
	"context"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/queue"
)

// batched is how many items a batch has.
const batched = 64

// queueBatch asks what an item costs where many are put and got at a time.
func queueBatch() *suite.Comparison {
	small := func(s suite.Shape) bool { return s.With.(load).size <= 64 }
	impl := func(name, differs string, ours bool, open func(l load) (end func() pipe)) suite.Impl {
		return suite.Impl{Name: name, Ours: ours, Differs: differs, Bench: func(b *testing.B, s suite.Shape) {
			l := s.With.(load)
			passItems(b, open(l), l, batched)
		}}
	}
	of := func(name string) func(load) func() pipe {
		return func(l load) func() pipe { return same(openSize(name, l.capacity, l.size)) }
	}
	two := func(n, size int, from suite.Level) suite.Shape {
		return load{putters: n, getters: n, capacity: 1024, size: size}.shape(from)
	}
	return &suite.Comparison{
		Name:     "queue-batch",
		Question: "64 items at a time, to and from a queue that holds 1,024: what does an item cost?",
		Units:    []string{"ns/op"},
		Sample:   8 * time.Millisecond,
		Notes: []string{
			"The figure is elapsed time per item, put and got. Items of 1,024 bytes are all copying, and have no bar.",
			"Who fills a batch writes each item, as who puts them one by one does; who empties one reads each.",
		},
		Impls: []suite.Impl{
			impl("Batch", "a batch may be got in other portions than it was put", true, batchEnds),
			impl("Put-Get", "one item at a time", true, of("Queue")),
			impl("chan", "one item at a time; nobody can give up", false, of("chan")),
			impl("select", "one item at a time", false, of("select")),
			impl("chan-of-slices", "whole batches only, in a channel that holds 16: each is a slice of its own, which the getter keeps; nobody can give up", false, sliceEnds),
		},
		Shapes: []suite.Shape{
			two(1, 1024, suite.Full), two(4, 1024, suite.Full), two(1, 64, suite.Full), two(4, 64, suite.Full), two(4, 8, suite.Full),
			two(1, 8, suite.Default),
		},
		Bars: []suite.Bar{
			{Text: "at least 8x a bare channel, per item", Subject: "Batch", Rival: "chan", Unit: "ns/op", Max: 1.0 / 8, On: small},
		},
	}
}

// batchEnds makes the ends of a queue whose items are put and got 64 at a time.
func batchEnds(l load) (end func() pipe) {
	switch l.size {
	case 8:
		return batches[[1]uint64](l.capacity)
	case 64:
		return batches[[8]uint64](l.capacity)
	case 1024:
		return batches[[128]uint64](l.capacity)
	}
	panic("bench: no items of that size")
}

// batches: each end has its buffer.
func batches[T item](capacity int) (end func() pipe) {
	q := queue.New[T](capacity)
	return func() pipe {
		vs := make([]T, batched)
		return pipe{
			put: func(ctx context.Context, first, n uint64) uint64 {
				fill(vs[:n], first)
				done, _ := q.PutBatch(ctx, vs[:n])
				return uint64(done)
			},
			get: func(ctx context.Context, n uint64) (sum, done uint64) {
				for done < n {
					m, err := q.GetBatch(ctx, vs[:n-done])
					if err != nil {
						break
					}
					sum += add(vs[:m])
					done += uint64(m)
				}
				return sum, done
			},
		}
	}
}

func sliceEnds(l load) (end func() pipe) {
	switch l.size {
	case 8:
		return same(slicePipe[[1]uint64](l.capacity))
	case 64:
		return same(slicePipe[[8]uint64](l.capacity))
	case 1024:
		return same(slicePipe[[128]uint64](l.capacity))
	}
	panic("bench: no items of that size")
}

// slicePipe passes as many slices as there are claims on either side, which need not be of the same length.
func slicePipe[T item](capacity int) pipe {
	c := make(chan []T, capacity/batched)
	return pipe{
		put: func(_ context.Context, first, n uint64) uint64 {
			vs := make([]T, n)
			fill(vs, first)
			c <- vs
			return n
		},
		get: func(_ context.Context, n uint64) (sum, done uint64) {
			return add(<-c), n
		},
	}
}

func fill[T item](vs []T, first uint64) {
	for i := range vs {
		vs[i][0] = first + uint64(i)
	}
}

func add[T item](vs []T) (sum uint64) {
	for i := range vs {
		sum += vs[i][0]
	}
	return sum
}
