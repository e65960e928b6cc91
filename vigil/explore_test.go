package vigil_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/vigil"
)

var (
	none   = explore.Options{Preemptions: -1} // no bound
	two    = explore.Options{Preemptions: 2}  // at most, where a second Use makes too many schedules,
	one    = explore.Options{Preemptions: 1}  // or a lease, whose timers fire at any moment
	always = context.Background()
)

var errReclaim = errors.New("an error of the reclaim")

// A scene is one guard in a schedule, and what becomes of it. Its R is a name.
//
// What is no atomic here is ordered by what the package promises, which a search with -race looks at.
type scene struct {
	*explore.S
	k *vigil.Keeper
	g *vigil.Guard[string]

	ctx    context.Context // of the guard
	cancel func()
	w      *vigil.Worker // nil: none; it returns when the scenario has begun

	users      [2]bool // is in its Use
	interrupts int
	reclaims   int
	rec        vigil.Record
	leased     bool

	// Where a reclaim beside a Use is right, whatever the cause, there is no order between the two.
	unordered bool
	in        atomic.Bool // the Use is
	beside    bool        // the reclaim was
}

// newScene makes one whose guard ends by all that the triggers need.
func newScene(s *explore.S, triggers ...trigger) *scene {
	b := &scene{S: s, k: vigil.New(vigil.Options{Reclaimers: 1}), ctx: always}
	var needs needs
	for _, t := range triggers {
		needs |= t.needs
	}
	b.unordered = needs&noOrder != 0
	if needs&aContext != 0 {
		b.ctx, b.cancel = context.WithCancel(always)
	}
	var o []vigil.BindOption
	if b.leased = needs&aLease != 0; b.leased {
		o = append(o, vigil.Lease(20*time.Microsecond))
	}
	if needs&anInterrupt != 0 {
		o = append(o, vigil.Interrupt(func() {
			b.interrupts++
			b.Assert(b.reclaims == 0, "interrupted after the reclaim")
		}))
	}
	g, err := vigil.Bind(b.ctx, b.k, "r", b.reclaim, o...)
	b.Assert(err == nil, "%v", err)
	b.g = vigil.Keep(g)
	if needs&aWorker != 0 {
		bound := make(chan struct{})
		b.w = b.k.Go(b.ctx, "w", func(context.Context) error {
			<-bound
			return nil
		})
		err := b.g.Transfer(b.w)
		b.Assert(err == nil || b.leased && err == vigil.ErrReclaimed, "%v", err) // a real clock goes on
		close(bound)
	}
	return b
}

func (b *scene) reclaim(r string, rec vigil.Record) error {
	b.reclaims++
	b.rec = rec
	b.Assert(r == "r", "reclaimed %q", r)
	switch {
	case b.unordered:
		b.beside = b.in.Load()
	case rec.Cause != vigil.Expired:
		b.Assert(b.users == [2]bool{}, "reclaimed beside a Use: %v", rec.Cause)
	}
	is := b.adds()
	b.Assert(is.Pending > 0, "reclaimed, and not pending: %+v", is)
	return errReclaim
}

// adds looks whether nothing is lost or counted twice.
func (b *scene) adds() vigil.Stats {
	is := b.k.Stats()
	b.Assert(is.Bound == bound(is), "%+v", is)
	return is
}

// bound is how many have been bound as they are now.
func bound(is vigil.Stats) int64 {
	n := is.Live + is.Pending + is.Detached
	for _, m := range is.Reclaimed {
		n += m
	}
	return n
}

// over looks at the guard when all is over, and returns what has ended it: 0 for Detach.
func (b *scene) over() vigil.Cause {
	<-b.g.Done()
	if b.w != nil {
		b.Assert(b.w.Wait() == nil, "an error")
	}
	is := b.adds()
	b.Assert(is.Live == 0 && is.Pending == 0, "something is left: %+v", is)
	b.Assert(b.reclaims+int(is.Detached) == 1, "reclaimed %d times: %+v", b.reclaims, is)
	b.Assert(is.Detached == 1 || is.Reclaimed[b.rec.Cause] == 1, "reclaimed with %v: %+v", b.rec.Cause, is)
	b.Assert(!b.g.Beat() && b.g.Release() == vigil.ErrReclaimed, "it is not gone")
	if b.cancel != nil {
		b.cancel() // the context is alive until here
	}
	return b.rec.Cause
}

