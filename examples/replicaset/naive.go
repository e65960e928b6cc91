package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
)

// naive is the design of PyMongo 2.1: one table that everybody reads and everybody repairs. Each step is
// safe for itself, by a lock, so no race detector complains; the steps together are not.
//
// Race: a refresh empties the table and fills it while it asks, member by member. Who looks meanwhile finds
// a primary's name without that primary, or nobody at all.
//
// Herd: who finds no primary refreshes himself. When the primary dies that is every sender at once, each
// with connections of its own, again and again until the election is over; and each empties the table
// under the others.
type naive struct {
	m     *meter
	seeds []string
	pools pools
	stop  context.CancelFunc
	watch sync.WaitGroup

	mu      sync.Mutex // guards what follows for one step, never for two; nothing is called under it
	members map[string]*pool
	primary string // "": look for it
}

func newNaive(ctx context.Context, m *meter, seeds []string, o options) *naive {
	c := &naive{m: m, seeds: seeds, members: make(map[string]*pool)}
	c.refresh(ctx)
	ctx, c.stop = context.WithCancel(ctx)
	c.watch.Go(func() {
		for pause(ctx, o.interval) {
			c.refresh(ctx)
		}
	})
	return c
}

// refresh repairs the table in place.
func (c *naive) refresh(ctx context.Context) {
	defer c.m.refreshing()()
	known := c.Members()
	c.mu.Lock()
	clear(c.members) // who is dead will not come back
	c.mu.Unlock()
	walk(ctx, c.m, known, c.seeds, func(a answer) {
		p := c.pools.get(c.m, a.addr)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.members[a.addr] = p
		if a.isPrimary() {
			c.primary = a.addr
		}
	})
}

// Insert sends one document to the primary, once.
func (c *naive) Insert(ctx context.Context, sender, seq int) error {
	c.mu.Lock()
	primary := c.primary
	c.mu.Unlock()
	if primary == "" {
		c.m.senders.enter()
		c.refresh(ctx)
		c.m.senders.leave()
		c.mu.Lock()
		primary = c.primary
		c.mu.Unlock()
		if primary == "" {
			return errNoPrimary
		}
	}
	c.mu.Lock()
	p := c.members[primary]
	c.mu.Unlock()
	if p == nil {
		c.m.lookupFailures.Add(1)
		c.lost(primary) // or everybody meets the name of a dead one, and nobody looks for another
		return fmt.Errorf("the primary is %s, which is not in the table", primary)
	}
	_, err := p.call(ctx, fmt.Sprintf("insert %d %d", sender, seq))
	if err != nil {
		c.lost(primary)
	}
	return err
}

// lost forgets the primary's name.
func (c *naive) lost(primary string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.primary == primary {
		c.primary = ""
	}
}

// Read asks one member, whichever, for its rank.
func (c *naive) Read(ctx context.Context) (rank int, err error) {
	addrs := c.Members()
	if len(addrs) == 0 {
		c.m.lookupFailures.Add(1)
		return 0, errNobody
	}
	addr := addrs[rand.IntN(len(addrs))]
	c.mu.Lock()
	p := c.members[addr]
	c.mu.Unlock()
	if p == nil {
		c.m.lookupFailures.Add(1)
		return 0, fmt.Errorf("%s was in the table a moment ago", addr)
	}
	if rank, err = read(ctx, p); err != nil {
		c.m.readers.enter()
		c.refresh(ctx)
		c.m.readers.leave()
	}
	return rank, err
}

// Members returns the addresses of those in the set.
func (c *naive) Members() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var addrs []string
	for addr := range c.members {
		addrs = append(addrs, addr)
	}
	slices.Sort(addrs)
	return addrs
}

// Close ends the monitor and closes the pools: nobody is in them any more, which the caller must know.
func (c *naive) Close(context.Context) error {
	c.stop()
	c.watch.Wait()
	c.pools.closeAll()
	return nil
}
