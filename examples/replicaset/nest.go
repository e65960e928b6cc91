package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/petiole-go/petiole/rcu"
)

// nest is the Wasp's Nest: everything the client knows hangs from one reference.
//
//	senders, readers                    the refresher
//	      |  Load                            |  a run: ask the members, build a new state
//	      v                                  v
//	   [state] --- replaced by ---------> [state']       nobody waits for anybody
//	      |                                  |
//	   node node node                   node node node
//	      |    |    |________________________|    |
//	    pool pool                               pool     closed after its last reader: rcu.Guarded
//
// N1: a lookup reads one state, so it never sees half of a change.
// N2: whoever a state has failed takes it out by CompareAndSwap: the first of a thousand does, the others
// find another state there and look again. A late one cannot undo what a refresh has published since.
// N3: a state without a primary is reported by all who meet it and costs one run, which asks the members
// until one of them is elected: one refresh per failover.
//
// What to do meanwhile is the caller's choice, as in the original: fail fast (ScheduleFrom, an error), or
// wait (WaitFor).
type nest struct {
	m     *meter
	seeds []string
	wait  bool
	rs    *rcu.Refresher[state]

	// pools is every pool that is open, by address. Only refresh touches it: runs never overlap, and each
	// is synchronized before the next, so it needs no lock.
	pools map[string]*rcu.Guarded[pool]

	failovers atomic.Int64 // runs that began from a state without a primary
	asked     atomic.Int64 // reports of a failed state that asked for a run
	reported  atomic.Int64 // all reports
}

// askAgain is how long the members are left alone between two questions while they elect.
const askAgain = 25 * time.Millisecond

func newNest(ctx context.Context, m *meter, seeds []string, o options, wait bool) (*nest, error) {
	c := &nest{m: m, seeds: seeds, wait: wait, pools: make(map[string]*rcu.Guarded[pool])}
	c.rs = rcu.NewRefresherFor(c, (*nest).refresh, rcu.Options{
		Interval:    o.interval,
		MinInterval: askAgain,
		Timeout:     ioTimeout,
	})
	if _, err := c.rs.Wait(ctx); err != nil {
		return nil, errors.Join(err, c.Close(context.WithoutCancel(ctx)))
	}
	return c, nil
}

// refresh is one run: it finds out who is there and who leads them.
func (c *nest) refresh(ctx context.Context, old *state) (*state, error) {
	defer c.m.refreshing()()
	if old != nil && !old.hasPrimary() {
		c.failovers.Add(1)
	}
	for {
		var found []answer
		walk(ctx, c.m, old.addrs(), c.seeds, func(a answer) { found = append(found, a) })
		if len(found) == 0 {
			return nil, errNobody
		}
		next := newState(old, found, c.poolOf)
		// Publishing "still nobody" would only bring everybody back with the next report. So the run waits
		// for the election, and says so in the end if there was none.
		if next.hasPrimary() || !pause(ctx, askAgain) {
			c.closeOthers(next)
			return next, nil
		}
	}
}

func (c *nest) poolOf(addr string) *rcu.Guarded[pool] {
	g := c.pools[addr]
	if g == nil {
		g = rcu.NewGuarded(newPool(c.m, addr), (*pool).Close)
		c.pools[addr] = g
	}
	return g
}

// closeOthers closes the pool of everyone who is not in s. Readers that still hold an older state go on:
// a pool is closed after its last reader, and whoever comes later finds none and looks again (errGone).
func (c *nest) closeOthers(s *state) {
	for addr, g := range c.pools {
		if s.find(addr) == nil {
			g.Close()
			delete(c.pools, addr)
		}
	}
}

// Insert sends one document to the primary. Failing fast it tries once; else it tries again until ctx ends,
// which an insert that carries its own id (here: sender and seq) allows.
func (c *nest) Insert(ctx context.Context, sender, seq int) error {
	request := fmt.Sprintf("insert %d %d", sender, seq)
	for {
		s := c.rs.Load()
		if !s.hasPrimary() {
			if !c.wait {
				c.report(s)
				return errNoPrimary
			}
			var err error
			if s, err = c.waitForPrimary(ctx); err != nil {
				return err
			}
		}
		n := s.find(s.primary)
		if n == nil {
			c.m.lookupFailures.Add(1)
			return errNobody
		}
		_, err := n.call(ctx, request)
		if err == nil {
			return nil
		}
		c.lost(s, n)
		if !c.wait || ctx.Err() != nil {
			return err
		}
	}
}

func (c *nest) waitForPrimary(ctx context.Context) (*state, error) {
	c.reported.Add(1) // WaitFor asks for a run as ScheduleFrom would
	c.m.senders.enter()
	defer c.m.senders.leave()
	return c.rs.WaitFor(ctx, (*state).hasPrimary)
}

// Read asks one member for its rank. A member that fails is taken out, and another one is asked.
func (c *nest) Read(ctx context.Context) (rank int, err error) {
	for range readTries {
		s := c.rs.Load()
		n := s.reader()
		if n == nil {
			c.m.lookupFailures.Add(1)
			return 0, errNobody
		}
		if rank, err = read(ctx, n); err == nil {
			return rank, nil
		}
		c.lost(s, n)
	}
	return 0, err
}

// lost takes n out of the state in which it failed (N2) and asks for a refresh.
func (c *nest) lost(s *state, n *node) {
	if next := s.without(n); c.rs.CompareAndSwap(s, next) {
		s = next
	}
	c.report(s) // of a state that is not the current one any more: costs nothing
}

// report asks for a refresh because s is not as it should be. All reports of one s cost one run (N3).
func (c *nest) report(s *state) {
	c.reported.Add(1)
	if c.rs.ScheduleFrom(s) {
		c.asked.Add(1)
	}
}

// Members returns the addresses of those in the set.
func (c *nest) Members() []string { return c.rs.Load().addrs() }

// Close ends the refresher, then every pool after its last reader.
func (c *nest) Close(ctx context.Context) error {
	if err := c.rs.Shutdown(ctx); err != nil {
		return err
	}
	for _, g := range c.pools {
		g.Close()
		if err := g.Synchronize(ctx); err != nil {
			return err
		}
	}
	return nil
}
