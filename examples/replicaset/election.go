package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Election by rank. Every member keeps a link to every other: a connection that the other never closes
// while it lives. The kernel closes it when the process dies, however it dies, so no clock decides who is
// dead, and a machine under load elects nobody by mistake. (A member that hangs would need the clock; here
// members only die.)
//
//	link open                         alive
//	link broken, redial refused       down: kept in the table for `delay`, the time that the vote takes
//	delay over                        gone from the table
//
// E1: the primary is the lowest rank in the table, this member included; if that one is down there is none.
// E2: a rank is never used twice, so who is gone does not come back under the same name.
//
// So no member answers "I am primary" until delay after it saw the old one die, and none ever votes. Two
// members that see the death at different moments disagree for that long; the client takes the word of the
// one that calls itself primary.
type election struct {
	rank  int
	addr  string
	delay time.Duration
	won   func() // called once, when this member becomes primary; under no lock

	mu      sync.Mutex    // guards what follows; no I/O under it
	peers   map[int]*peer // by rank; this member is not in it
	started bool          // the parent has told who is there: before, this member may not call itself primary
	primary bool          // won was called
}

type peer struct {
	addr string
	down bool
}

func newElection(rank int, addr string, delay time.Duration, won func()) *election {
	return &election{rank: rank, addr: addr, delay: delay, won: won, peers: make(map[int]*peer)}
}

// meet makes a member known, told by the parent or by the member itself, and starts its link.
func (e *election) meet(rank int, addr string) {
	e.mu.Lock()
	_, known := e.peers[rank]
	if !known && rank != e.rank {
		e.peers[rank] = &peer{addr: addr}
	}
	e.mu.Unlock()
	if !known && rank != e.rank {
		go e.watch(rank, addr)
	}
}

// start ends the time in which the parent tells who is there.
func (e *election) start() {
	e.mu.Lock()
	e.started = true
	e.mu.Unlock()
	e.decide()
}

// watch holds the link to one member and returns when that one is gone.
func (e *election) watch(rank int, addr string) {
	for e.link(addr) == nil {
		// The link broke, and may have broken alone: only who refuses a new one is dead.
	}
	e.mu.Lock()
	e.peers[rank].down = true
	e.mu.Unlock()
	time.Sleep(e.delay)
	e.mu.Lock()
	delete(e.peers, rank)
	e.mu.Unlock()
	e.decide()
}

// link dials, introduces this member, and returns nil when the link that it made has broken.
func (e *election) link(addr string) error {
	c, err := dial(context.Background(), addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.roundTrip(context.Background(), fmt.Sprintf("hello %d %s", e.rank, e.addr)); err != nil {
		return nil // it listened: look again
	}
	if err := c.SetDeadline(time.Time{}); err != nil {
		return nil
	}
	_, _ = readLine(c.r) // blocks until the peer dies: it never writes here
	return nil
}

// decide tells won, once, when this member has become the primary.
func (e *election) decide() {
	e.mu.Lock()
	now := e.started && e.leader() == e.addr
	first := now && !e.primary
	e.primary = e.primary || first
	e.mu.Unlock()
	if first {
		e.won()
	}
}

// leader returns the primary's address by E1, or "". The caller holds mu.
func (e *election) leader() string {
	lowest, addr := e.rank, e.addr
	for rank, p := range e.peers {
		if rank < lowest {
			lowest, addr = rank, p.addr
			if p.down {
				addr = ""
			}
		}
	}
	return addr
}

// isPrimary says whether this member may write.
func (e *election) isPrimary() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.started && e.leader() == e.addr
}

// view returns the primary's address ("": none) and the addresses of those alive, lowest rank first.
func (e *election) view() (primary string, alive []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	up := []int{e.rank}
	for rank, p := range e.peers {
		if !p.down {
			up = append(up, rank)
		}
	}
	slices.Sort(up)
	for _, rank := range up {
		if rank == e.rank {
			alive = append(alive, e.addr)
		} else {
			alive = append(alive, e.peers[rank].addr)
		}
	}
	if e.started {
		primary = e.leader()
	}
	return primary, alive
}
