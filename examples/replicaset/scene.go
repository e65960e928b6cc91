package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/petiole-go/petiole/rcu"
)

// client is what the senders and readers call, and what the four designs have in common.
type client interface {
	Insert(ctx context.Context, sender, seq int) error // to the primary
	Read(ctx context.Context) (rank int, err error)    // from any other; the rank of who answered
	Members() []string                                 // the addresses it believes in
	Close(ctx context.Context) error                   // when no call is under way
}

var (
	errNoPrimary = errors.New("no primary")
	errNobody    = errors.New("no member answers")
)

// design is one of the four clients.
type design struct {
	name   string
	make   func(ctx context.Context, m *meter, seeds []string, o options) (client, error)
	claims func(r *result) []claim
}

var designs = []design{
	{"race and herd", func(ctx context.Context, m *meter, seeds []string, o options) (client, error) {
		return newNaive(ctx, m, seeds, o), nil
	}, naiveClaims},
	{"mutex", func(ctx context.Context, m *meter, seeds []string, o options) (client, error) {
		return newMutexed(ctx, m, seeds, o), nil
	}, mutexClaims},
	{"nest, fails fast", func(ctx context.Context, m *meter, seeds []string, o options) (client, error) {
		return newNest(ctx, m, seeds, o, false)
	}, failFastClaims},
	{"nest, waits", func(ctx context.Context, m *meter, seeds []string, o options) (client, error) {
		return newNest(ctx, m, seeds, o, true)
	}, waitClaims},
}

// scene is one client, on a set of its own, through the same four acts.
type scene struct {
	o    options
	set  *set
	c    client
	m    *meter
	load *load
	r    *result
}

// deadSeeds are two addresses at which nobody answers: ports that only root may take, and nobody wants.
var deadSeeds = []string{"127.0.0.1:1", "127.0.0.1:2"}

// play runs one design on a set of n and returns what it measured, with the recording. up is called when
// the set is up.
func play(ctx context.Context, o options, d design, n int, up func(addrs []string)) (*result, *recording, error) {
	m := newMeter()
	set, err := startSet(ctx, m, o, n)
	if err != nil {
		return nil, nil, err
	}
	defer set.stop()
	var addrs []string
	for _, p := range set.all {
		addrs = append(addrs, p.addr)
	}
	up(addrs)
	seeds := append(deadSeeds[:2:2], addrs[n-1])
	c, err := d.make(ctx, m, seeds, o)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", d.name, err)
	}
	s := &scene{o: o, set: set, c: c, m: m, r: &result{Client: d.name, Members: n, Senders: o.senders, Readers: o.readers()}}
	s.r.Discovered = len(c.Members())
	s.load = startLoad(ctx, c, m, o)
	err = s.acts(ctx, n)
	s.load.end()
	bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTime)
	defer cancel()
	if errClose := c.Close(bye); err == nil {
		err = errClose
	}
	if err == nil {
		err = s.measure()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s, %d members: %w", d.name, n, err)
	}
	s.r.Claims = append(commonClaims(s.r), d.claims(s.r)...)
	return s.r, record(s), nil
}

// acts is the play: everybody is served, somebody joins, the primary dies, a secondary dies. A set that
// loses two members and goes on has three in between, so where there are fewer more than one joins.
func (s *scene) acts(ctx context.Context, n int) error {
	if err := until(ctx, "every sender to be served", func() bool { return s.load.servedSince(0) }); err != nil {
		return err
	}
	for range max(1, 3-n) {
		if err := s.join(ctx); err != nil {
			return err
		}
	}
	pause(ctx, s.o.interval/2) // so that the picture shows what it is like when nothing happens
	if err := s.failover(ctx); err != nil {
		return err
	}
	pause(ctx, s.o.interval/2)
	if err := s.disappear(ctx); err != nil {
		return err
	}
	pause(ctx, s.o.interval/2)
	return nil
}

var errDied = errors.New("a member died that nobody here has killed")

