package semaphore_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/semaphore"
)

// A crowd makes calls of a semaphore, several at once.
type crowd struct {
	*rand.Rand
	s       *semaphore.Semaphore
	calls   []*running
	loose   int64    // granted by an Acquire, and not given back
	permits []*taken // granted, some of them given back
	waits   int      // how many waited when all was quiet, in all
}

// Whenever all is quiet, after several calls that were made at once, what is held is what was granted and has not
// come back, free and held are the limit, and somebody who waits wants more than is free: no permit was
// lost, and no wake-up. S1 S2 S3 S4
func TestQuiet(t *testing.T) {
	rounds := 3000
	if testing.Short() {
		rounds /= 4
	}
	seed := rand.Uint64()
	waits := 0
	for round := range rounds {
		var err error
		synctest.Test(t, func(*testing.T) {
			c := &crowd{Rand: rand.New(rand.NewPCG(seed, uint64(round))), s: semaphore.New(int64(round % 5))}
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
		require.NoError(t, err, "seed %d, round %d", seed, round)
	}
	t.Logf("seed %d: when all was quiet %.1f calls waited", seed, float64(waits)/float64(rounds*20))
	require.NotZero(t, waits)
}

// call has a goroutine make a call, soon.
func (c *crowd) call() {
	r := &running{call: &call{do: []string{
		"acquire", "acquire", "acquire", "take", "take", "try", "try take", "release", "release", "release", "give back", "give back",
		"forget", "resize", "resize", "grow", "drain", "cancel", "cancel", "close",
	}[c.IntN(20)], n: int64(c.IntN(4))}}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	switch r.do {
	case "take", "try take":
		r.permit = &taken{n: r.n}
	case "give back", "forget":
		if len(c.permits) == 0 {
			return
		}
		r.permit = c.permits[c.IntN(len(c.permits))]
	case "release":
		if r.n > c.loose {
			return
		}
		c.loose -= r.n
	case "close":
		if c.IntN(8) > 0 { // not too soon
			return
		}
	case "cancel":
		if len(c.calls) > 0 {
			go c.calls[c.IntN(len(c.calls))].cancel()
		}
		return
	}
	c.calls = append(c.calls, r)
	go func() {
		toSemaphore(ctx, c.s, r.call, &r.real)
		r.real.over = true
	}()
}

// quiet forgets what has ended, and says what is wrong.
func (c *crowd) quiet() error {
	least := int64(-1) // that one wants who waits
	var most, waiting, weight int64
	for _, r := range c.calls {
		switch {
		case r.real.over && r.real.ok && (r.do == "acquire" || r.do == "try"):
			c.loose += r.n
		case r.real.over && r.real.ok && (r.do == "take" || r.do == "try take"):
			r.permit.held = true
			c.permits = append(c.permits, r.permit)
		case !r.real.over && (r.do == "acquire" || r.do == "take"):
			waiting++
			weight += r.n
			if most = max(most, r.n); least < 0 {
				least = r.n
			}
			least = min(least, r.n)
		}
	}
	for _, r := range c.calls {
		if r.real.over && (r.do == "give back" || r.do == "forget") {
			r.permit.held = false
		}
	}
	c.calls = slices.DeleteFunc(c.calls, func(r *running) bool {
		if r.real.over {
			r.cancel()
		}
		return r.real.over
	})
	c.waits += int(waiting)
	held := c.loose
	for _, p := range c.permits {
		if p.held {
			held += p.n
		}
	}
	s := c.s.Stats()
	free := s.Limit - s.InUse
	switch {
	case s.InUse != held:
		return fmt.Errorf("%d were granted and have not come back: %+v", held, s)
	case s.Waiting != waiting || s.WaitingWeight != weight:
		return fmt.Errorf("%d wait for %d: %+v", waiting, weight, s)
	case waiting > 0 && most <= free:
		return fmt.Errorf("all who wait want at most %d, and %d are free: %+v", most, free, s)
	case s.Limit > 0 && most > s.Limit || least == 0:
		return fmt.Errorf("one waits for %d, another for %d: %+v", least, most, s)
	}
	return nil
}
