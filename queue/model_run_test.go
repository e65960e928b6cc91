package queue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"github.com/petiole-go/petiole/queue"
)

// A step is one operation of a case; at chooses among what there is to choose from.
type step struct {
	do    string
	queue int
	n     int // items of a batch
	rank  int
	at    int
}

var steps = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
	return step{
		do: rapid.SampledFrom([]string{
			"put", "put", "put", "put batch", "try put", "reserve", "slot put", "slot put", "slot release",
			"get", "get", "get", "get batch", "try get", "get any", "get all", "peek",
			"done", "done", "join", "cancel", "cancel", "close", "close now",
		}).Draw(t, "do"),
		queue: rapid.IntRange(0, 1).Draw(t, "queue"),
		n:     rapid.IntRange(0, 4).Draw(t, "n"),
		rank:  rapid.IntRange(0, 2).Draw(t, "rank"),
		at:    rapid.IntRange(0, 99).Draw(t, "at"),
	}
}), 10, 80)

// A running is a call that has been made of both sides.
type running struct {
	*call          // the model's
	real   outcome // written by its goroutine
	cancel context.CancelFunc
}

// A play is a case: two queues beside their models.
type play struct {
	qs    []*queue.Queue[item]
	ms    []*model
	calls []*running // that have not ended
	slots [2][]*reserved
	items int
}

// A Queue does what the model does, call by call, with contexts that end, and whenever
// all is quiet those wait who have to, and nobody else. Q1 Q2 Q3 Q4
func TestModel(t *testing.T) {
	check := func(rt *rapid.T) {
		order := rapid.SampledFrom(orders).Draw(rt, "order")
		capacity := rapid.SampledFrom([]int{0, 1, 2, 3, queue.Unbounded}).Draw(rt, "capacity")
		all := steps.Draw(rt, "steps")
		var err error
		synctest.Test(t, func(*testing.T) {
			var p play
			for i := range 2 {
				p.qs = append(p.qs, made(order, capacity))
				p.ms = append(p.ms, &model{order: order, capacity: capacity, at: i})
			}
			err = p.all(all)
			for _, c := range p.calls {
				c.cancel()
			}
		})
		if err != nil {
			rt.Fatal(err)
		}
	}
	times := 30 // the 100 cases that rapid makes, which are too few
	if testing.Short() {
		times /= 2
	}
	for range times {
		rapid.Check(t, check)
	}
}

func (p *play) all(steps []step) error {
	for i, s := range steps {
		p.step(s)
		synctest.Wait()
		if err := p.compare(); err != nil {
			return fmt.Errorf("after step %d, %s of queue %d: %w", i, s.do, s.queue, err)
		}
	}
	return nil
}

// step does s on both sides, where it can be done.
func (p *play) step(s step) {
	q, m := p.qs[s.queue], p.ms[s.queue]
	c := &call{do: s.do}
	slots := &p.slots[s.queue]
	switch s.do {
	case "put", "try put":
		c.vs = p.more(1, s.rank)
	case "put batch":
		c.vs = p.more(s.n, s.rank)
	case "get batch":
		c.size = s.n
	case "reserve":
		if m.capacity == 0 {
			return
		}
		c.slot = new(reserved)
		*slots = append(*slots, c.slot)
	case "slot put", "slot release":
		out := slices.DeleteFunc(slices.Clone(*slots), func(r *reserved) bool {
			return r.real == nil || r.used && s.do == "slot put"
		})
		if len(out) == 0 {
			return
		}
		c.slot, c.vs = out[s.at%len(out)], p.more(1, s.rank)
	case "done":
		if m.done == m.gets {
			return
		}
	case "close", "close now":
		if s.at > 40 { // not too soon
			return
		}
	case "cancel":
		if len(p.calls) > 0 {
			p.leave(p.calls[s.at%len(p.calls)])
		}
		return
	case "get any":
		p.getAny(c)
		return
	}
	p.start(c, func(ctx context.Context, o *outcome) { request(ctx, q, *c, o) })
	m.do(c)
}

