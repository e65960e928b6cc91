package testkit

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"
)

const (
	clients     = 4
	calls       = 8
	minOverlaps = 20
)

// A Client is one of the goroutines that make a history.
type Client struct {
	*rand.Rand
	values *atomic.Int64
}

// Yield lets others run now and then, to be called where an operation can be
// met half way.
func (c *Client) Yield() {
	if c.IntN(2) == 0 {
		runtime.Gosched()
	}
}

// Value returns a number, from 1 on, that no other call in this history got: a
// history in which values repeat hides what was lost or seen twice.
func (c *Client) Value() int { return int(c.values.Add(1)) }

// Histories makes n random histories and requires that model explains each. In a
// history several clients, which start together, call the operation that object
// returns for each of them; it does one thing and tells what was asked and what
// came of it. object is called once a client, new true for the first.
//
// The mean number of pairs of calls that overlapped is logged, and must not be
// small: one after another they would show nothing.
func Histories(t *testing.T, n int, model porcupine.Model, object func(c *Client, first bool) func() (input, output any)) {
	t.Helper()
	seed := rand.Uint64()
	overlaps := 0
	for i := range uint64(n) {
		h := history(seed, i, object)
		overlaps += pairs(h)
		got := porcupine.CheckOperationsTimeout(model, h, 10*time.Second)
		require.Equal(t, porcupine.Ok, got, "seed %d, history %d: %v", seed, i, h)
	}
	mean := float64(overlaps) / float64(n)
	t.Logf("seed %d: %d histories, %.1f overlapping pairs in each", seed, n, mean)
	require.GreaterOrEqual(t, mean, float64(minOverlaps), "too few pairs overlap")
}

func history(seed, i uint64, object func(*Client, bool) func() (any, any)) []porcupine.Operation {
	var clock, values atomic.Int64
	var start, done sync.WaitGroup
	start.Add(1)
	h := make([]porcupine.Operation, clients*calls)
	for id := range clients {
		c := &Client{rand.New(rand.NewPCG(seed, i*clients+uint64(id))), &values}
		do := object(c, id == 0)
		done.Go(func() {
			start.Wait()
			for j := range calls {
				op := porcupine.Operation{ClientId: id, Call: clock.Add(1)}
				c.Yield()
				op.Input, op.Output = do()
				c.Yield()
				op.Return = clock.Add(1)
				h[id*calls+j] = op
			}
		})
	}
	start.Done()
	done.Wait()
	return h
}

// pairs counts the pairs of calls of which neither ended before the other began.
func pairs(h []porcupine.Operation) (n int) {
	for i, a := range h {
		for _, b := range h[:i] {
			if a.ClientId != b.ClientId && a.Call < b.Return && b.Call < a.Return {
				n++
			}
		}
	}
	return n
}
