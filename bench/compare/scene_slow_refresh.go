package compare

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/rcu"
)

const (
	bucket    = 10 * time.Millisecond
	calm      = 150 * time.Millisecond // before the refresh, and after it
	fetchTime = 300 * time.Millisecond
	watchers  = 4 // goroutines that read
)

// slowRefresh shows what readers see of a refresh that takes its time: with a Refresher nothing, with
// a lock that the writer holds while it fetches, all of it.
func slowRefresh() *suite.Scene {
	return &suite.Scene{
		Name:     "slow-refresh",
		Question: "The refresh takes 300 ms. What do the readers do meanwhile?",
		Takes:    2 * (fetchTime + 2*calm),
		Run:      runSlowRefresh,
	}
}

func runSlowRefresh(ctx context.Context) (suite.Outcome, error) {
	r := rcu.NewRefresher(func(ctx context.Context, old *config) (*config, error) {
		if old == nil {
			return &config{1}, nil
		}
		pause(ctx, fetchTime)
		return &config{old.version + 1}, nil
	}, rcu.Options{})
	defer r.Close()
	if _, err := r.Wait(ctx); err != nil {
		return suite.Outcome{}, err
	}
	ours := watch(ctx, func() uint64 { return r.Load().version }, func() { _, _ = r.Refresh(ctx) })

	var mu sync.RWMutex
	current := &config{1}
	lock := watch(ctx, func() uint64 {
		mu.RLock()
		defer mu.RUnlock()
		return current.version
	}, func() {
		mu.Lock()
		defer mu.Unlock()
		pause(ctx, fetchTime)
		current = &config{2}
	})
	if ctx.Err() != nil {
		return suite.Outcome{}, ctx.Err()
	}
	return suite.Outcome{
		Header: []string{"implementation", "reads per ms before", "reads per ms during", "longest time without a read by anybody"},
		Rows:   [][]string{ours.row("Refresher"), lock.row("RWMutex held while fetching")},
		Checks: []suite.Check{
			// Generous on purpose: another program on the machine must not fail the scene, and a
			// reader that waits for the refresh would miss both by far.
			{What: "readers of the Refresher go on during the refresh", OK: ours.during > ours.before/4,
				Got: fmt.Sprintf("%.0f%% of their speed before", 100*ours.during/ours.before)},
			{What: "readers of the Refresher never all stand still for half of the refresh", OK: ours.gap < fetchTime/2,
				Got: fmt.Sprintf("longest gap %v", ours.gap.Round(10*time.Microsecond))},
			{What: "the new snapshot is seen afterwards", OK: ours.last == 2, Got: fmt.Sprintf("version %d", ours.last)},
			{What: "readers behind the lock do stand still: the scene can tell", OK: lock.gap > fetchTime*3/4,
				Got: fmt.Sprintf("longest gap %v", lock.gap.Round(10*time.Microsecond))},
		},
		Chart: &suite.Timeline{
			YLabel: "reads per ms", Step: bucket,
			Lines: []suite.Line{
				{Name: "Refresher", Ours: true, Values: ours.perMs},
				{Name: "RWMutex", Values: lock.perMs},
			},
			From: ours.from, To: ours.to, Shaded: "refresh",
		},
	}, nil
}

// seen is what the readers did: reads per ms over time, before and during the refresh, and the longest
// time that all of them stood still.
type seen struct {
	perMs          []float64
	before, during float64
	gap            time.Duration
	from, to       time.Duration // of the refresh
	last           uint64
}

func (s seen) row(name string) []string {
	return []string{name, fmt.Sprintf("%.0f", s.before), fmt.Sprintf("%.0f", s.during), s.gap.Round(10 * time.Microsecond).String()}
}

// watch lets readers read for a while, refreshes, and lets them read on.
func watch(ctx context.Context, read func() uint64, refresh func()) seen {
	buckets := make([]atomic.Int64, (fetchTime+2*calm)/bucket+100)
	var newest, gap atomic.Int64
	var last atomic.Uint64
	stop := make(chan struct{})
	var wg sync.WaitGroup
	start := time.Now()
	for range watchers {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				var v uint64
				for range batch {
					v = read()
				}
				last.Store(v)
				now := time.Since(start)
				raise(&gap, int64(now)-newest.Swap(int64(now)))
				buckets[min(int(now/bucket), len(buckets)-1)].Add(batch)
				runtime.Gosched()
			}
		})
	}
	pause(ctx, calm)
	s := seen{from: time.Since(start)}
	refresh()
	s.to = time.Since(start)
	pause(ctx, calm)
	close(stop)
	wg.Wait()
	end := time.Since(start)

	s.last, s.gap = last.Load(), time.Duration(gap.Load())
	for i := range min(int(end/bucket), len(buckets)-1) { // the last bucket is not full
		s.perMs = append(s.perMs, float64(buckets[i].Load())/float64(bucket.Milliseconds()))
	}
	s.before, s.during = mean(s.perMs, 0, s.from), mean(s.perMs, s.from, s.to)
	return s
}

// mean of the buckets that lie wholly between from and to.
func mean(perMs []float64, from, to time.Duration) float64 {
	i, j := int((from+bucket-1)/bucket), min(int(to/bucket), len(perMs))
	if i >= j {
		return 0
	}
	var sum float64
	for _, v := range perMs[i:j] {
		sum += v
	}
	return sum / float64(j-i)
}

func raise(m *atomic.Int64, v int64) {
	for old := m.Load(); v > old && !m.CompareAndSwap(old, v); old = m.Load() {
	}
}
