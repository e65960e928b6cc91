package park_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Under random cancellations each grant has one taker, and each permit is back in
// the end: as many were served as returned without an error.
func TestStormSemaphore(t *testing.T) {
	const permits = 3
	s := sem{free: permits}
	var held, returned atomic.Int64
	storm(t, func(ctx context.Context, r *rand.Rand) {
		n := r.Int64N(permits + 1)
		if s.acquire(ctx, n) != nil {
			returned.Add(1)
			return
		}
		if held.Add(n) > permits {
			panic("more is held than there is")
		}
		for range r.IntN(4) {
			runtime.Gosched()
		}
		held.Add(-n)
		s.release(n)
	})
	require.Equal(t, int64(permits), s.free)
	require.Zero(t, s.parked())
	require.Equal(t, s.all, s.served+s.departed)
	require.Equal(t, int64(s.departed), returned.Load())
	require.NotZero(t, s.departed)
	t.Logf("%d parked, %d of them left", s.all, s.departed)
}

// Under random cancellations an item that was put is taken once, whether its taker
// stood in one line or in several.
func TestStormSeveral(t *testing.T) {
	qs := []*queue{new(queue), new(queue), new(queue)}
	var values, puts, gets, sum atomic.Int64
	got := func(v int, err error) {
		if err == nil {
			gets.Add(1)
			sum.Add(-int64(v))
		}
	}
	storm(t, func(ctx context.Context, r *rand.Rand) {
		q := qs[r.IntN(len(qs))]
		switch r.IntN(4) {
		case 0:
			got(q.get(ctx))
		case 1:
			got(getAny(ctx, q, qs[r.IntN(len(qs))])) // perhaps the same twice
		default:
			v := values.Add(1)
			if q.put(ctx, int(v)) == nil {
				puts.Add(1)
				sum.Add(v)
			}
		}
	})
	for _, q := range qs {
		getters, putters := q.parked()
		require.Zero(t, getters+putters)
		if q.full {
			got(q.item, nil)
		}
	}
	require.Equal(t, puts.Load(), gets.Load())
	require.Zero(t, sum.Load(), "an item was lost, or seen twice")
	require.NotZero(t, gets.Load())
}

// storm has goroutines do f over and over, each call with a context that ends by
// itself, soon or after a while.
func storm(t *testing.T, f func(ctx context.Context, r *rand.Rand)) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rounds := 2000
	if testing.Short() {
		rounds = 300
	}
	var over sync.WaitGroup
	for i := range uint64(8) {
		over.Go(func() {
			r := rand.New(rand.NewPCG(seed, i))
			for range rounds {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(r.IntN(100))*time.Microsecond)
				f(ctx, r)
				cancel()
			}
		})
	}
	over.Wait()
}