type needs int

const (
	aContext needs = 1 << iota
	aLease
	aWorker
	anInterrupt
	noOrder // between a Use and the reclaim
)

// A trigger ends the vigil, unless another does.
type trigger struct {
	name  string
	cause vigil.Cause
	needs
	pull func(b *scene) told
}

// told is what a trigger has been told.
type told int

const (
	nothing told = iota
	won
	lost
)

func heard(ok bool) told {
	if ok {
		return won
	}
	return lost
}

var (
	released = trigger{"Release", vigil.Released, 0, func(b *scene) told {
		err := b.g.Release()
		b.Assert(err == nil || err == vigil.ErrReclaimed || err == errReclaim, "%v", err)
		return heard(err != vigil.ErrReclaimed)
	}}
	detach = trigger{"Detach", 0, 0, func(b *scene) told {
		r, ok := b.g.Detach()
		b.Assert(ok == (r == "r"), "%q, %v", r, ok)
		return heard(ok)
	}}
	returns = trigger{"return", vigil.Returned, aWorker, nil} // by itself
	cancel  = trigger{"cancel", vigil.Canceled, aContext, func(b *scene) told {
		b.cancel()
		return nothing
	}}
	expire = trigger{"expire", vigil.Expired, aLease, nil} // the clock does it
	drop   = trigger{"drop", vigil.Dropped, 0, func(b *scene) told {
		vigil.Drop(b.g)
		return nothing
	}}
	shutdown = trigger{"Shutdown", vigil.Shutdown, 0, func(b *scene) told {
		b.Assert(b.k.Shutdown(always) == nil, "an error")
		return nothing
	}}
	triggers = []trigger{released, detach, returns, cancel, expire, drop, shutdown}
)

// starts pulls the triggers, each on a goroutine of its own, and returns what they are told.
func (b *scene) starts(triggers ...trigger) []told {
	told := make([]told, len(triggers))
	for i, t := range triggers {
		if t.pull != nil {
			b.Go(t.name, func() {
				told[i] = t.pull(b)
				b.adds()
			})
		}
	}
	return told
}

// pairs calls f with each two that can meet. A guard that a worker keeps is not dropped.
func pairs(t *testing.T, f func(t *testing.T, x, y trigger)) {
	for i, x := range triggers {
		for _, y := range triggers[i:] {
			twice := x.name == y.name && x.needs == 0 && x.cause != vigil.Dropped
			kept := x.cause == vigil.Returned && y.cause == vigil.Dropped
			if x.name == y.name && !twice || kept {
				continue
			}
			t.Run(x.name+" and "+y.name, func(t *testing.T) { f(t, x, y) })
		}
	}
}

// Of two triggers one decides, whichever comes first: R is reclaimed once, with that one's cause, or detached; the
// other is told; and all are counted at every moment. V1
func TestExploreDecision(t *testing.T) {
	pairs(t, func(t *testing.T, x, y trigger) {
		winners := map[vigil.Cause]bool{}
		res := explore.Check(t, none, func(s *explore.S) {
			b := newScene(s, x, y)
			told := b.starts(x, y)
			s.End(func() {
				cause := b.over()
				winners[cause] = true
				n := 0
				for i, t := range []trigger{x, y} {
					switch told[i] {
					case won:
						n++
						b.Assert(cause == t.cause, "%s was told that it has won, and it was %v", t.name, cause)
					case lost:
						b.Assert(cause != t.cause || x.cause == y.cause, "%s was told that it has lost, and it was %v", t.name, cause)
					}
				}
				b.Assert(n <= 1, "both have won")
			})
		})
		if res.Explored {
			require.True(t, winners[x.cause] && winners[y.cause] && len(winners) <= 2, "winners: %v", winners)
		}
	})
}

// Who looks at any moment sees nothing lost and nothing twice, whoever reclaims.
func TestExploreStats(t *testing.T) {
	for _, x := range []trigger{released, detach, returns, cancel, drop} {
		t.Run(x.name, func(t *testing.T) {
			explore.Check(t, none, func(s *explore.S) {
				b := newScene(s, x)
				b.starts(x)
				s.Go("looks", func() {
					b.adds()
					b.adds()
				})
				s.End(func() { b.over() })
			})
		})
	}
}
