package queue_test

import (
	"context"
	"errors"
	"testing"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/queue"
)

// any is GetAny of qs, of which queue i has the items i+1 and i+3.
func (b *book) any(ctx context.Context, qs ...*queue.Queue[int]) error {
	i, v, err := queue.GetAny(ctx, qs...)
	_, _ = b.took(v, err)
	if err == nil {
		b.Assert(v == i+1 || v == i+3, "%d from queue %d", v, i)
	} else {
		b.Assert(i == -1, "%d: %v", i, err)
	}
	return err
}

// exploredTwo runs a scenario on two queues of each of these capacities.
func exploredTwo(t *testing.T, capacities []int, scenario func(b *book, p, q *queue.Queue[int])) {
	explored(t, capacities, func(b *book, p *queue.Queue[int]) {
		scenario(b, p, queue.New[int](p.Cap()))
	})
}

// A GetAny takes one item of one of its queues, though both have one at that moment, or
// leaves and has taken none; then it is in no line, also of a queue that nobody uses.
func TestExploreGetAnyMeetsCancel(t *testing.T) {
	for name, both := range map[string]bool{"both": true, "one": false} {
		t.Run(name, func(t *testing.T) {
			exploredTwo(t, small, func(b *book, p, q *queue.Queue[int]) {
				ctx, cancel := context.WithCancel(always)
				b.Go("any", func() {
					err := b.any(ctx, p, q)
					b.Assert(err == nil || errors.Is(err, context.Canceled), "%v", err)
				})
				b.Go("cancel", cancel)
				b.Go("puts in q", func() { _ = b.put(q.TryPut(2), 2) })
				if both {
					b.Go("puts in p", func() { _ = b.put(p.TryPut(1), 1) })
				}
				b.End(func() { b.balance(p, q) })
			})
		})
	}
}

// Two that wait in the same lines are served one each, in whichever order they came to them.
func TestExploreTwoGetAny(t *testing.T) {
	exploredTwo(t, []int{1}, func(b *book, p, q *queue.Queue[int]) {
		b.Go("any", func() { b.Assert(b.any(always, p, q) == nil, "not served") })
		b.Go("any too", func() {
			i, v, err := queue.GetAny(always, q, p)
			_, _ = b.took(v, err)
			b.Assert(err == nil && v == 2-i, "%d, %d, %v", i, v, err)
		})
		b.Go("puts in p", func() { _ = b.put(p.Put(always, 1), 1) })
		b.Go("puts in q", func() { _ = b.put(q.Put(always, 2), 2) })
		b.End(func() { b.balance(p, q) })
	})
}

// Of queues without room a GetAny takes from who waits to put, or is waited for.
func TestExploreGetAnyRendezvous(t *testing.T) {
	exploredTwo(t, []int{0}, func(b *book, p, q *queue.Queue[int]) {
		b.Go("any", func() {
			for range 2 {
				b.Assert(b.any(always, p, q) == nil, "not served")
			}
		})
		b.Go("puts in p", func() { _ = b.put(p.Put(always, 1), 1) })
		b.Go("puts in q", func() { _ = b.put(q.Put(always, 2), 2) })
		b.End(func() { b.balance(p, q) })
	})
}

// Who stands behind a GetAny that another queue serves, or that leaves, is served.
func TestExploreBehindGetAny(t *testing.T) {
	exploredTwo(t, []int{0, 1}, func(b *book, p, q *queue.Queue[int]) {
		ctx, cancel := context.WithCancel(always)
		b.Go("any", func() { _ = b.any(ctx, p, q) })
		b.Go("cancel", cancel)
		b.Go("behind", func() { _, _ = b.took(q.Get(always)) })
		b.Go("puts", func() {
			_ = b.put(p.TryPut(1), 1)
			b.Assert(b.put(q.Put(always, 2), 2) == nil, "not put")
			q.Close()
		})
		b.End(func() {
			b.Assert(b.out[2] == 1, "nobody got it")
			b.balance(p, q)
		})
	})
}

// Of a queue that is closed and drained a GetAny waits no longer, in the others it does;
// if all are it is told, whichever was last, also one on its way from line to line.
func TestExploreGetAnyClose(t *testing.T) {
	for name, c := range map[string]struct {
		p, q func(b *book, q *queue.Queue[int])
		err  error
	}{
		"one": {
			p: func(_ *book, p *queue.Queue[int]) { p.Close() },
			q: func(b *book, q *queue.Queue[int]) { _ = b.put(q.Put(always, 2), 2) },
		},
		"both": {
			p:   func(_ *book, p *queue.Queue[int]) { p.Close() },
			q:   func(_ *book, q *queue.Queue[int]) { q.CloseNow() },
			err: queue.ErrClosed,
		},
		"both, with an item in": {
			p: func(b *book, p *queue.Queue[int]) {
				_ = b.put(p.TryPut(1), 1)
				p.Close()
			},
			q: func(_ *book, q *queue.Queue[int]) { q.Close() },
		},
		"both, with a slot out": {
			p: func(b *book, p *queue.Queue[int]) {
				slot := b.reserve(p)
				p.Close()
				slot.Release()
			},
			q:   func(_ *book, q *queue.Queue[int]) { q.Close() },
			err: queue.ErrClosed,
		},
	} {
		t.Run(name, func(t *testing.T) {
			exploredTwo(t, []int{1}, func(b *book, p, q *queue.Queue[int]) {
				b.Go("any", func() {
					err := b.any(always, p, q)
					b.Assert(errors.Is(err, c.err), "%v", err)
				})
				b.Go("p", func() { c.p(b, p) })
				b.Go("q", func() { c.q(b, q) })
				b.End(func() { b.balance(p, q) })
			})
		})
	}
}

// The end of a context that meets the end of both queues is one or the other.
func TestExploreGetAnyCloseMeetsCancel(t *testing.T) {
	exploredTwo(t, []int{1}, func(b *book, p, q *queue.Queue[int]) {
		ctx, _ := b.Cancelable("cancel")
		b.Go("any", func() {
			err := b.any(ctx, p, q)
			b.Assert(errors.Is(err, context.Canceled) || errors.Is(err, queue.ErrClosed), "%v", err)
		})
		b.Go("closes p", p.Close)
		b.Go("closes q", q.Close)
		b.End(func() { b.balance(p, q) })
	})
}

// A comparison that panics in a GetAny that has begun to stand in lines comes out of it,
// and it stands in none.
func TestExploreGetAnyPanics(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		b := &book{S: s}
		p := queue.New[int](1)
		q := queue.NewPriority(1, func(int, int) int { panic("compare") })
		ctx, cancel := context.WithCancel(always)
		var came any
		s.Go("any", func() {
			defer cancel()
			defer func() { came = recover() }()
			_, v, err := queue.GetAny(always, p, q)
			_, _ = b.took(v, err)
		})
		s.Go("puts", func() {
			_ = b.put(q.Put(ctx, 1), 1)
			_ = b.put(q.Put(ctx, 2), 2)
		})
		s.End(func() {
			s.Assert(came == nil || came == "compare", "%v", came)
			b.balance(p, q)
		})
	})
}
