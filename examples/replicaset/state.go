package main

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/petiole-go/petiole/rcu"
)

// state is the set as the client last saw it. Published means frozen: nothing in it changes, down to the
// samples of its members, so whoever holds one may look at it for as long as it likes.
type state struct {
	members []*node // those that answered, lowest rank first
	primary string  // the address of one of them; "": they are electing
}

// node is one member in one state. Successive states share the pool, nothing else that changes.
type node struct {
	addr  string
	rank  int
	pings []time.Duration // the newest five at most, oldest first
	pool  *rcu.Guarded[pool]
}

const pingSamples = 5

// withPing returns a copy of n with one sample more. The tempting
//
//	pings: append(n.pings[1:], sample)
//
// writes into the array that every reader of the published state is looking at, when there is room in it:
// the snapshot changes under them, and no lock is there to forget.
func (n *node) withPing(sample time.Duration) *node {
	kept := n.pings[max(0, len(n.pings)-pingSamples+1):]
	return &node{addr: n.addr, rank: n.rank, pool: n.pool, pings: slices.Concat(kept, []time.Duration{sample})}
}

// ping is the average over the samples.
func (n *node) ping() time.Duration {
	var sum time.Duration
	for _, d := range n.pings {
		sum += d
	}
	return sum / time.Duration(max(1, len(n.pings)))
}

// errGone is a member whose pool was closed because it disappeared from the set.
var errGone = errors.New("the member is gone")

// call sends one request through the member's pool, which is not closed before call has returned.
func (n *node) call(ctx context.Context, request string) (words []string, err error) {
	err = errGone
	n.pool.Do(func(p *pool) { words, err = p.call(ctx, request) })
	return words, err
}

// newState makes a state of what was found. old is where the samples come from; nil: there are none.
func newState(old *state, found []answer, poolOf func(addr string) *rcu.Guarded[pool]) *state {
	s := new(state)
	slices.SortFunc(found, func(a, b answer) int { return cmp.Compare(a.rank, b.rank) })
	for _, a := range found {
		n := old.find(a.addr)
		if n == nil {
			n = &node{addr: a.addr, rank: a.rank, pool: poolOf(a.addr)}
		}
		n = n.withPing(a.took)
		s.members = append(s.members, n)
		if a.isPrimary() {
			s.primary = a.addr
		}
	}
	return s
}

func (s *state) hasPrimary() bool { return s.primary != "" }

// find returns the member at addr, or nil. A nil state has none.
func (s *state) find(addr string) *node {
	if s != nil {
		for _, n := range s.members {
			if n.addr == addr {
				return n
			}
		}
	}
	return nil
}

// without returns a copy of s in which n is not a member, nor the primary.
func (s *state) without(n *node) *state {
	next := &state{primary: s.primary}
	for _, m := range s.members {
		if m.addr != n.addr {
			next.members = append(next.members, m)
		}
	}
	if s.primary == n.addr {
		next.primary = ""
	}
	return next
}

// addrs are the addresses of the members. A nil state has none.
func (s *state) addrs() []string {
	var addrs []string
	if s != nil {
		for _, n := range s.members {
			addrs = append(addrs, n.addr)
		}
	}
	return addrs
}

// reader picks a member to read from: of two secondaries drawn at random the nearer one, so that the
// nearest gets most and none is forgotten; the primary if there is no secondary; nil if there is nobody.
func (s *state) reader() *node {
	var secondaries []*node
	for _, n := range s.members {
		if n.addr != s.primary {
			secondaries = append(secondaries, n)
		}
	}
	if len(secondaries) == 0 {
		return s.find(s.primary)
	}
	a, b := secondaries[rand.IntN(len(secondaries))], secondaries[rand.IntN(len(secondaries))]
	if b.ping() < a.ping() {
		return b
	}
	return a
}