// more are new items.
func (p *play) more(n, rank int) (vs []item) {
	for range n {
		p.items++
		vs = append(vs, item{(rank + p.items/2) % 3, p.items})
	}
	return vs
}

// start has the real side do c, which has come to an end, or waits, when it returns.
func (p *play) start(c *call, f func(context.Context, *outcome)) *running {
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{call: c, cancel: cancel}
	go func() {
		f(ctx, &r.real)
		r.real.over = true
	}()
	synctest.Wait()
	p.calls = append(p.calls, r)
	return r
}

// request asks it of the real queue.
func request(ctx context.Context, q *queue.Queue[item], c call, o *outcome) {
	one := func(v item, err error) {
		if o.err = err; err == nil {
			o.n, o.got = 1, []item{v}
		}
	}
	in := func(err error) {
		if o.err = err; err == nil {
			o.n = 1
		}
	}
	switch c.do {
	case "put":
		in(q.Put(ctx, c.vs[0]))
	case "try put":
		in(q.TryPut(c.vs[0]))
	case "put batch":
		o.n, o.err = q.PutBatch(ctx, c.vs)
	case "reserve":
		c.slot.real, o.err = q.Reserve(ctx)
	case "slot put":
		o.err = c.slot.real.Put(c.vs[0])
	case "slot release":
		c.slot.real.Release()
	case "get":
		one(q.Get(ctx))
	case "try get":
		one(q.TryGet())
	case "get batch":
		dst := make([]item, c.size)
		o.n, o.err = q.GetBatch(ctx, dst)
		o.got = dst[:o.n]
	case "get all":
		o.got = q.GetAll()
	case "peek":
		if v, ok := q.Peek(); ok {
			one(v, nil)
		}
	case "close":
		q.Close()
	case "close now":
		o.got = q.CloseNow()
	case "done":
		q.TaskDone()
	case "join":
		o.err = q.Join(ctx)
	}
}

// getAny takes from whichever queue the real side has taken from, if it may.
func (p *play) getAny(c *call) {
	r := p.start(c, func(ctx context.Context, o *outcome) {
		i, v, err := queue.GetAny(ctx, p.qs...)
		if o.n, o.err = i, err; err == nil {
			o.got = []item{v}
		}
	})
	ready := false
	for i, m := range p.ms {
		if ready = ready || m.ready(); m.ready() && r.real.n == i && r.real.over {
			c.end(nil, i, m.take())
			return
		}
	}
	if ready {
		return // and the real side has not taken: they differ
	}
	for _, m := range p.ms {
		if !m.drained() {
			m.getters = append(m.getters, c)
			m.waits++
			c.lines++
		}
	}
	if c.lines == 0 {
		c.end(queue.ErrClosed, -1)
	}
}

// leave gives r up on both sides.
func (p *play) leave(r *running) {
	r.cancel()
	for _, m := range p.ms {
		m.leave(r.call, context.Canceled)
	}
	if r.do == "get any" {
		r.n = -1
	}
}

// compare tells where the sides differ, and forgets what has ended.
func (p *play) compare() error {
	for _, m := range p.ms {
		m.getters = slices.DeleteFunc(m.getters, func(c *call) bool { return c.over })
	}
	for _, r := range p.calls {
		if r.over != r.real.over || r.over && (r.n != r.real.n || !errors.Is(r.real.err, r.err) || !slices.Equal(r.got, r.real.got)) {
			return fmt.Errorf("%s came to %+v; want %+v", r.do, r.real, r.outcome)
		}
	}
	p.calls = slices.DeleteFunc(p.calls, func(r *running) bool {
		if r.over {
			r.cancel()
		}
		return r.over
	})
	for i, q := range p.qs {
		is, want := q.Stats(), p.ms[i].stats()
		if is.WaitDuration = 0; is != want {
			return fmt.Errorf("queue %d is at %+v; want %+v", i, is, want)
		}
		if q.Len() != want.Len || q.Cap() != want.Cap {
			return fmt.Errorf("queue %d has Len %d, Cap %d; want %+v", i, q.Len(), q.Cap(), want)
		}
	}
	return nil
}
