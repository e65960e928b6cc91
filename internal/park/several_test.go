package park_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/park"
	"github.com/petiole-go/petiole/internal/testkit"
)

func any2(p, q *queue) *call {
	return start(func(ctx context.Context) (int, error) { return getAny(ctx, p, q) })
}

func (q *queue) start() *call { return start(q.get) }

// A waiter in two lines is served in one of them, and is then in none.
func TestSeveralServedOnce(t *testing.T) {
	for name, in := range map[string]int{"first": 0, "second": 1} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				qs := []*queue{new(queue), new(queue)}
				c := any2(qs[0], qs[1])
				require.NoError(t, qs[in].put(t.Context(), 7))
				c.require(t, true, nil)
				require.Equal(t, 7, c.v)
				for _, q := range qs {
					getters, _ := q.parked()
					require.Zero(t, getters)
				}
				require.NoError(t, qs[1-in].put(t.Context(), 8))
				require.True(t, qs[1-in].full, "went to a waiter that had gone")
			})
		})
	}
}

// A granter that loses the claim drops the waiter and serves the next in line.
func TestSeveralLostClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p, q queue
		both := any2(&p, &q)
		next := q.start()
		var k park.Woken
		p.mu.Lock() // as p serves it
		w := p.getters.Head()
		claimed := w.Claim()
		_ = q.put(t.Context(), 2)
		getters, _ := q.parked()
		w.Value.item = 1
		w.Grant(&k)
		p.mu.Unlock()
		k.Wake()
		require.True(t, claimed)
		require.Zero(t, getters, "the one that is served elsewhere was not dropped")
		next.require(t, true, nil)
		require.Equal(t, 2, next.v)
		both.require(t, true, nil)
		require.Equal(t, 1, both.v)
	})
}

// Whose context ends while a line has its claim waits for what that line gives.
func TestSeveralCancelledWhenClaimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p, q queue
		c := any2(&p, &q)
		var k park.Woken
		p.mu.Lock()
		w := p.getters.Head()
		claimed := w.Claim()
		c.leave()
		synctest.Wait()
		early := c.done
		w.Value.item = 1
		w.Grant(&k)
		p.mu.Unlock()
		k.Wake()
		require.True(t, claimed)
		require.False(t, early)
		c.require(t, true, nil)
		require.Equal(t, 1, c.v)
	})
}

// Cancelled, it has left all its lines and taken nothing.
func TestSeveralDeparture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p, q queue
		c := any2(&p, &q)
		behind := q.start()
		c.leave()
		c.require(t, true, context.Canceled)
		require.NoError(t, p.put(t.Context(), 1))
		require.True(t, p.full)
		require.NoError(t, q.put(t.Context(), 2))
		behind.require(t, true, nil)
	})
}

// A comparison that panics reaches the call that ran it, which is then in no line;
// in each that it left the owner has looked.
func TestSeveralPanic(t *testing.T) {
	var p queue
	q := queue{full: true, onPop: func() { panic("compare") }}
	require.Equal(t, "compare", testkit.Run(func() { _, _ = getAny(t.Context(), &p, &q) }))
	getters, _ := p.parked()
	require.Zero(t, getters)

	var looks int
	a := park.NewSeveral[slot](t.Context())
	for range 3 {
		p.mu.Lock()
		a.Join(&p.getters, &p.mu, func(*park.Woken) { looks++; panic(looks) })
		p.mu.Unlock()
	}
	require.True(t, a.Claim())
	require.Equal(t, 3, testkit.Run(a.Leave), "of several panics the last comes out")
	getters, _ = p.parked()
	require.Zero(t, getters)
}
