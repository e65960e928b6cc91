package compare

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	xsingle "golang.org/x/sync/singleflight"
	rsingle "resenje.org/singleflight"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/rcu"
)

// crowd is how many goroutines ask for what is not there yet.
const crowd = 10_000

// coldLoad asks when the last of a crowd goes on after the load that all of them wait for.
func coldLoad() *suite.Comparison {
	return &suite.Comparison{
		Name:     "cold-load",
		Question: "10,000 goroutines wait for the first snapshot: how long after the load does the last of them go on?",
		Units:    []string{"ns/last-woken", "ns/op", "runs/op"},
		Sample:   time.Millisecond, // one round, or a few
		Notes: []string{
			"An operation is a fresh round: start the crowd, let all of them ask, let the load return, wait for the last. ns/last-woken counts from the return of the load, ns/op is the whole round.",
			"The singleflight rivals keep what they loaded in an atomic.Pointer that callers look at first, before asking and again inside: without that a late caller loads once more.",
		},
		Impls: []suite.Impl{
			{Name: "Refresher.Wait", Ours: true, Differs: "a caller can give up by its context; the load goes on", Bench: func(b *testing.B, _ suite.Shape) {
				coldRounds(b, func(load func() *config) (get func() *config, end func()) {
					r := rcu.NewRefresher(func(context.Context, *config) (*config, error) { return load(), nil }, rcu.Options{})
					ctx := context.Background()
					return func() *config { c, _ := r.Wait(ctx); return c }, func() { r.Close() }
				})
			}},
			{Name: "x-singleflight", Differs: "the leader's panic or exit hits all; nobody can give up", Bench: func(b *testing.B, _ suite.Shape) {
				coldRounds(b, func(load func() *config) (get func() *config, end func()) {
					var cached atomic.Pointer[config]
					var g xsingle.Group
					fetch := func() (any, error) { return keep(&cached, load), nil }
					return func() *config {
						if c := cached.Load(); c != nil {
							return c
						}
						c, _, _ := g.Do("config", fetch)
						return c.(*config)
					}, func() {}
				})
			}},
			{Name: "resenje-singleflight", Differs: "a caller can give up by its context; the load is cancelled when all have", Bench: func(b *testing.B, _ suite.Shape) {
				coldRounds(b, func(load func() *config) (get func() *config, end func()) {
					var cached atomic.Pointer[config]
					var g rsingle.Group[string, *config]
					ctx := context.Background()
					fetch := func(context.Context) (*config, error) { return keep(&cached, load), nil }
					return func() *config {
						if c := cached.Load(); c != nil {
							return c
						}
						c, _, _ := g.Do(ctx, "config", fetch)
						return c
					}, func() {}
				})
			}},
		},
		Shapes: []suite.Shape{{Name: "10000goroutines", N: crowd}},
		Bars: []suite.Bar{
			{Text: "last one woken no later than with x/sync singleflight", Subject: "Refresher.Wait", Rival: "x-singleflight", Unit: "ns/last-woken", Max: 1},
		},
	}
}

// keep is the cache that singleflight's users write around it.
func keep(cached *atomic.Pointer[config], load func() *config) *config {
	if c := cached.Load(); c != nil {
		return c
	}
	c := load()
	cached.Store(c)
	return c
}

// coldRounds measures fresh rounds. start makes a round's contestant around the load that it must run once.
func coldRounds(b *testing.B, start func(load func() *config) (get func() *config, end func())) {
	var runs atomic.Int64
	var woken time.Duration
	for b.Loop() {
		var asking atomic.Int64
		var loaded time.Time
		get, end := start(func() *config {
			runs.Add(1)
			// The load takes until all are waiting: who counts himself in here is a few
			// instructions away from it, and the yields let him get there.
			for asking.Load() < crowd {
				runtime.Gosched()
			}
			for range 8 {
				runtime.Gosched()
			}
			loaded = time.Now()
			return &config{1}
		})
		var wg sync.WaitGroup
		for range crowd {
			wg.Go(func() {
				asking.Add(1)
				if get() == nil {
					panic("bench: no snapshot")
				}
			})
		}
		wg.Wait()
		woken += time.Since(loaded)
		end()
	}
	b.ReportMetric(float64(woken.Nanoseconds())/float64(b.N), "ns/last-woken")
	b.ReportMetric(float64(runs.Load())/float64(b.N), "runs/op")
}
