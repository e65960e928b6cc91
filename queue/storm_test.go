package queue_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/queue"
)

// look is q at some moment, and what is wrong then with who waits.
func look(q *queue.Queue[item]) (s queue.Stats, drained bool, err error) {
	closed := false
	select {
	case <-q.Closed():
		closed = true
	default:
	}
	s = q.Stats()
	drained = closed && s.Len+s.Reserved == 0
	var wrong string
	switch {
	case s.Cap >= 0 && s.Len+s.Reserved > s.Cap:
		wrong = "more is in than there is room for"
	case s.Putters > 0 && (s.Cap < 0 || s.Len+s.Reserved < s.Cap):
		wrong = "somebody waits to put, and there is room"
	case s.Putters > 0 && closed:
		wrong = "somebody waits to put, and it is closed"
	case s.Getters > 0 && (s.Len > 0 || s.Cap == 0 && s.Putters > 0):
		wrong = "somebody waits to get, and there is something"
	case s.Getters > 0 && drained:
		wrong = "somebody waits to get, and it is drained"
	default:
		return s, drained, nil
	}
	return s, drained, fmt.Errorf("%s: %+v", wrong, s)
}

// A gale is a storm over two queues.
type gale struct {
	qs      [2]*queue.Queue[item]
	ordered bool // they are FIFO
	workers []*worker
	calls   atomic.Int64
	n       int64 // calls until both are closed
}

// A worker puts and takes, this way and that, and knows what it has put, and got.
type worker struct {
	*rand.Rand
	*gale
	id        int
	ctx       context.Context // renewed when it has ended
	leave     atomic.Pointer[context.CancelFunc]
	items     int
	put, got  []int
	last      [2][8]int // by queue and who put it, the number of the last item that it took
	over      [2]bool   // closed and drained
	cancelled int
	wrong     error
}

// Under random cancellations what was put without an error is taken once, and nothing
// else is; of one goroutine's items nobody takes an earlier one after a later from a
// FIFO; and at no moment does somebody wait who need not. Q1 Q2 Q3
func TestStorm(t *testing.T) {
	calls := int64(1_000_000)
	if testing.Short() {
		calls /= 8
	}
	capacities := []int{0, 1, 2, 64}
	for _, order := range orders {
		for _, capacity := range capacities {
			if !t.Run(fmt.Sprint(order, " ", capacity), func(t *testing.T) {
				storm(t, order, capacity, calls/int64(len(orders)*len(capacities)))
			}) {
				return
			}
		}
	}
}

func storm(t *testing.T, order string, capacity int, calls int64) {
	seed := rand.Uint64()
	g := &gale{qs: [2]*queue.Queue[item]{made(order, capacity), made(order, capacity)}, ordered: order == "FIFO", n: calls}
	for id := range len(worker{}.last[0]) {
		w := &worker{Rand: rand.New(rand.NewPCG(seed, uint64(id))), gale: g, id: id}
		w.renew()
		g.workers = append(g.workers, w)
	}
	var all, cancels sync.WaitGroup
	var over atomic.Bool
	for _, w := range g.workers {
		all.Go(func() {
			for w.wrong == nil && w.over != [2]bool{true, true} {
				w.call()
			}
		})
	}
	cancels.Go(func() {
		r := rand.New(rand.NewPCG(seed, 1<<32))
		for !over.Load() {
			(*g.workers[r.IntN(len(g.workers))].leave.Load())()
			for range r.IntN(30) {
				runtime.Gosched()
			}
		}
	})
	all.Wait()
	over.Store(true)
	cancels.Wait()

	var put, got []int
	var wrong error
	cancelled := 0
	for _, w := range g.workers {
		wrong = errors.Join(wrong, w.wrong)
		put, got = append(put, w.put...), append(got, w.got...)
		cancelled += w.cancelled
	}
	t.Logf("seed %d: %d calls, %d of them cancelled, %d items", seed, g.calls.Load(), cancelled, len(put))
	require.NoError(t, wrong)
	require.NotZero(t, cancelled)
	slices.Sort(put)
	slices.Sort(got)
	for i := range min(len(put), len(got)) {
		require.Equal(t, put[i], got[i], "the first item that was lost, or taken and not put, or taken twice")
	}
	require.Len(t, got, len(put))
	var sum queue.Stats
	for _, q := range g.qs {
		s := q.Stats()
		require.Zero(t, s.Len+s.Reserved+s.Getters+s.Putters, "%+v", s)
		require.Zero(t, s.Unfinished)
		require.NoError(t, q.Join(t.Context()))
		sum.Puts += s.Puts
	}
	require.EqualValues(t, len(put), sum.Puts)
}

