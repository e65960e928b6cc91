package queue_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/queue"
)

// A crowd is goroutines that make calls of two queues, several at once.
type crowd struct {
	*rand.Rand
	qs    [2]*queue.Queue[item]
	slots [2][]*reserved // that are out
	done  [2]int64       // calls of TaskDone
	items int
	calls []*asked // that have not ended
	waits int      // how many waited when all was quiet, in all
}

// An asked is a call of one of the queues, or of both, that one first.
type asked struct {
	running
	at int
}

// Whenever all is quiet, after several calls that were made at once, nobody waits for
// what is there, and whoever waits stands in line: no wake-up was lost. Q1 Q2 Q4
func TestQuiet(t *testing.T) {
	rounds := 1500
	if testing.Short() {
		rounds /= 4
	}
	seed := rand.Uint64()
	waits := 0
	for round := range rounds {
		order, capacity := orders[round%3], []int{0, 1, 2, 3, queue.Unbounded}[round/3%5]
		var err error
		synctest.Test(t, func(*testing.T) {
			c := &crowd{Rand: rand.New(rand.NewPCG(seed, uint64(round)))}
			for i := range c.qs {
				c.qs[i] = made(order, capacity)
			}
			for step := 0; step < 20 && err == nil; step++ {
				for range 2 + c.IntN(4) {
					c.call()
				}
				synctest.Wait()
				err = c.quiet()
			}
			for _, r := range c.calls {
				r.cancel()
			}
			waits += c.waits
		})
		require.NoError(t, err, "%s of capacity %d; seed %d, round %d", order, capacity, seed, round)
	}
	t.Logf("seed %d: when all was quiet %.1f calls waited", seed, float64(waits)/float64(rounds*20))
	require.NotZero(t, waits)
}

// call has a goroutine make a call, soon.
func (c *crowd) call() {
	at := c.IntN(2)
	q := c.qs[at]
	ctx, cancel := context.WithCancel(context.Background())
	r := &asked{running{call: &call{do: []string{
		"put", "put", "put", "put batch", "put batch", "try put", "reserve", "slot put", "slot release",
		"get", "get", "get", "get batch", "get batch", "try get", "get any", "get any", "get all",
		"join", "done", "cancel", "cancel", "cancel", "close", "close now",
	}[c.IntN(25)], size: 1 + c.IntN(3)}, cancel: cancel}, at}
	for range r.size {
		c.items++
		r.vs = append(r.vs, item{c.IntN(3), c.items})
	}
	ask := func() { request(ctx, q, *r.call, &r.real) }
	switch r.do {
	case "reserve":
		if r.slot = new(reserved); q.Cap() == 0 {
			return
		}
	case "slot put", "slot release":
		if len(c.slots[at]) == 0 {
			return
		}
		r.slot, c.slots[at] = c.slots[at][0], c.slots[at][1:]
	case "get any":
		ask = func() { _, _, _ = queue.GetAny(ctx, c.qs[at], c.qs[1-at]) }
	case "done":
		if c.done[at] == q.Stats().Gets {
			return
		}
		c.done[at]++
	case "close", "close now":
		if c.IntN(6) > 0 {
			return
		}
	case "cancel":
		if len(c.calls) == 0 {
			return
		}
		ask = c.calls[c.IntN(len(c.calls))].cancel
	}
	c.calls = append(c.calls, r)
	yields := c.IntN(3)
	go func() {
		for range yields {
			runtime.Gosched()
		}
		ask()
		r.real.over = true
	}()
}

// quiet returns what is wrong when all calls that could end have ended.
func (c *crowd) quiet() error {
	var putters, getters [2]int
	any := 0
	calls := c.calls
	c.calls = nil
	var gone [2]bool // by CloseNow
	for _, r := range calls {
		switch {
		case r.real.over:
			if r.do == "reserve" && r.real.err == nil {
				c.slots[r.at] = append(c.slots[r.at], r.slot)
			}
			gone[r.at] = gone[r.at] || r.do == "close now"
			r.cancel()
			continue
		case r.do == "put", r.do == "put batch", r.do == "reserve":
			putters[r.at]++
		case r.do == "get", r.do == "get batch":
			getters[r.at]++
		case r.do == "get any":
			any++
		case r.do != "join" || c.qs[r.at].Stats().Unfinished == 0:
			return fmt.Errorf("%s does not return: %+v", r.do, c.qs[r.at].Stats())
		}
		c.calls = append(c.calls, r)
		c.waits++
	}
	all := true // are drained
	for i, q := range c.qs {
		if gone[i] {
			c.slots[i] = nil
		}
		s, drained, err := look(q)
		all = all && drained
		if !drained {
			getters[i] += any
		}
		switch {
		case err != nil:
			return err
		case s.Putters != putters[i] || s.Getters != getters[i] || s.Reserved != len(c.slots[i]):
			return fmt.Errorf("%d calls put, %d get, %d slots are out; %+v", putters[i], getters[i], len(c.slots[i]), s)
		case s.Putters > 0 && q.TryPut(item{}) != queue.ErrFull:
			return fmt.Errorf("somebody waits, and TryPut put: %+v", s)
		}
		if s.Getters > 0 {
			if v, err := q.TryGet(); err != queue.ErrEmpty {
				return fmt.Errorf("somebody waits, and TryGet got %v, %v: %+v", v, err, s)
			}
		}
	}
	if all && any > 0 {
		return fmt.Errorf("all are drained, and %d GetAny wait", any)
	}
	return nil
}
