package vigil_test

import (
	"context"
	"fmt"
	"slices"
	"testing/synctest"
	"time"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/vigil"
)

// An act is one operation of a case; at chooses among what there is to choose from.
type act struct {
	do string
	at int
}

var acts = []string{
	"acquire", "acquire", "acquire", "acquire", "work", "work", "work", "work", "open", "open", "release", "release", "release", "detach",
	"cancel", "cancel", "reset", "spoil", "spoil", "end", "end", "shut down", "shut the keeper down", "sleep", "sleep", "sleep", "sleep",
}

// choose returns what at chooses, of those for which ok.
func choose[T any](at int, all []T, ok func(T) bool) (one T, found bool) {
	all = slices.DeleteFunc(slices.Clone(all), func(t T) bool { return !ok(t) })
	if len(all) == 0 {
		return one, false
	}
	return all[at%len(all)], true
}

// act does a on both sides, where it can be done.
func (d *day) act(a act) {
	lent := func(c *deal) bool { return c.loan != nil }
	kept := func(c *deal) bool { return c.loan != nil && !c.loan.gone }
	switch a.do {
	case "acquire":
		d.acquire(a.at, context.Background(), nil)
	case "work":
		s := d.servants[a.at%len(d.servants)]
		d.acquire(a.at/2, s.ctx, s.hand)
	case "open":
		if c, ok := choose(a.at, d.deals, func(c *deal) bool { return c.opening }); ok {
			close(c.opens)
			d.shop.opened(c.acquiring)
		}
	case "release":
		if c, ok := choose(a.at, d.deals, lent); ok {
			err := ""
			if e := c.guard.Release(); e != nil {
				err = e.Error()
			}
			c.real.err, c.err = err, d.shop.takeBack(c.loan, vigil.Released)
		}
	case "detach":
		if c, ok := choose(a.at, d.deals, kept); ok {
			if g, ok := c.guard.Detach(); ok && g.id == c.loan.ware.id {
				g.out = true
			} else {
				c.real.err = "not detached"
			}
			d.shop.detach(c.loan)
		}
	case "cancel":
		if c, ok := choose(a.at, d.closings, func(c *closing) bool { return !c.over }); ok && a.at%2 == 0 {
			c.cancel()
			synctest.Wait()
			d.shop.leaveShut(c.shutting)
		} else if c, ok := choose(a.at, d.deals, func(c *deal) bool { return !c.over }); ok {
			c.cancel()
			synctest.Wait()
			d.shop.leave(c.acquiring)
		}
	case "reset":
		d.pool.Reset()
		d.shop.reset()
	case "spoil":
		if w, ok := choose(a.at, d.shop.wares, func(w *ware) bool { return w.closed == 0 && !w.detached }); ok {
			w.spoilt = true
			d.mu.Lock()
			defer d.mu.Unlock()
			d.goods[slices.IndexFunc(d.goods, func(g *good) bool { return g.id == w.id })].spoilt.Store(true)
		}
	case "end":
		if s, ok := choose(a.at, d.servants, func(s *servant) bool { return !s.ended }); ok {
			how := []vigil.Cause{vigil.Returned, vigil.Panicked, vigil.Goexited}[a.at%3]
			s.ends <- how
			d.shop.ends(s.hand, how)
			if !d.shop.keeperClosed {
				d.hire()
			}
		}
	case "shut down":
		if a.at < 8 { // not too soon
			d.shutDown()
		}
	case "shut the keeper down":
		if a.at < 8 {
			_ = d.keeper.Shutdown(testkit.Ended())
			d.shop.keeperShutdown()
		}
	case "sleep":
		time.Sleep(time.Duration(a.at%12) * time.Second)
		synctest.Wait()
		d.shop.until(time.Now())
	}
}

func (d *day) acquire(at int, ctx context.Context, h *hand) {
	d.next++
	c := &deal{acquiring: &acquiring{id: d.next, worker: h, lease: at%5 == 0}, opens: make(chan struct{})}
	c.plan = []string{"", "", "", newFails, newPanics, "waits", "waits"}[at%7]
	var o []vigil.BindOption
	if c.lease {
		o = append(o, vigil.Lease(modelLease))
	}
	ctx, c.cancel = context.WithCancel(context.WithValue(ctx, dealKey{}, c))
	d.deals = append(d.deals, c)
	go d.does(&c.real, func() (err error) {
		c.guard, err = d.pool.Acquire(ctx, o...)
		return err
	})
	synctest.Wait()
	d.shop.acquire(c.acquiring)
}

func (d *day) shutDown() {
	c := &closing{shutting: new(shutting)}
	var ctx context.Context
	ctx, c.cancel = context.WithCancel(context.Background())
	d.closings = append(d.closings, c)
	go d.does(&c.real, func() error { return d.pool.Shutdown(ctx) })
	synctest.Wait()
	d.shop.shutdown(c.shutting)
}

// does calls f, and keeps what came of it.
func (d *day) does(o *outcome, f func() error) {
	var err error
	v := testkit.Run(func() { err = f() })
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case v != nil:
		o.end(fmt.Sprint(v))
	case err != nil:
		o.end(err.Error())
	default:
		o.end("")
	}
}