// join adds a secondary and waits until it is read from.
func (s *scene) join(ctx context.Context) error {
	p, err := s.set.add(ctx)
	if err != nil {
		return err
	}
	before, joined := s.m.refreshes.Load(), s.m.now()
	s.m.event("join", fmt.Sprintf("member %d joins", p.rank))
	if err := until(ctx, "a read from the new member", func() bool {
		return s.load.reads[p.rank].Load() > 0
	}); err != nil {
		return err
	}
	s.m.event("well", fmt.Sprintf("member %d is read from", p.rank))
	s.r.ReachedIn = max(s.r.ReachedIn, s.m.now()-joined)
	s.r.ReachedAfter = max(s.r.ReachedAfter, s.load.firstRead[p.rank].Load()-before)
	return nil
}

// failover kills the primary and waits until every sender has been served by the next one.
func (s *scene) failover(ctx context.Context) error {
	alive := s.set.alive()
	if len(alive) < 2 {
		return errDied
	}
	killed, before := s.m.now(), s.m.refreshes.Load()
	s.m.event("kill", "the primary is killed")
	nest, isNest := s.c.(*nest)
	if isNest {
		s.r.Asked = -nest.asked.Load()
	}
	if err := s.set.kill(alive[0]); err != nil {
		return err
	}
	died := s.m.now()
	if err := until(ctx, "every sender to be served again", func() bool { return s.load.servedSince(died) }); err != nil {
		return err
	}
	s.r.Recovered = s.m.now() - killed
	s.r.FailoverRefreshes = s.m.refreshes.Load() - before
	if isNest {
		s.r.Asked += nest.asked.Load()
	}
	elected := s.m.lastTerm().At
	s.r.Elected = elected - killed
	s.r.ReadsMeanwhile = s.m.readsBetween(died, elected)
	s.m.event("well", "every sender has been served again")
	return nil
}

// disappear kills a secondary whose pool is being read, and waits until the client has noticed.
func (s *scene) disappear(ctx context.Context) error {
	alive := s.set.alive()
	if len(alive) < 2 {
		return errDied
	}
	p := alive[len(alive)-1]
	release, err := s.hold(ctx, p.addr)
	if err != nil {
		return err
	}
	s.m.event("kill", fmt.Sprintf("member %d is killed", p.rank))
	if err := s.set.kill(p); err != nil {
		return err
	}
	err = until(ctx, "the dead member to disappear", func() bool { return !slices.Contains(s.c.Members(), p.addr) })
	s.m.event("well", fmt.Sprintf("member %d has disappeared", p.rank))
	return errors.Join(err, release(ctx))
}

// hold makes a reader of the pool at addr that takes its time, like a cursor between two batches. release
// waits until the pool is due to be closed, and looks whether it is before and after the reader lets go.
func (s *scene) hold(ctx context.Context, addr string) (release func(ctx context.Context) error, err error) {
	c, ok := s.c.(*nest)
	if !ok {
		return func(context.Context) error { return nil }, nil // the others never close a pool
	}
	var n *node
	var ref rcu.Ref[pool]
	err = until(ctx, "the secondary to be known", func() bool {
		if n = c.rs.Load().find(addr); n != nil {
			ref = n.pool.Acquire()
		}
		return ref.Value() != nil
	})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		p := ref.Value()
		err := until(ctx, "the pool to be given up", func() bool { return n.pool.Stats().Pending == 1 })
		s.r.StayedOpen = !p.closed.Load()
		ref.Release()
		bye, cancel := context.WithTimeout(ctx, sendTime)
		defer cancel()
		s.r.ClosedAfter = until(bye, "the pool to be closed", p.closed.Load) == nil // by us, or by a reader that was slower
		s.m.event("well", "its pool is closed after its last reader")
		return err
	}, nil
}

// measure fills in what is known when all is over.
func (s *scene) measure() (err error) {
	m, r := s.m, s.r
	r.LookupFailures = m.lookupFailures.Load()
	r.Errors = len(m.errs)
	r.ReadErrors = int(s.load.readErrors.Load())
	r.LineOfSenders = m.senders.most.Load()
	r.LineOfReaders = m.readers.most.Load()
	r.P99 = s.load.p99()
	r.Refreshes = m.refreshes.Load()
	r.Connections = m.opened.Load()
	r.ClosedUnderReader = m.closedUnderReader.Load()
	r.LeftOpen = m.open.Load()
	if c, ok := s.c.(*nest); ok {
		r.ForPrimary = c.failovers.Load()
		r.Reports = c.reported.Load()
	}
	var journals []string
	for _, p := range s.set.all {
		journals = append(journals, p.journal)
	}
	r.Journals, err = s.load.check(journals)
	return err
}
