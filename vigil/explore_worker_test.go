package vigil_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/vigil"
)

// Wait returns when all that the worker kept has been reclaimed, by whomever: another has decided, or reclaims just now, or
// uses it. V4, V6
func TestExploreWorkerWait(t *testing.T) {
	for _, x := range []trigger{released, cancel, {name: "Use", pull: func(b *scene) told { b.uses(0); return nothing }}} {
		t.Run(x.name, func(t *testing.T) {
			explore.Check(t, two, func(s *explore.S) {
				b := newScene(s, x, returns)
				s.Go(x.name, func() { x.pull(b) })
				s.Go("waits", func() {
					s.Assert(b.w.Wait() == nil && b.w.Cause() == vigil.Returned, "%v", b.w.Cause())
					s.Assert(b.reclaims == 1 && b.adds().Pending == 0, "reclaimed %d times", b.reclaims)
				})
				s.End(func() { b.over() })
			})
		})
	}
}

// What is bound with a worker's context while the worker ends is bound, and reclaimed before the worker is over; or is
// refused, and has been reclaimed by then. V6
func TestExploreWorkerBind(t *testing.T) {
	refused := map[error]bool{}
	res := explore.Check(t, none, func(s *explore.S) {
		b := &scene{S: s, k: vigil.New(vigil.Options{})}
		given := make(chan context.Context, 1)
		b.w = b.k.Go(always, "w", func(ctx context.Context) error {
			given <- ctx
			return nil
		})
		s.Go("binds", func() {
			g, err := vigil.Bind(<-given, b.k, "r", b.reclaim)
			refused[err] = true
			s.Assert((g == nil) == (err != nil), "%v, %v", g, err)
			if err != nil {
				s.Assert(b.reclaims == 1, "refused, and not reclaimed")
			}
		})
		s.End(func() {
			s.Assert(b.w.Wait() == nil, "an error")
			s.Assert(b.reclaims == 1 && b.rec.Worker == b.w.ID(), "reclaimed %d times: %+v", b.reclaims, b.rec)
			is := b.adds()
			s.Assert(is.Reclaimed[vigil.Returned]+is.Reclaimed[vigil.Canceled] == 1, "%+v", is)
		})
	})
	if res.Explored {
		require.Equal(t, map[error]bool{nil: true, vigil.ErrEnded: true, context.Canceled: true}, refused)
	}
}

// A guard goes from a worker that ends to one that ends, too: it is reclaimed once, by the end of the one that keeps it.
func TestExploreTransferBetween(t *testing.T) {
	explore.Check(t, none, func(s *explore.S) {
		b := newScene(s, returns)
		to := b.k.Go(always, "to", func(context.Context) error { return nil })
		var err error
		s.Go("transfers", func() { err = b.g.Transfer(to) })
		s.End(func() {
			s.Assert(b.over() == vigil.Returned && to.Wait() == nil, "%+v", b.rec)
			switch err {
			case nil:
				s.Assert(b.rec.Worker == to.ID(), "%+v", b.rec)
			case vigil.ErrEnded, vigil.ErrReclaimed:
				s.Assert(b.rec.Worker == b.w.ID(), "%v, %+v", err, b.rec)
			default:
				s.Assert(false, "%v", err)
			}
		})
	})
}

// A Transfer to a worker that ends meets each trigger. It moves the guard to the worker, which then ends it, and out of the
// reach of its old context and of the collector; or it is told why not, and nothing has changed. V1
func TestExploreTransfer(t *testing.T) {
	for _, x := range []trigger{released, detach, cancel, drop, shutdown} {
		t.Run(x.name, func(t *testing.T) {
			ways := map[error]bool{}
			res := explore.Check(t, none, func(s *explore.S) {
				b := newScene(s, x)
				begun := make(chan struct{})
				to := b.k.Go(always, "to", func(context.Context) error {
					<-begun
					return nil
				})
				s.Go(x.name, func() { x.pull(b) })
				s.Go("transfers", func() {
					err := b.g.Transfer(to)
					ways[err] = true
					s.Assert(err == nil || err == vigil.ErrReclaimed, "%v", err)
					close(begun)
				})
				s.End(func() {
					s.Assert(to.Wait() == nil, "an error")
					is := b.over()
					s.Assert(is == x.cause || is == vigil.Returned && b.rec.Worker == to.ID(), "%v by %d", is, b.rec.Worker)
				})
			})
			if res.Explored {
				require.Equal(t, map[error]bool{nil: true, vigil.ErrReclaimed: true}, ways)
			}
		})
	}
}

// A Transfer into a worker that ends at once: into it, and ended by it, or told that it has ended, and live.
func TestExploreTransferIn(t *testing.T) {
	ways := map[error]bool{}
	res := explore.Check(t, none, func(s *explore.S) {
		b := newScene(s)
		to := b.k.Go(always, "to", func(context.Context) error { return nil })
		s.Go("transfers", func() {
			err := b.g.Transfer(to)
			ways[err] = true
			s.Assert(err == nil || err == vigil.ErrEnded && b.g.Beat() && b.g.Release() == errReclaim, "%v", err)
			s.Assert(to.Wait() == nil && b.reclaims == 1, "reclaimed %d times", b.reclaims)
		})
		s.End(func() { b.over() })
	})
	if res.Explored {
		require.Equal(t, map[error]bool{nil: true, vigil.ErrEnded: true}, ways)
	}
}

// Go and Shutdown: f runs and is waited for, its context ended, or f is not called, and both say so.
func TestExploreShutdownGo(t *testing.T) {
	explore.Check(t, none, func(s *explore.S) {
		k := vigil.New(vigil.Options{})
		ran, ended := false, false
		s.Go("goes", func() {
			w := k.Go(always, "w", func(ctx context.Context) error {
				ran = true
				<-ctx.Done()
				s.Assert(context.Cause(ctx) == vigil.ErrClosed, "%v", context.Cause(ctx))
				ended = true
				return nil
			})
			err, cause := w.Wait(), w.Cause()
			s.Assert(ran && err == nil && cause == vigil.Returned || !ran && err == vigil.ErrClosed && cause == vigil.Shutdown,
				"ran: %v, %v, %v", ran, err, cause)
		})
		s.Go("shuts", func() {
			s.Assert(k.Shutdown(always) == nil, "an error")
			s.Assert(ran == ended, "it still runs")
		})
	})
}

// Bind and Shutdown: what is bound is reclaimed before Shutdown returns, or refused and reclaimed before Bind returns.
func TestExploreShutdownBind(t *testing.T) {
	explore.Check(t, none, func(s *explore.S) {
		b := &scene{S: s, k: vigil.New(vigil.Options{Reclaimers: 1})}
		ctx, cancel := context.WithCancel(always)
		s.Go("binds", func() {
			g, err := vigil.Bind(ctx, b.k, "r", b.reclaim)
			if err == nil {
				vigil.Keep(g)
				return
			}
			s.Assert(g == nil && err == vigil.ErrClosed && b.reclaims == 1, "%v, reclaimed %d times", err, b.reclaims)
		})
		s.Go("shuts", func() {
			s.Assert(b.k.Shutdown(always) == nil, "an error")
			is := b.adds()
			s.Assert(is.Live == 0, "%+v", is)
		})
		s.End(func() {
			s.Assert(b.reclaims == 1 && b.rec.Cause == vigil.Shutdown, "reclaimed %d times: %+v", b.reclaims, b.rec)
			cancel()
		})
	})
}
