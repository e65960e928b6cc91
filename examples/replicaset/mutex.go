package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
)

// mutexed is the first repair that comes to mind: one lock round the table, held by a refresh from its
// first question to its last answer. Nobody sees half a table any more, and no two refresh at once. But
// everybody stands in line behind whoever does: during an election the senders, who have no choice, and the
// readers, whose members are well; and again, for as long as it takes, at every refresh of the monitor.
type mutexed struct {
	m     *meter
	seeds []string
	pools pools
	stop  context.CancelFunc
	watch sync.WaitGroup

	mu      sync.Mutex // guards what follows; held over the network, and that is what is wrong with it
	members []string   // replaced, never written into
	primary string
}

func newMutexed(ctx context.Context, m *meter, seeds []string, o options) *mutexed {
	c := &mutexed{m: m, seeds: seeds}
	c.refresh(ctx)
	ctx, c.stop = context.WithCancel(ctx)
	c.watch.Go(func() {
		for pause(ctx, o.interval) {
			c.refresh(ctx)
		}
	})
	return c
}

// refresh asks the members until one of them is the primary. A caller whose time was over when its turn
// came leaves the table as it is: one that emptied it would send the rest of the line to refresh as well.
func (c *mutexed) refresh(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.m.refreshing()()
	for ctx.Err() == nil {
		var members []string
		primary := ""
		walk(ctx, c.m, c.members, c.seeds, func(a answer) {
			members = append(members, a.addr)
			if a.isPrimary() {
				primary = a.addr
			}
		})
		if primary != "" {
			c.members, c.primary = members, primary
			return
		}
		pause(ctx, askAgain)
	}
}

// Insert sends one document to the primary, and again after a refresh if it failed, until ctx ends.
func (c *mutexed) Insert(ctx context.Context, sender, seq int) error {
	request := fmt.Sprintf("insert %d %d", sender, seq)
	for {
		c.m.senders.enter()
		c.mu.Lock()
		primary, members := c.primary, c.members
		c.mu.Unlock()
		c.m.senders.leave()
		err := errNoPrimary
		if !slices.Contains(members, primary) {
			c.m.lookupFailures.Add(1)
		} else {
			_, err = c.pools.get(c.m, primary).call(ctx, request)
		}
		if err == nil || ctx.Err() != nil {
			return err
		}
		c.m.senders.enter()
		c.refresh(ctx) // as the one before it in line has done, and the one behind it will
		c.m.senders.leave()
	}
}

// Read asks one member, whichever, for its rank; another one after a refresh if it failed.
func (c *mutexed) Read(ctx context.Context) (rank int, err error) {
	for range readTries {
		c.m.readers.enter()
		members := c.Members()
		c.m.readers.leave()
		if len(members) == 0 {
			c.m.lookupFailures.Add(1)
			return 0, errNobody
		}
		if rank, err = read(ctx, c.pools.get(c.m, members[rand.IntN(len(members))])); err == nil {
			return rank, nil
		}
		c.m.readers.enter()
		c.refresh(ctx)
		c.m.readers.leave()
	}
	return 0, err
}

// Members returns the addresses of those in the set.
func (c *mutexed) Members() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.members)
}

// Close ends the monitor and closes the pools: nobody is in them any more, which the caller must know.
func (c *mutexed) Close(context.Context) error {
	c.stop()
	c.watch.Wait()
	c.pools.closeAll()
	return nil
}
