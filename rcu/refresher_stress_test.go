package rcu_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/rcu"
)

// rounds is how often a storm is repeated.
func rounds(full int) int {
	if testing.Short() {
		return full / 4
	}
	return full
}

// Callers that refresh, report, wait and give up, all at once, while runs fail
// and succeed: nobody is left waiting (the bubble would be told a deadlock), a
// Refresh returns with a run that began after its call, and a RefreshFrom with
// another snapshot than it reported, or with the end of a run.
func TestRefresherStorm(t *testing.T) {
	for round := range rounds(40) {
		synctest.Test(t, func(t *testing.T) {
			var begun atomic.Int32
			r := rcu.NewRefresher(func(context.Context, *config) (*config, error) {
				n := begun.Add(1)
				if rand.IntN(2) == 0 {
					runtime.Gosched()
				}
				if n%3 == 0 {
					return nil, errDown
				}
				return &config{int(n)}, nil
			}, rcu.Options{MinInterval: time.Duration(round % 2)})
			var callers sync.WaitGroup
			for range 8 {
				callers.Go(func() {
					for range 100 {
						ctx, cancel := context.WithCancel(t.Context())
						switch rand.IntN(4) {
						case 0:
							before := begun.Load()
							if v, err := r.Refresh(ctx); err == nil && v.n <= int(before) {
								t.Errorf("run %d has begun, Refresh returned with %d", before, v.n)
							}
						case 1:
							seen := r.Load()
							if v, err := r.RefreshFrom(ctx, seen); err == nil && v == seen {
								t.Errorf("reported %v, got it back", seen)
							}
						case 2:
							go cancel()
							r.WaitFor(ctx, func(c *config) bool { return rand.IntN(2) == 0 })
						case 3:
							go cancel()
							r.Refresh(ctx)
						}
						cancel()
					}
				})
			}
			callers.Wait()
			require.NoError(t, r.Shutdown(t.Context()))
		})
	}
}

// A reader that mixes Load, Get and Wait never goes back to an older snapshot,
// and a Changes loop does not miss the last one.
func TestRefresherReadersNeverGoBack(t *testing.T) {
	last := rounds(40_000)
	synctest.Test(t, func(t *testing.T) {
		r := rcu.NewRefresher(func(context.Context, *config) (*config, error) { return nil, errDown }, rcu.Options{})
		r.Store(new(config))
		var readers sync.WaitGroup
		for range 2 {
			readers.Go(func() {
				for seen := 0; seen < last; {
					for name, read := range map[string]func() (*config, error){
						"Load": func() (*config, error) { return r.Load(), nil },
						"Get":  r.Get,
						"Wait": func() (*config, error) { return r.Wait(t.Context()) },
					} {
						v, err := read()
						if err != nil || v.n < seen {
							t.Errorf("%s returned %d, %v after %d", name, v.n, err, seen)
							return
						}
						seen = v.n
					}
				}
			})
			readers.Go(func() {
				for v := range r.Changes(t.Context()) {
					if v.n == last {
						return
					}
				}
			})
		}
		for n := range last {
			r.Store(&config{n + 1})
		}
		readers.Wait()
	})
}

// A request at the very moment of a tick is one run, or two one after the other:
// a timer that was stopped too late begins nothing.
func TestRefresherTickMeetsRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var flying, overlaps atomic.Int32
		r := rcu.NewRefresher(func(context.Context, *config) (*config, error) {
			if flying.Add(1) > 1 {
				overlaps.Add(1)
			}
			time.Sleep(time.Millisecond)
			flying.Add(-1)
			return new(config), nil
		}, rcu.Options{Interval: time.Second})
		_, err := r.Wait(t.Context())
		require.NoError(t, err)
		for range rounds(2000) {
			time.Sleep(time.Until(r.Status().NextAt))
			r.Schedule()
			pass(10 * time.Millisecond)
		}
		require.NoError(t, r.Shutdown(t.Context()))
		require.Zero(t, overlaps.Load())
	})
}