func (w *worker) renew() {
	ctx, cancel := context.WithCancel(context.Background())
	w.ctx = ctx
	w.leave.Store(&cancel)
}

// call does one thing. Half of the workers mostly put, the others mostly take.
func (w *worker) call() {
	if w.ctx.Err() != nil {
		w.renew()
	}
	switch w.calls.Add(1) {
	case w.n * 9 / 10:
		w.qs[0].Close()
	case w.n:
		w.see(1, w.qs[1].CloseNow()...)
	}
	i := w.IntN(2)
	if (w.IntN(4) == 0) == (w.id%2 == 0) {
		w.take(i, w.qs[i])
	} else {
		w.give(w.qs[i])
	}
	if _, _, err := look(w.qs[i]); err != nil {
		w.wrong = err
	}
}

func (w *worker) give(q *queue.Queue[item]) {
	vs := make([]item, 1, 5)
	what := w.IntN(8)
	if what < 2 {
		vs = vs[:1+w.IntN(5)]
	}
	for i := range vs {
		w.items++
		vs[i] = item{w.IntN(3), w.items*len(w.workers) + w.id}
	}
	var n int
	var err error
	switch {
	case what < 2:
		if n, err = q.PutBatch(w.ctx, vs); err == nil && n < len(vs) {
			w.wrong = fmt.Errorf("PutBatch put %d of %d", n, len(vs))
		}
	case what == 2 && q.Cap() > 0:
		var s *queue.Slot[item]
		if s, err = q.Reserve(w.ctx); err != nil {
			break
		}
		defer s.Release()
		if w.IntN(4) == 0 {
			runtime.Gosched()
			return
		}
		n, err = 1, s.Put(vs[0])
	case what == 3:
		n, err = 1, q.TryPut(vs[0])
	default:
		n, err = 1, q.Put(w.ctx, vs[0])
	}
	if err != nil && what >= 2 {
		n = 0
	}
	for _, v := range vs[:n] {
		w.put = append(w.put, v.id)
	}
	if !errors.Is(err, queue.ErrClosed) && !errors.Is(err, queue.ErrFull) {
		w.ended(err)
	}
}

func (w *worker) take(i int, q *queue.Queue[item]) {
	dst := make([]item, 1+w.IntN(5))
	n := 1
	var err error
	switch w.IntN(16) {
	case 0:
		if w.ended(q.Join(w.ctx)); w.wrong != nil {
			return
		}
		fallthrough
	case 1:
		dst = q.GetAll()
		n = len(dst)
	case 2, 3:
		dst[0], err = q.TryGet()
	case 4, 5, 6:
		n, err = q.GetBatch(w.ctx, dst)
	case 7, 8, 9:
		var from int
		if from, dst[0], err = queue.GetAny(w.ctx, q, w.qs[1-i]); err == nil && from == 1 {
			i, q = 1-i, w.qs[1-i]
		} else if err == queue.ErrClosed {
			w.over[1-i] = true
		}
	default:
		dst[0], err = q.Get(w.ctx)
	}
	switch err {
	case nil:
		w.see(i, dst[:n]...)
		for range n {
			q.TaskDone()
		}
	case queue.ErrClosed:
		w.over[i] = true
	case queue.ErrEmpty:
	default:
		w.ended(err)
	}
}

// see is told what was taken from a queue.
func (w *worker) see(i int, vs ...item) {
	for _, v := range vs {
		last := &w.last[i][v.id%len(w.workers)]
		if w.ordered && v.id <= *last {
			w.wrong = fmt.Errorf("item %d taken after %d", v.id, *last)
		}
		*last = v.id
		w.got = append(w.got, v.id)
	}
}

// ended is told how a call came to its end that may have been cancelled.
func (w *worker) ended(err error) {
	if err == context.Canceled && w.ctx.Err() != nil {
		w.cancelled++
	} else if err != nil {
		w.wrong = err
	}
}
