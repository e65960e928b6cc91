package compare

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	xsingle "golang.org/x/sync/singleflight"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/rcu"
)

const (
	callers  = 1000
	loadTime = 40 * time.Millisecond
	within   = 3 * loadTime // the callers come at random over this time
)

// oneLoad tells the story of a primary that died: 1,000 callers that hold the same snapshot find out,
// one after the other, and each asks for a newer one.
func oneLoad() *suite.Scene {
	return &suite.Scene{
		Name:     "one-load",
		Question: "1,000 callers find, each at its own moment before, during and after the refresh, that the snapshot they hold is wrong. How many loads is that?",
		Takes:    4 * within,
		Run:      runOneLoad,
	}
}

func runOneLoad(ctx context.Context) (suite.Outcome, error) {
	out := suite.Outcome{
		Header: []string{"implementation", "callers", "loads", "last caller went on after"},
		Notes: []string{fmt.Sprintf("A load takes %v, the callers come at random over %v; MinInterval makes the run wait until %v, so that some come before it, some during it and some after it.",
			loadTime, within, loadTime)},
	}
	for seed := range uint64(2) {
		r, err := refreshFromCrowd(ctx, seed)
		if err != nil {
			return out, err
		}
		out.Rows = append(out.Rows, []string{"Refresher.RefreshFrom", fmt.Sprint(callers), fmt.Sprint(r.loads), r.took.Round(time.Millisecond).String()})
		out.Checks = append(out.Checks,
			suite.Check{What: fmt.Sprintf("exactly one load (seed %d)", seed), OK: r.loads == 1, Got: fmt.Sprintf("%d for %d callers", r.loads, callers)},
			suite.Check{What: fmt.Sprintf("everybody got the newer snapshot (seed %d)", seed), OK: r.served == callers, Got: fmt.Sprintf("%d of %d", r.served, callers)},
			suite.Check{What: fmt.Sprintf("callers came before, during and after the run (seed %d)", seed),
				OK:  r.before > 0 && r.during > 0 && r.after > 0,
				Got: fmt.Sprintf("%d, %d, %d", r.before, r.during, r.after)},
		)
	}
	loads, took := singleflightCrowd(ctx, 0)
	out.Rows = append(out.Rows, []string{"x/sync singleflight", fmt.Sprint(callers), fmt.Sprint(loads), took.Round(time.Millisecond).String()})
	out.Notes = append(out.Notes, "singleflight does not know which snapshot a caller found wrong: who comes after a load asks for another.")
	return out, ctx.Err()
}

type crowdResult struct {
	loads, served         int64
	before, during, after int64 // callers, by the moment they came
	took                  time.Duration
}

func refreshFromCrowd(ctx context.Context, seed uint64) (crowdResult, error) {
	var loads, began, ended atomic.Int64
	r := rcu.NewRefresher(func(ctx context.Context, old *config) (*config, error) {
		if old == nil {
			return &config{1}, nil
		}
		began.Store(1)
		loads.Add(1)
		pause(ctx, loadTime)
		ended.Store(1)
		return &config{old.version + 1}, nil
	}, rcu.Options{MinInterval: loadTime})
	defer r.Close()
	seen, err := r.Wait(ctx)
	if err != nil {
		return crowdResult{}, err
	}
	var served, before, during, after atomic.Int64
	took := atRandomMoments(ctx, seed, func() {
		switch {
		case began.Load() == 0:
			before.Add(1)
		case ended.Load() == 0:
			during.Add(1)
		default:
			after.Add(1)
		}
		if c, err := r.RefreshFrom(ctx, seen); err == nil && c.version > seen.version {
			served.Add(1)
		}
	})
	return crowdResult{loads.Load(), served.Load(), before.Load(), during.Load(), after.Load(), took}, ctx.Err()
}

func singleflightCrowd(ctx context.Context, seed uint64) (loads int64, took time.Duration) {
	var g xsingle.Group
	var n atomic.Int64
	took = atRandomMoments(ctx, seed, func() {
		_, _, _ = g.Do("config", func() (any, error) {
			n.Add(1)
			pause(ctx, loadTime)
			return &config{2}, nil
		})
	})
	return n.Load(), took
}

// atRandomMoments starts the callers, each at its own moment, and waits for the last.
func atRandomMoments(ctx context.Context, seed uint64, call func()) time.Duration {
	r := rand.New(rand.NewPCG(seed, callers))
	start := time.Now()
	var wg sync.WaitGroup
	for range callers {
		delay := time.Duration(r.Int64N(int64(within)))
		wg.Go(func() {
			pause(ctx, delay)
			call()
		})
	}
	wg.Wait()
	return time.Since(start)
}

// pause sleeps, or less if ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
