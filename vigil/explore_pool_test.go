package vigil_test

import (
	"context"
	"errors"
	"testing"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/vigil"
)

var (
	errNew   = errors.New("an error of New")
	errCheck = errors.New("an error of Check")
)

// A basin is a pool of one in a schedule, and what it did. Its resources are numbers, from 1 on. It has no atomics, as for
// one that is open at a time all that is done with it is in order. P1
type basin struct {
	*explore.S
	k *vigil.Keeper
	p *vigil.Pool[int]

	opened, closed int
	fails, checks  int // how many calls of New and Check fail
	lent           int // what is out
}

func newBasin(s *explore.S) *basin {
	b := &basin{S: s, k: vigil.New(vigil.Options{Reclaimers: 1})}
	b.p = vigil.NewPool(b.k, vigil.PoolOptions[int]{
		Max: 1,
		New: func(context.Context) (int, error) {
			b.Assert(b.lent == 0 && b.opened == b.closed, "one more is opened")
			if b.fails > 0 {
				b.fails--
				return 0, errNew
			}
			b.opened++
			return b.opened, nil
		},
		Close: func(r int) error {
			b.Assert(r == b.opened, "%d is closed, of %d", r, b.opened)
			b.closed++
			return nil
		},
		Check: func(r int) error {
			b.Assert(r == b.opened && r != b.closed, "%d is checked", r)
			if b.checks > 0 {
				b.checks--
				return errCheck
			}
			return nil
		},
	})
	return b
}

// acquire is one that is told why not, or has an R for itself.
func (b *basin) acquire(ctx context.Context) (*vigil.Guard[int], error) {
	g, err := b.p.Acquire(ctx)
	if err != nil {
		b.Assert(g == nil, "a guard and %v", err)
		return nil, err
	}
	b.Assert(b.lent == 0 && b.opened == b.closed+1, "%d are lent", b.lent+1)
	b.lent++
	return vigil.Keep(g), nil
}

// release gives back what was acquired.
func (b *basin) release(g *vigil.Guard[int]) {
	b.lent--
	b.Assert(g.Release() == nil, "an error")
}

// with acquires and releases.
func (b *basin) with(ctx context.Context) error {
	g, err := b.acquire(ctx)
	if err == nil {
		b.release(g)
	}
	return err
}

// full requires that nobody waits, nothing is out, and the place is there for who comes.
func (b *basin) full() {
	is := b.p.Stats()
	b.Assert(is.Waiting == 0 && is.InUse == 0 && is.Open == b.opened-b.closed && is.Idle == is.Open, "%+v", is)
	b.Assert(b.with(always) == nil, "the place is lost")
	b.Assert(b.p.Shutdown(always) == nil && b.opened == b.closed, "%d of %d are closed", b.closed, b.opened)
}

// What comes back as the context of the one who waits for it ends is had by that one, or is there for the next.
func TestExplorePoolCancel(t *testing.T) {
	explore.Check(t, none, func(s *explore.S) {
		b := newBasin(s)
		g, _ := b.acquire(always)
		ctx, cancel := context.WithCancel(always)
		s.Go("releases", func() { b.release(g) })
		s.Go("cancels", cancel)
		s.Go("waits", func() {
			err := b.with(ctx)
			s.Assert(err == nil || err == context.Canceled, "%v", err)
		})
		s.End(b.full)
	})
}

// One R serves two who wait, one after the other. P2
func TestExplorePoolWaiters(t *testing.T) {
	explore.Check(t, one, func(s *explore.S) {
		b := newBasin(s)
		g, _ := b.acquire(always)
		s.Go("releases", func() { b.release(g) })
		for range 2 {
			s.Go("waits", func() { s.Assert(b.with(always) == nil, "an error") })
		}
		s.End(func() {
			s.Assert(b.opened == 1, "%d were opened", b.opened)
			b.full()
		})
	})
}

// Whose New fails has the error, and gives its place to who waits, who tries for himself. P1
func TestExplorePoolNewFails(t *testing.T) {
	explore.Check(t, none, func(s *explore.S) {
		b := newBasin(s)
		b.fails = 1
		var errs [2]error
		for i := range errs {
			s.Go("acquires", func() { errs[i] = b.with(always) })
		}
		s.End(func() {
			s.Assert((errs[0] == errNew) != (errs[1] == errNew), "%v, %v", errs[0], errs[1])
			b.full()
		})
	})
}

// What fails Check is closed, and another is opened in its place; if that fails too the place is for who waits. P1
func TestExplorePoolCheckFails(t *testing.T) {
	explore.Check(t, none, func(s *explore.S) {
		b := newBasin(s)
		s.Assert(b.with(always) == nil, "an error")
		b.checks, b.fails = 1, 1
		var errs [2]error
		for i := range errs {
			s.Go("acquires", func() { errs[i] = b.with(always) })
		}
		s.End(func() {
			s.Assert((errs[0] == errNew) != (errs[1] == errNew), "%v, %v", errs[0], errs[1])
			s.Assert(b.closed == 1, "%d were closed", b.closed)
			b.full()
		})
	})
}

// What comes back while the pool is reset is closed, once, and is had by nobody any more.
func TestExplorePoolReset(t *testing.T) {
	explore.Check(t, none, func(s *explore.S) {
		b := newBasin(s)
		g, _ := b.acquire(always)
		s.Go("releases", func() { b.release(g) })
		s.Go("resets", b.p.Reset)
		s.End(func() {
			s.Assert(b.opened == 1 && b.closed == 1, "%d of %d are closed", b.closed, b.opened)
			b.full()
		})
	})
}

// Who waits when the pool or the keeper is shut is served before, or refused, and what is out comes back and is closed.
func TestExplorePoolShutdown(t *testing.T) {
	t.Run("pool", func(t *testing.T) {
		explore.Check(t, none, func(s *explore.S) {
			b := newBasin(s)
			g, _ := b.acquire(always)
			s.Go("releases", func() { b.release(g) })
			s.Go("waits", func() {
				err := b.with(always)
				s.Assert(err == nil || err == vigil.ErrClosed, "%v", err)
			})
			s.Go("shuts", func() {
				s.Assert(b.p.Shutdown(always) == nil, "an error")
				s.Assert(b.closed == 1, "it is not closed")
			})
			s.End(func() { s.Assert(b.with(always) == vigil.ErrClosed, "lent after Shutdown") })
		})
	})
	t.Run("keeper", func(t *testing.T) {
		explore.Check(t, none, func(s *explore.S) {
			b := newBasin(s)
			g, _ := b.acquire(always)
			b.lent = 0 // it is taken back
			s.Go("waits", func() {
				err := b.with(always)
				s.Assert(err == vigil.ErrClosed, "%v", err)
			})
			s.Go("shuts", func() { s.Assert(b.k.Shutdown(always) == nil, "an error") })
			s.End(func() {
				s.Assert(g.Release() == vigil.ErrReclaimed && b.closed >= 1, "it is not taken back")
				s.Assert(b.p.Shutdown(always) == nil && b.opened == b.closed, "%d of %d are closed", b.closed, b.opened)
			})
		})
	})
}
