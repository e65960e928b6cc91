package vigil_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/vigil"
)

// A good is a ware on the real side.
type good struct {
	id     int
	spoilt atomic.Bool
	closed atomic.Int64
	out    bool // detached
}

// A deal is an Acquire on both sides.
type deal struct {
	*acquiring
	real   outcome // written by its goroutine
	guard  *vigil.Guard[*good]
	opens  chan struct{} // closed: a New that waits goes on
	cancel context.CancelFunc
}

// A closing is a Shutdown on both sides.
type closing struct {
	*shutting
	real   outcome
	cancel context.CancelFunc
}

// A servant is a worker on both sides. It ends as it is told.
type servant struct {
	*hand
	ctx  context.Context // does not end
	ends chan vigil.Cause
}

// A day is a case: a pool beside its model.
type day struct {
	shop     *shop
	pool     *vigil.Pool[*good]
	keeper   *vigil.Keeper
	deals    []*deal
	closings []*closing
	servants []*servant
	next     int

	// Between a goroutine that looks and one that a timer then has go on, there is no edge but this.
	mu    sync.Mutex
	goods []*good // guarded by mu, as are the real outcomes
}

// A pool does what the model does, call by call, with contexts, leases and workers that end, a New and a Check that
// fail, Reset and both Shutdowns: when all is quiet the same ones wait, have the same R, and have come to the same, and
// no R is with two, lost or closed twice. P1 P2
func TestPoolModel(t *testing.T) {
	times := 30 // as often the 100 cases that rapid makes
	if testing.Short() {
		times /= 2
	}
	for range times {
		rapid.Check(t, func(rt *rapid.T) {
			most := rapid.IntRange(1, 3).Draw(rt, "max")
			reuse := rapid.SampledFrom([][]vigil.Cause{
				nil, {}, {vigil.Panicked, vigil.Goexited, vigil.Released},
			}).Draw(rt, "reuse")
			checks := rapid.Bool().Draw(rt, "checks")
			all := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) act {
				return act{rapid.SampledFrom(acts).Draw(rt, "do"), rapid.IntRange(0, 99).Draw(rt, "at")}
			}), 10, 60).Draw(rt, "acts")
			var err error
			synctest.Test(t, func(*testing.T) {
				d := begin(most, reuse, checks)
				err = d.all(all)
				err = errors.Join(err, d.end(err == nil))
			})
			if err != nil {
				rt.Fatal(err)
			}
		})
	}
}

type dealKey struct{}

func begin(most int, reuse []vigil.Cause, checks bool) *day {
	d := &day{shop: &shop{now: time.Now(), reuse: reuse, checks: checks, stats: vigil.PoolStats{Max: most}}}
	if reuse == nil {
		d.shop.reuse = []vigil.Cause{vigil.Returned, vigil.Released}
	}
	d.keeper = vigil.New(vigil.Options{
		CapturePanics: true,
		// What a worker gives back one after the other comes one after the other: all that follows from it comes before the next.
		OnReclaim: func(vigil.Record) { time.Sleep(1 * time.Nanosecond) },
	})
	o := vigil.PoolOptions[*good]{
		Max: most, Idle: modelIdle, Reuse: reuse,
		New: func(ctx context.Context) (*good, error) {
			c := ctx.Value(dealKey{}).(*deal)
			switch c.plan {
			case newFails:
				return nil, errors.New(newFails)
			case newPanics:
				panic(newPanics)
			case "waits":
				<-c.opens
			}
			g := &good{id: c.id}
			d.mu.Lock()
			defer d.mu.Unlock()
			d.goods = append(d.goods, g)
			return g, nil
		},
		Close: func(g *good) error {
			g.closed.Add(1)
			return g.looks()
		},
	}
	if checks {
		o.Check = (*good).looks
	}
	d.pool = vigil.NewPool(d.keeper, o)
	d.hire()
	d.hire()
	return d
}

func (g *good) looks() error {
	if g.spoilt.Load() {
		return errors.New(spoilt)
	}
	return nil
}

// hire starts a worker.
func (d *day) hire() {
	s := &servant{hand: new(hand), ends: make(chan vigil.Cause)}
	d.keeper.Go(context.Background(), "", func(ctx context.Context) error {
		s.ctx = context.WithoutCancel(ctx)
		switch <-s.ends {
		case vigil.Panicked:
			panic("a worker's")
		case vigil.Goexited:
			runtime.Goexit()
		}
		return nil
	})
	synctest.Wait()
	d.servants = append(d.servants, s)
}

func (d *day) all(acts []act) error {
	for i, a := range acts {
		d.shop.now = time.Now()
		d.act(a)
		d.settle()
		if err := d.compare(); err != nil {
			return fmt.Errorf("after act %d, %+v: %w", i, a, err)
		}
	}
	return nil
}

// settle waits until all is quiet, what sleeps in a hook as well.
func (d *day) settle() {
	time.Sleep(time.Microsecond)
	synctest.Wait()
	d.shop.until(time.Now())
}

// compare tells where the sides differ.
func (d *day) compare() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.deals {
		if c.real != c.outcome {
			return fmt.Errorf("Acquire %d has come to %+v; want %+v", c.id, c.real, c.outcome)
		}
		if c.loan == nil {
			continue
		}
		has := 0
		_ = c.guard.Use(func(g *good) error {
			has = g.id
			return nil
		})
		if want := c.loan.ware.id; has != want && !c.loan.gone || has != 0 && c.loan.gone {
			return fmt.Errorf("the guard of Acquire %d has %d; want %d, %+v", c.id, has, want, c.loan)
		}
	}
	for _, c := range d.closings {
		if c.real != c.outcome {
			return fmt.Errorf("a Shutdown has come to %+v; want %+v", c.real, c.outcome)
		}
	}
	for i, w := range d.shop.wares {
		if g := d.goods[i]; g.id != w.id || g.closed.Load() != int64(w.closed) {
			return fmt.Errorf("%d is %d, and closed %d times; want %+v", i, g.id, g.closed.Load(), w)
		}
	}
	stats, keeps := d.pool.Stats(), d.keeper.Stats()
	stats.WaitDuration, keeps.Fault = 0, nil
	if want := d.shop.counts(); stats != want || len(d.goods) != len(d.shop.wares) {
		return fmt.Errorf("the pool is at %+v, of %d; want %+v, of %d", stats, len(d.goods), want, len(d.shop.wares))
	}
	if keeps != d.shop.keeps {
		return fmt.Errorf("the keeper is at %+v; want %+v", keeps, d.shop.keeps)
	}
	return nil
}

// end ends all that still goes on. If the sides have agreed so far, each R has been closed once then, or detached.
func (d *day) end(agreed bool) (err error) {
	for _, c := range d.deals {
		c.cancel()
	}
	synctest.Wait()
	for _, c := range d.deals {
		if c.opening {
			close(c.opens)
			synctest.Wait()
		}
	}
	for _, s := range d.servants {
		if !s.ended {
			s.ends <- vigil.Returned
		}
	}
	d.settle()
	_ = d.keeper.Shutdown(testkit.Ended())
	_ = d.pool.Shutdown(testkit.Ended())
	for _, c := range d.closings {
		c.cancel()
	}
	d.settle()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, g := range d.goods {
		if n := g.closed.Load(); agreed && (n == 1) == g.out || n > 1 {
			return fmt.Errorf("%d was closed %d times in the end", g.id, n)
		}
	}
	return nil
}
