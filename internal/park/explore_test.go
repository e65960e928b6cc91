package park_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/internal/park"
)

// A grant that meets the end of the context stands, or has not happened: the permit
// is with who was served or still there, neither lost nor doubled. I1, I3, I4
func TestExploreGrantMeetsCancel(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		var m sem
		ctx, _ := s.Cancelable("cancel")
		held := int64(0)
		s.Go("waiter", func() {
			if m.acquire(ctx, 1) == nil {
				held = 1
			}
		})
		s.Go("releaser", func() { m.release(1) })
		s.End(func() {
			s.Assert(held+m.free == 1, "%d held and %d free, of one", held, m.free)
			s.Assert(m.line.Len() == 0, "still in line")
		})
	})
}

// A head that leaves does not strand whom it held up, a waiter for nothing neither. I6
func TestExploreDepartureFreesFollowers(t *testing.T) {
	for name, n := range map[string]int64{"light": 1, "nothing": 0} {
		t.Run(name, func(t *testing.T) {
			explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
				m := sem{free: 1}
				ctx, cancel := context.WithCancel(context.Background())
				s.Go("heavy", func() { s.Assert(m.acquire(ctx, 2) != nil, "two of one") })
				s.Go(name, func() { s.Assert(m.acquire(context.Background(), n) == nil, "not served") })
				s.Go("cancel", cancel)
				s.End(func() { s.Assert(m.free == 1-n && m.line.Len() == 0, "%d free", m.free) })
			})
		})
	}
}

// Who stood in line first is served first, whoever sleeps, yields or comes just now.
func TestExploreFirstComeFirstServed(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		var q queue
		ctx := context.Background()
		var first, second int
		behind := false
		s.Go("first", func() { first, _ = q.get(ctx) })
		s.Go("second", func() {
			getters, _ := q.parked()
			behind = getters == 1
			second, _ = q.get(ctx)
		})
		s.Go("putter", func() { _ = q.put(ctx, 1, 2) })
		s.End(func() {
			s.Assert(first+second == 3, "%d and %d", first, second)
			s.Assert(!behind || first == 1, "overtaken")
		})
	})
}

// Of several that one release serves each is woken once, in its sleep or not, and
// until then nobody else has its node, though its context may have ended. I2, I4, I5
func TestExploreWokenInAChain(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		var m sem
		ctx, _ := s.Cancelable("cancel")
		left := int64(0)
		s.Go("stays", func() { s.Assert(m.acquire(context.Background(), 1) == nil, "not served") })
		s.Go("may leave", func() {
			if m.acquire(ctx, 1) != nil {
				left = 1
			}
		})
		s.Go("releaser", func() { m.release(2) })
		s.End(func() { s.Assert(m.free == left && m.line.Len() == 0, "%d free, %d left", m.free, left) })
	})
}

// A node that was given back serves the next as a new one would, also while who
// granted it last is on its way: there is one permit, and one has it. I5, I8
func TestExploreNodeReused(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		m := sem{free: 1}
		var held atomic.Int64
		for _, name := range []string{"one", "two"} {
			s.Go(name, func() {
				for range 2 {
					s.Assert(m.acquire(context.Background(), 1) == nil, "not served")
					s.Assert(held.Add(1) == 1, "two have it")
					held.Add(-1)
					m.release(1)
				}
			})
		}
		s.End(func() { s.Assert(m.free == 1 && m.line.Len() == 0, "%d free", m.free) })
	})
}

// What panics in a look comes out of Wait; whom it had granted is woken all the same,
// and the mutex is free. I6
func TestExploreLookPanics(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		m := sem{free: 1}
		ctx, cancel := context.WithCancel(context.Background())
		var came any
		s.Go("heavy", func() {
			defer func() { came = recover() }()
			m.mu.Lock()
			w := m.line.Join(ctx, &m.mu)
			w.Value.n = 2
			m.mu.Unlock()
			_, _ = w.Wait(func(k *park.Woken) {
				m.grant(k)
				panic("look")
			}, nil)
		})
		s.Go("light", func() { s.Assert(m.acquire(context.Background(), 1) == nil, "not served") })
		s.Go("cancel", cancel)
		s.End(func() {
			s.Assert(came == "look", "%v came out", came)
			s.Assert(m.free == 0 && m.line.Len() == 0, "%d free", m.free)
		})
	})
}
