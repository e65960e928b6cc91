package semaphore_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/petiole-go/petiole/semaphore"
)

// A thing is what a play is about, and what may be done to it.
type thing struct {
	name   string
	does   []string
	limits []int64
	ns     []int64
	keys   int
	real   func(limit int64) real
}

// A real is the real side: it does a call, and says how it is.
type real struct {
	do    func(ctx context.Context, c *call, o *outcome)
	check func(ms []*model) error
}

const most = semaphore.MaxLimit

var things = []thing{
	{
		name: "Semaphore",
		does: []string{
			"acquire", "acquire", "acquire", "take", "take", "try", "try take", "release", "release", "give back", "give back",
			"forget", "resize", "resize", "grow", "close", "drain", "cancel", "cancel", "sleep",
		},
		limits: []int64{0, 1, 2, 3, 4, most},
		ns:     []int64{0, 1, 1, 1, 2, 2, 3, 4, most, most + 1},
		keys:   1,
		real: func(limit int64) real {
			s := semaphore.New(limit)
			return real{
				func(ctx context.Context, c *call, o *outcome) { toSemaphore(ctx, s, c, o) },
				func(ms []*model) error { return differ(s.Stats(), ms[0].stats()) },
			}
		},
	},
	{
		name:   "Keyed",
		does:   []string{"take", "take", "take", "try take", "give back", "give back", "close", "cancel", "sleep"},
		limits: []int64{1, 2, 3, most},
		ns:     []int64{0, 1, 1, 1, 2, 3, 4, most, most + 1},
		keys:   3,
		real: func(limit int64) real {
			k := semaphore.NewKeyed[int](limit)
			return real{
				func(ctx context.Context, c *call, o *outcome) { toKeyed(ctx, k, c, o) },
				func(ms []*model) error {
					used := 0
					for _, m := range ms {
						if m.held > 0 {
							used++
						}
					}
					if k.Len() != used {
						return fmt.Errorf("%d keys are there, and %d in use", k.Len(), used)
					}
					return differ(k.Stats(), sum(ms))
				},
			}
		},
	},
	{
		name:   "RWMutex",
		does:   []string{"acquire", "acquire", "try", "release", "release", "cancel"},
		limits: []int64{most},
		ns:     []int64{1, 1, most},
		keys:   1,
		real: func(int64) real {
			var m semaphore.RWMutex
			return real{
				func(ctx context.Context, c *call, o *outcome) {
					if c.n == 1 {
						toLock(ctx, c, o, m.RLockContext, m.TryRLock, m.RUnlock)
					} else {
						toLock(ctx, c, o, m.LockContext, m.TryLock, m.Unlock)
					}
				},
				func([]*model) error { return nil },
			}
		},
	},
	{
		name:   "Mutex",
		does:   []string{"acquire", "acquire", "try", "release", "release", "cancel"},
		limits: []int64{most},
		ns:     []int64{most},
		keys:   1,
		real: func(int64) real {
			var m semaphore.Mutex
			return real{
				func(ctx context.Context, c *call, o *outcome) { toLock(ctx, c, o, m.LockContext, m.TryLock, m.Unlock) },
				func([]*model) error { return nil },
			}
		},
	},
}

func differ(is, want semaphore.Stats) error {
	if is != want {
		return fmt.Errorf("it is at %+v; want %+v", is, want)
	}
	return nil
}

func toSemaphore(ctx context.Context, s *semaphore.Semaphore, c *call, o *outcome) {
	var err error
	ok := true
	switch c.do {
	case "acquire":
		err = s.Acquire(ctx, c.n)
	case "take":
		c.permit.real, err = s.Take(ctx, c.n)
	case "try":
		ok = s.TryAcquire(c.n)
	case "try take":
		c.permit.real, ok = s.TryTake(c.n)
	case "release":
		s.Release(c.n)
	case "give back":
		ok = c.permit.real.Release()
	case "forget":
		c.permit.real.Forget()
	case "resize":
		s.Resize(c.n)
	case "grow":
		s.Grow(c.n)
	case "close":
		s.Close()
	case "drain":
		err = s.Drain(ctx)
	}
	o.says(ok, err)
}

func toKeyed(ctx context.Context, k *semaphore.Keyed[int], c *call, o *outcome) {
	var err error
	ok := true
	switch c.do {
	case "take":
		c.permit.real, err = k.Take(ctx, c.key, c.n)
	case "try take":
		c.permit.real, ok = k.TryTake(c.key, c.n)
	case "give back":
		ok = c.permit.real.Release()
	case "close":
		k.Close()
	}
	o.says(ok, err)
}

func toLock(ctx context.Context, c *call, o *outcome, lock func(context.Context) error, try func() bool, unlock func()) {
	switch c.do {
	case "acquire":
		o.says(true, lock(ctx))
	case "try":
		o.says(try(), nil)
	case "release":
		unlock()
		o.says(true, nil)
	}
}

