package explored_test

import (
	gocontext "context"
	"errors"
	gosync "sync"
	"testing"
	gotime "time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/shim/context"
	"github.com/petiole-go/petiole/explore/shim/lang"
	"github.com/petiole-go/petiole/explore/shim/sync"
	"github.com/petiole-go/petiole/explore/shim/sync/atomic"
	"github.com/petiole-go/petiole/explore/shim/time"
	"github.com/petiole-go/petiole/internal/testkit"
)

// together runs f in real goroutines, several times in each.
func together(f func(i int)) {
	var start, all gosync.WaitGroup
	start.Add(1)
	for i := range 4 {
		all.Go(func() {
			start.Wait()
			for range 500 {
				f(i)
			}
		})
	}
	start.Done()
	all.Wait()
}

// Outside of a run the shims are what they stand for, among real goroutines: they
// exclude, wait, and carry what was written before. (The race detector looks, too.)
func TestOutsideOfRuns(t *testing.T) {
	const all = 2000
	n := 0
	for name, do := range map[string]func() func(i int){
		"Mutex": func() func(int) {
			var mu sync.Mutex
			return func(int) { mu.Lock(); n++; mu.Unlock() }
		},
		"TryLock": func() func(int) {
			var mu sync.Mutex
			return func(int) {
				for !mu.TryLock() {
					lang.Gosched()
				}
				n++
				mu.Unlock()
			}
		},
		"RWMutex": func() func(int) {
			var rw sync.RWMutex
			return func(i int) {
				rw.RLock()
				_ = n
				rw.RUnlock()
				rw.Lock()
				n++
				rw.Unlock()
			}
		},
		"channel": func() func(int) {
			ch := make(chan int, 1)
			return func(int) { lang.Send(ch)(1); n++; lang.Recv(ch) }
		},
		"select": func() func(int) {
			ch := make(chan int, 1)
			return func(int) { lang.Select(true, lang.SendCase(ch)(1)); n++; lang.Select(true, lang.RecvCase(ch)) }
		},
		"Cond": func() func(int) {
			var mu sync.Mutex
			cond, turn := sync.NewCond(&mu), 0
			left := [4]int{500, 500, 500, 500}
			return func(i int) {
				mu.Lock()
				for turn != i {
					cond.Wait()
				}
				n++
				left[i]--
				turn = (i + 1) % 4
				cond.Broadcast()
				mu.Unlock()
			}
		},
		"atomics": func() func(int) {
			var busy atomic.Int64
			return func(int) {
				for !busy.CompareAndSwap(0, 1) {
					lang.Gosched()
				}
				n++
				busy.Store(0)
			}
		},
		"Map": func() func(int) {
			var m sync.Map
			return func(i int) {
				for {
					if _, busy := m.LoadOrStore("k", i); !busy {
						break
					}
					lang.Gosched()
				}
				n++
				m.CompareAndDelete("k", i)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			n = 0
			together(do())
			require.Equal(t, all, n)
		})
	}
}

// Once is once, Wait waits for all, and Go is a go statement.
func TestOutsideOnceAndGroups(t *testing.T) {
	for range 50 {
		var once sync.Once
		var wg sync.WaitGroup
		var bad atomic.Int32
		n, m := 0, 0
		value := sync.OnceValue(func() int { m++; return 7 })
		for range 8 {
			wg.Go(func() {
				once.Do(func() { n++ })
				if n != 1 || value() != 7 {
					bad.Add(1)
				}
			})
		}
		wg.Wait()
		require.Equal(t, [2]int{1, 1}, [2]int{n, m})
		require.Zero(t, bad.Load())
	}
	done := make(chan int)
	lang.Go(func() { lang.Close(done) })
	_, ok := lang.Recv2(done)
	require.False(t, ok)
	var rw sync.RWMutex
	rw.RLock()
	lang.Go(func() { rw.Lock(); defer rw.Unlock() })
	testkit.Poll(t, "a writer that waits holds off readers", func() bool {
		ok := rw.TryRLock()
		if ok {
			rw.RUnlock()
		}
		return !ok
	})
	rw.RUnlock()
}

// Time outside is real.
func TestOutsideTime(t *testing.T) {
	const short = 2 * time.Millisecond
	begin := gotime.Now()
	time.Sleep(short)
	require.GreaterOrEqual(t, gotime.Since(begin), short)
	require.WithinDuration(t, gotime.Now(), time.Now(), time.Minute)
	require.Less(t, time.Since(begin), time.Minute)
	require.Greater(t, time.Until(begin.Add(time.Hour)), time.Minute)
	timer, ticker, called := time.NewTimer(short), time.NewTicker(short), make(chan bool)
	defer ticker.Stop()
	<-timer.C
	require.False(t, timer.Stop())
	require.False(t, timer.Reset(short))
	<-timer.C
	<-ticker.C
	ticker.Reset(short)
	<-ticker.C
	<-time.After(short)
	time.AfterFunc(short, func() { close(called) })
	<-called
	ctx, cancel := context.WithTimeoutCause(context.Background(), short, errors.New("late"))
	defer cancel()
	<-ctx.Done()
	require.EqualError(t, context.Cause(ctx), "late")
	ctx, cancel = context.WithCancel(context.Background())
	ended := make(chan bool)
	context.AfterFunc(ctx, func() { close(ended) })
	cancel()
	<-ended
	require.ErrorIs(t, ctx.Err(), context.Canceled)
}

// What was made outside is used in a run, and what was made in a run is used after it,
// in the state in which it was left.
func TestInsideAndOutside(t *testing.T) {
	var mu, locked sync.Mutex
	var n atomic.Int64
	var once sync.Once
	ch := make(chan int, 1)
	outer, stop := context.WithCancel(context.Background())
	stop()
	locked.Lock()
	n.Store(5)
	once.Do(func() {})
	ch <- 3
	var ctx, child gocontext.Context
	var cancel func()
	var timer *time.Timer
	res, err := explore.Run(explore.Options{Schedules: 1}, func(s *explore.S) {
		s.Go("a", func() {
			s.Assert(!locked.TryLock() && n.Load() == 5 && lang.Recv(ch) == 3, "not as it was")
			once.Do(func() { s.Assert(false, "twice") })
			s.Assert(outer.Err() != nil && lang.Select(false, lang.RecvCase(outer.Done())) == 0, "not ended")
			derived, end := context.WithCancel(outer)
			defer end()
			s.Assert(derived.Err() != nil, "not ended by its parent")
			mu.Lock()
			n.Store(6)
			lang.Send(ch)(4)
			ctx, cancel = context.WithCancel(context.Background())
			child, _ = context.WithCancel(ctx)
			timer = time.NewTimer(time.Second)
		})
	})
	require.NoError(t, err)
	require.Equal(t, 1, res.Schedules)
	require.False(t, mu.TryLock())
	mu.Unlock()
	locked.Unlock()
	require.EqualValues(t, 6, n.Load())
	require.Equal(t, 4, lang.Recv(ch))
	require.False(t, timer.Stop())
	called := make(chan bool)
	context.AfterFunc(child, func() { close(called) })
	require.NoError(t, child.Err())
	grandchild, end := context.WithCancel(child)
	defer end()
	cancel()
	<-called
	<-grandchild.Done()
	require.ErrorIs(t, child.Err(), context.Canceled)
	require.ErrorIs(t, context.Cause(grandchild), context.Canceled)
}
