package explored_test

import (
	"iter"
	"runtime"
	goatomic "sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/internal/sched"
	"github.com/petiole-go/petiole/explore/shim/context"
	"github.com/petiole-go/petiole/explore/shim/lang"
	"github.com/petiole-go/petiole/explore/shim/sync"
	"github.com/petiole-go/petiole/explore/shim/sync/atomic"
	"github.com/petiole-go/petiole/explore/shim/time"
)

// forever waits for what does not come.
func forever() { lang.Recv(make(chan int)) }

// pulled runs f in a coroutine.
func pulled(f func()) {
	next, stop := iter.Pull(func(yield func(int) bool) {
		f()
		yield(1)
	})
	defer stop()
	next()
}

// A coroutine may be resumed by others than who made it, who may have ended.
func TestCoroutineHandedOn(t *testing.T) {
	passes(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		var n atomic.Int64
		count := func() (func() (int64, bool), func()) {
			return iter.Pull(func(yield func(int64) bool) {
				for yield(n.Add(1)) {
				}
			})
		}
		next, stop := count()
		ch := make(chan func(), 1)
		s.Go("a", func() {
			next()
			other, stop := count()
			lang.Send(ch)(func() { other(); stop() })
		})
		s.Go("b", func() { lang.Recv(ch)() })
		s.End(func() {
			s.Assert(n.Load() == 2, "n is %d", n.Load())
			stop()
		})
	})
}

// stubborn are goroutines that wait in vain, and do not go easily.
var stubborn = map[string]func(s *explore.S){
	"defers": func(*explore.S) {
		var mu, other sync.Mutex
		other.Lock()
		mu.Lock()
		defer mu.Unlock()
		defer func() {
			other.Lock()
			defer other.Unlock()
			lang.Go(forever)
		}()
		forever()
	},
	"recovers": func(*explore.S) {
		for {
			func() {
				defer func() { recover() }()
				forever()
			}()
		}
	},
	"loops": func(*explore.S) {
		var never atomic.Bool
		ch := make(chan int)
		var mu sync.Mutex
		cond := sync.NewCond(&mu)
		defer func() {
			for !never.Load() {
				lang.Gosched()
			}
		}()
		defer func() {
			for {
				lang.Select(true, lang.RecvCase(ch))
			}
		}()
		defer func() {
			mu.Lock()
			for {
				cond.Wait()
			}
		}()
		forever()
	},
	"exits": func(*explore.S) {
		defer runtime.Goexit()
		defer forever()
		runtime.Goexit()
	},
	"panics": func(*explore.S) {
		defer func() { panic("first") }()
		defer func() {
			defer func() { panic("second") }()
			forever()
		}()
		forever()
	},
	"panicking": func(*explore.S) {
		defer func() { recover() }()
		defer forever()
		panic("it waits while it panics")
	},
	"coroutine": func(*explore.S) { pulled(forever) },
	"nested": func(*explore.S) {
		pulled(func() { defer lang.Gosched(); pulled(func() { defer func() { recover() }(); forever() }) })
	},
	"suspended": func(*explore.S) {
		next, stop := iter.Pull(func(yield func(int) bool) {
			defer forever()
			var mu sync.Mutex
			mu.Lock()
			yield(1)
			forever()
		})
		defer stop()
		next()
		forever()
	},
	"exits in a coroutine": func(*explore.S) {
		defer forever()
		pulled(func() { defer lang.Gosched(); runtime.Goexit() })
	},
	"waits": func(s *explore.S) {
		var wg sync.WaitGroup
		var once sync.Once
		var rw sync.RWMutex
		wg.Go(func() { once.Do(forever) })
		wg.Go(func() { once.Do(forever) })
		wg.Go(func() { rw.RLock(); defer rw.RUnlock(); forever() })
		wg.Go(func() { lang.Gosched(); rw.Lock(); defer rw.Unlock(); rw.Lock() })
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		defer cancel()
		context.AfterFunc(ctx, forever)
		time.AfterFunc(time.Hour, forever)
		wg.Wait()
	},
	"asserts": func(s *explore.S) {
		s.Go("other", forever)
		defer s.Assert(false, "again")
		s.Assert(false, "no")
	},
	"spins": func(*explore.S) {
		var never atomic.Bool
		defer forever()
		for !never.Load() {
		}
	},
}

// A schedule that is cut short ends its goroutines, whatever they do, and runs what
// they have deferred. None is left.
func TestNothingLeftOfWhatWasCut(t *testing.T) {
	times := 100
	if testing.Short() || sched.Raced {
		times = 10
	}
	for name, body := range stubborn {
		t.Run(name, func(t *testing.T) {
			leak := goleak.IgnoreCurrent()
			var began, ended goatomic.Int64
			for range times {
				_, err := explore.Run(explore.Options{Steps: 40}, func(s *explore.S) {
					for range 2 {
						s.Go("stubborn", func() {
							began.Add(1)
							defer func() { ended.Add(1) }()
							body(s)
						})
					}
				})
				require.Error(t, err)
			}
			require.Equal(t, began.Load(), ended.Load(), "what was deferred has not run")
			require.GreaterOrEqual(t, int(began.Load()), 2*times)
			goleak.VerifyNone(t, leak)
		})
	}
}

// The same for ten thousand schedules that the reduction cuts short, in the middle of a run that
// goes on. What a goroutine of one held does not stand in the way of the next.
func TestNothingLeftOfWhatWasPruned(t *testing.T) {
	leak := goleak.IgnoreCurrent()
	var mu sync.Mutex // of the package, so to say
	var rw sync.RWMutex
	var once sync.Once
	cond := sync.NewCond(&mu)
	pruned := 0
	for pruned < 10_000 {
		res, f, err := sched.Explore(sched.Options{Bound: -1, Reduce: true, Steps: 1000, Yields: 1, Scenario: func(r *sched.Run) {
			var n [3]atomic.Int64
			for i := range 2 {
				sched.Current().Go("", func() {
					mu.Lock()
					n[i].Add(1)
					mu.Unlock()
					rw.RLock()
					n[1-i].Load()
					rw.RUnlock()
					once.Do(func() { n[0].Load() })
					n[0].Load()
					cond.Signal()
				})
			}
			once = sync.Once{}
		}})
		require.NoError(t, err)
		require.Nil(t, f)
		require.True(t, res.Exhausted)
		pruned += res.Pruned
		if testing.Short() || sched.Raced {
			break
		}
	}
	require.NotZero(t, pruned)
	goleak.VerifyNone(t, leak)
}
