package semaphore_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/semaphore"
)

const heavy = 4 // what a heavy call wants, which is the limit; a light one wants 1

// A gale is a storm over a semaphore.
type gale struct {
	s       *semaphore.Semaphore
	workers [8]*worker
	calls   atomic.Int64 // that are still to be made
	inside  atomic.Int64 // held, as the workers know
}

// A worker acquires and gives back, this way and that.
type worker struct {
	*rand.Rand
	*gale
	ctx                context.Context // renewed when it has ended
	leave              atomic.Pointer[context.CancelFunc]
	granted, cancelled int64
	wrong              error
}

// Under random cancellations no more is held at once than there is, whatever was granted is known to who has it,
// and at no moment does somebody wait who need not. S1 S2
//
// In the second storm one permit is held all the time, so every heavy call comes to the head of the line, and leaves
// it in vain.
func TestStorm(t *testing.T) {
	calls := int64(1_000_000)
	if testing.Short() {
		calls /= 8
	}
	for name, always := range map[string]int64{"grants meet cancels": 0, "heavy heads leave": 1} {
		t.Run(name, func(t *testing.T) { storm(t, calls, always) })
	}
}

func storm(t *testing.T, calls, always int64) {
	seed := rand.Uint64()
	g := &gale{s: semaphore.New(heavy)}
	require.True(t, g.s.TryAcquire(always))
	g.inside.Store(always)
	g.calls.Store(calls)
	for i := range g.workers {
		g.workers[i] = &worker{Rand: rand.New(rand.NewPCG(seed, uint64(i))), gale: g}
		g.workers[i].renew()
	}
	var all, cancels sync.WaitGroup
	var over atomic.Bool
	for _, w := range g.workers {
		all.Go(func() {
			for w.wrong == nil && g.calls.Add(-1) >= 0 {
				w.call()
			}
		})
	}
	cancels.Go(func() {
		r := rand.New(rand.NewPCG(seed, 1<<32))
		for !over.Load() {
			(*g.workers[r.IntN(len(g.workers))].leave.Load())()
			for range r.IntN(10) {
				runtime.Gosched()
			}
		}
	})
	all.Wait()
	over.Store(true)
	cancels.Wait()

	granted, cancelled := always, int64(0) // the TryAcquire above counts, of nothing too
	if always == 0 {
		granted = 1
	}
	var wrong error
	for _, w := range g.workers {
		wrong = errors.Join(wrong, w.wrong)
		granted += w.granted
		cancelled += w.cancelled
	}
	stats := g.s.Stats()
	t.Logf("seed %d: %d granted, %d cancelled; %+v", seed, granted, cancelled, stats)
	require.NoError(t, wrong)
	require.NotZero(t, stats.Canceled)
	require.Equal(t, granted, stats.Acquired)
	require.Equal(t, always, stats.InUse)
	require.Zero(t, stats.Waiting+stats.WaitingWeight)
	require.True(t, g.s.TryAcquire(heavy-always))
}

func (w *worker) renew() {
	ctx, cancel := context.WithCancel(context.Background())
	w.ctx = ctx
	w.leave.Store(&cancel)
}

// call does one thing, and looks.
func (w *worker) call() {
	if w.ctx.Err() != nil {
		w.renew()
	}
	n := int64(1)
	if w.IntN(3) == 0 {
		n = heavy
	}
	var err error
	switch w.IntN(4) {
	case 0:
		if w.s.TryAcquire(n) {
			w.holds(n)
			w.s.Release(n)
		}
	case 1:
		var p *semaphore.Permit
		if p, err = w.s.Take(w.ctx, n); err == nil {
			w.holds(n)
			p.Release()
		}
	default:
		if err = w.s.Acquire(w.ctx, n); err == nil {
			w.holds(n)
			w.s.Release(n)
		}
	}
	if err == context.Canceled && w.ctx.Err() != nil {
		w.cancelled++
	} else if err != nil {
		w.wrong = err
	}
	s := w.s.Stats()
	free, heavies := s.Limit-s.InUse, (s.WaitingWeight-s.Waiting)/(heavy-1)
	if s.Waiting > 0 && (free == heavy || heavies == 0 && free > 0) {
		w.wrong = fmt.Errorf("somebody waits, and need not: %+v", s)
	}
}

// holds is called by one that holds n, and does so for a while.
func (w *worker) holds(n int64) {
	w.granted++
	if is := w.inside.Add(n); is > heavy {
		w.wrong = fmt.Errorf("%d are held at once", is)
	}
	if w.IntN(2) == 0 {
		runtime.Gosched()
	}
	w.inside.Add(-n)
}