func (o *outcome) says(ok bool, err error) {
	if o.ok = ok && err == nil; err != nil {
		o.err = err.Error()
	}
}

// A step is one operation of a case; at chooses among what there is to choose from.
type step struct {
	do      string
	key, at int
	n       int64
}

// A running is a call that has been made of both sides.
type running struct {
	*call
	real   outcome // written by its goroutine
	cancel context.CancelFunc
}

// A play is a case: the real side beside its models, one of each key.
type play struct {
	thing   thing
	clock   time.Duration
	real    real
	ms      []*model
	calls   []*running // that have not ended
	permits []*taken
}

// What there is in this package does what the model does, call by call, with contexts that end, and whenever
// all is quiet those wait who have to, and nobody else. S1 S2 S3 S4 S5 S6
func TestModel(t *testing.T) {
	for _, thing := range things {
		t.Run(thing.name, func(t *testing.T) {
			times := 12 // the 100 cases that rapid makes, which are too few
			if testing.Short() {
				times /= 2
			}
			for range times {
				rapid.Check(t, func(rt *rapid.T) { thing.play(t, rt) })
			}
		})
	}
}

func (th thing) play(t *testing.T, rt *rapid.T) {
	limit := rapid.SampledFrom(th.limits).Draw(rt, "limit")
	steps := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) step {
		return step{
			do:  rapid.SampledFrom(th.does).Draw(rt, "do"),
			key: rapid.IntRange(0, th.keys-1).Draw(rt, "key"),
			at:  rapid.IntRange(0, 99).Draw(rt, "at"),
			n:   rapid.SampledFrom(th.ns).Draw(rt, "n"),
		}
	}), 10, 60).Draw(rt, "steps")
	var err error
	synctest.Test(t, func(*testing.T) {
		p := play{thing: th, real: th.real(limit)}
		for range th.keys {
			p.ms = append(p.ms, &model{clock: &p.clock, limit: limit})
		}
		err = p.all(steps)
		for _, c := range p.calls {
			c.cancel()
		}
	})
	if err != nil {
		rt.Fatal(err)
	}
}

func (p *play) all(steps []step) error {
	for i, s := range steps {
		p.step(s)
		if err := p.compare(); err != nil {
			return fmt.Errorf("after step %d, %+v: %w", i, s, err)
		}
	}
	return nil
}

// step does s on both sides, where it can be done.
func (p *play) step(s step) {
	m := p.ms[s.key]
	c := &call{do: s.do, key: s.key, n: s.n}
	switch s.do {
	case "sleep":
		d := time.Duration(s.at) * time.Second
		p.clock += d
		time.Sleep(d)
		return
	case "cancel":
		if len(p.calls) > 0 {
			r := p.calls[s.at%len(p.calls)]
			r.cancel()
			synctest.Wait()
			p.ms[r.key].leave(r.call)
		}
		return
	case "take", "try take":
		c.permit = &taken{key: s.key, n: s.n}
		p.permits = append(p.permits, c.permit)
	case "give back", "forget":
		out := slices.DeleteFunc(slices.Clone(p.permits), func(t *taken) bool { return t.real == nil })
		if len(out) == 0 {
			return
		}
		c.permit = out[s.at%len(out)]
		c.key, c.n = c.permit.key, c.permit.n
		m = p.ms[c.key]
	case "release":
		locks := p.thing.name != "Semaphore"
		if c.n > m.loose && c.n <= m.held || locks && (c.n > m.held || m.held == most && c.n == 1) {
			return // a permit's, or a misuse that has a test of its own
		}
	case "grow":
		c.n = int64(s.at%9) - 4
	case "close":
		if s.at > 30 { // not too soon
			return
		}
	}
	p.start(c)
	if m.do(c); c.do == "close" {
		for _, other := range p.ms {
			other.do(&call{do: "close"})
		}
	}
}

// start has the real side do c, which has come to an end, or waits, when it returns.
func (p *play) start(c *call) {
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{call: c, cancel: cancel}
	p.calls = append(p.calls, r)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				r.real.panicked = fmt.Sprint(v)
			}
			r.real.over = true
		}()
		p.real.do(ctx, c, &r.real)
	}()
	synctest.Wait()
}

// compare tells where the sides differ, and forgets what has ended.
func (p *play) compare() error {
	for _, r := range p.calls {
		if r.outcome != r.real {
			return fmt.Errorf("%s of %d came to %+v; want %+v", r.do, r.n, r.real, r.outcome)
		}
	}
	p.calls = slices.DeleteFunc(p.calls, func(r *running) bool {
		if r.over {
			r.cancel()
		}
		return r.over
	})
	return p.real.check(p.ms)
}
