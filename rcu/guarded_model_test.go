package rcu_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/petiole-go/petiole/rcu"
)

// guardedModel is what a Guarded is held to: values are numbers, 0 for nil, and
// everything is counted in the plainest way.
type guardedModel struct {
	current int
	closed  bool
	readers map[int]int       // how many hold a value
	pending map[int]time.Time // replaced when
	retired []int
}

func (m *guardedModel) store(v int) {
	old := m.current
	switch {
	case m.closed:
		old = v
	case v == old:
		return
	default:
		m.current = v
	}
	if old != 0 {
		m.pending[old] = time.Now()
		m.settle(old)
	}
}

func (m *guardedModel) settle(v int) {
	if _, replaced := m.pending[v]; replaced && m.readers[v] == 0 {
		delete(m.pending, v)
		m.retired = append(m.retired, v)
	}
}

func (m *guardedModel) stats() rcu.GuardedStats {
	s := rcu.GuardedStats{Pending: len(m.pending), Retired: uint64(len(m.retired))}
	if len(m.pending) > 0 {
		s.Oldest = slices.MinFunc(slices.Collect(maps.Values(m.pending)), time.Time.Compare)
	}
	return s
}

// step is one call; which of the readers it is about, if any, is chosen by at.
type step struct {
	do string
	at int
}

var steps = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
	return step{
		do: rapid.SampledFrom([]string{"acquire", "acquire", "release", "release", "store", "store",
			"store nil", "store current", "synchronize", "close"}).Draw(t, "do"),
		at: rapid.IntRange(0, 99).Draw(t, "at"),
	}
}), 1, 60)

// play has a Guarded and the model do all of it, one call a second, and tells
// where they part.
func play(procs int, all []step) (err error) {
	type hold struct {
		rcu.Ref[pool]
		n int
	}
	type wait struct {
		returned chan error
		of       []int // what was pending when it began
	}
	m := &guardedModel{readers: map[int]int{}, pending: map[int]time.Time{}}
	g := newPools(procs, nil)
	var held []hold
	var waits []wait
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	values := 0

	check := func(what string) error {
		synctest.Wait()
		if !assert.ObjectsAreEqual(m.retired, g.retired) || m.stats() != g.Stats() {
			return fmt.Errorf("after %s: retired %v, %+v; want %v, %+v", what, g.retired, g.Stats(), m.retired, m.stats())
		}
		for _, w := range waits {
			over := !slices.ContainsFunc(w.of, func(v int) bool { _, still := m.pending[v]; return still })
			if over != (len(w.returned) == 1) {
				return fmt.Errorf("after %s: a Synchronize that waits for %v is over: %v, want %v", what, w.of, !over, over)
			}
		}
		return nil
	}
	release := func(i int) {
		h := held[i]
		held = slices.Delete(held, i, i+1)
		m.readers[h.n]--
		m.settle(h.n)
		h.Release()
	}
	for i, s := range all {
		time.Sleep(time.Second)
		switch s.do {
		case "acquire":
			r := g.Acquire()
			if got := r.Value(); m.current == 0 && got != nil || m.current != 0 && (got == nil || got.n != m.current) {
				return fmt.Errorf("step %d: acquired %v, want %d", i, got, m.current)
			}
			m.readers[m.current]++
			held = append(held, hold{r, m.current})
		case "release":
			if len(held) > 0 {
				release(s.at % len(held))
			}
		case "store":
			values++
			m.store(values)
			g.Store(&pool{values})
		case "store nil":
			m.store(0)
			g.Store(nil)
		case "store current":
			r := g.Acquire()
			g.Store(r.Value())
			r.Release()
		case "synchronize":
			waits = append(waits, wait{g.synchronize(ctx), slices.Collect(maps.Keys(m.pending))})
		case "close":
			if s.at < 30 { // not too soon
				m.store(0)
				m.closed = true
				err = errors.Join(err, g.Close())
			}
		}
		if err = errors.Join(err, check(fmt.Sprintf("step %d, %s", i, s.do))); err != nil {
			return err
		}
	}
	for len(held) > 0 {
		release(0)
	}
	m.store(0)
	g.Store(nil)
	slices.Sort(g.retired)
	if len(g.retired) != values || values > 0 && (g.retired[0] != 1 || len(slices.Compact(g.retired)) != values) {
		return fmt.Errorf("of %d values not each has retired once: %v", values, g.retired)
	}
	return nil
}

// A Guarded does what the model does, call by call.
func TestGuardedModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		procs := rapid.SampledFrom([]int{1, 8}).Draw(rt, "procs")
		all := steps.Draw(rt, "steps")
		var err error
		synctest.Test(t, func(*testing.T) { err = play(procs, all) })
		if err != nil {
			rt.Fatal(err)
		}
	})
}
