package park_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/park"
	"github.com/petiole-go/petiole/internal/testkit"
)

// A call runs on a goroutine of its own, in the bubble of who started it.
type call struct {
	leave context.CancelFunc
	v     int
	err   error
	done  bool
}

func start(f func(ctx context.Context) (int, error)) *call {
	ctx, cancel := context.WithCancel(context.Background())
	c := &call{leave: cancel}
	go func() {
		c.v, c.err = f(ctx)
		c.done = true
	}()
	synctest.Wait()
	return c
}

func (s *sem) start(n int64) *call {
	return start(func(ctx context.Context) (int, error) { return 0, s.acquire(ctx, n) })
}

func (c *call) require(t *testing.T, done bool, err error) {
	t.Helper()
	synctest.Wait()
	require.Equal(t, done, c.done, "done")
	require.Equal(t, err, c.err)
}

// A release serves the longest prefix that fits, in one go, and nobody overtakes.
func TestLineServesInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s sem
		one, two, heavy, light := s.start(1), s.start(1), s.start(5), s.start(1)
		s.release(3)
		one.require(t, true, nil)
		two.require(t, true, nil)
		heavy.require(t, false, nil)
		light.require(t, false, nil)
		late := s.start(1)
		late.require(t, false, nil)
		require.Equal(t, 3, s.parked())
		s.release(6)
		for _, c := range []*call{heavy, light, late} {
			c.require(t, true, nil)
		}
		require.Zero(t, s.free)
		require.Zero(t, s.parked())
	})
}

// Who leaves gets the context's error; those around it keep their places, and those
// behind it go on if it was what held them up.
func TestLineDepartures(t *testing.T) {
	for name, leaves := range map[string]int{"head": 0, "middle": 1, "tail": 2} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var s sem
				cs := []*call{s.start(1), s.start(1), s.start(1)}
				cs[leaves].leave()
				cs[leaves].require(t, true, context.Canceled)
				for i, c := range cs {
					if i != leaves {
						c.require(t, false, nil)
						s.release(1)
						c.require(t, true, nil)
					}
				}
				require.Zero(t, s.free)
			})
		})
	}
	t.Run("frees its followers", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := sem{free: 2}
			heavy, light, nothing := s.start(3), s.start(2), s.start(0)
			light.require(t, false, nil)
			heavy.leave()
			heavy.require(t, true, context.Canceled)
			light.require(t, true, nil)
			nothing.require(t, true, nil)
		})
	})
}

// A grant that meets the end of the context stands, whichever came first, and the
// waiter takes its signal along.
func TestGrantBeatsCancel(t *testing.T) {
	for name, both := range map[string]func(w *park.Waiter[acquire], leave func(), k *park.Woken){
		"grant, then cancel": func(w *park.Waiter[acquire], leave func(), k *park.Woken) { w.Grant(k); leave() },
		"cancel, then grant": func(w *park.Waiter[acquire], leave func(), k *park.Woken) { leave(); w.Grant(k) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var s sem
				var k park.Woken
				c := s.start(1)
				s.mu.Lock()
				both(s.line.Head(), c.leave, &k)
				s.mu.Unlock()
				synctest.Wait()
				c.leave()
				k.Wake()
				c.require(t, true, nil)
				require.Zero(t, s.departed)
			})
		})
	}
}

// The granter decides what it is that the waiter returns, wherever that stands.
func TestGrantFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tooLarge := errors.New("too large")
		var s sem
		light, heavy, behind := s.start(1), s.start(9), s.start(2)
		s.fail(8, tooLarge)
		light.require(t, false, nil)
		heavy.require(t, true, tooLarge)
		behind.require(t, false, nil)
		s.fail(0, context.Canceled)
		light.require(t, true, context.Canceled)
		behind.require(t, true, context.Canceled)
	})
}

// Wait tells how long it slept, if its line is timed.
func TestWaitSlept(t *testing.T) {
	for timed, slept := range map[bool]time.Duration{true: time.Minute, false: 0} {
		synctest.Test(t, func(t *testing.T) {
			var s sem
			s.line.Timed = timed
			c := s.start(1)
			time.Sleep(time.Minute)
			s.release(1)
			c.require(t, true, nil)
			require.Equal(t, slept, s.slept)
		})
	}
}

// Who is granted before it waits does not sleep, whether it was the first or not.
func TestWaitGranted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var line park.Line[int]
		var k park.Woken
		mu.Lock()
		ws := []*park.Waiter[int]{line.Join(t.Context(), &mu), line.Join(t.Context(), &mu)}
		for _, w := range ws {
			w.Grant(&k)
		}
		mu.Unlock()
		require.Zero(t, k, "nobody sleeps")
		for _, w := range ws {
			slept, err := w.Wait(nobody, nil)
			require.NoError(t, err)
			require.Zero(t, slept)
		}
	})
}

// A waiter that its owner takes out before it has waited: it left, or was granted.
func TestLeave(t *testing.T) {
	var mu sync.Mutex
	var line park.Line[int]
	var k park.Woken
	for _, grant := range []bool{false, true} {
		mu.Lock()
		w := line.Join(t.Context(), &mu)
		if grant {
			w.Grant(&k)
		}
		mu.Unlock()
		require.Equal(t, !grant, w.Leave(nobody))
		require.Zero(t, line.Len())
		w.Free()
	}
	k.Wake() // nobody slept
}

// Misuse panics and leaves a line that works: a nil context, and a grant too many.
// A look that panics finds its waiter gone, wakes whom it had granted, and holds nothing.
func TestLinePanics(t *testing.T) {
	var s sem
	var none context.Context
	require.PanicsWithValue(t, "petiole: a nil context", func() { _ = s.acquire(none, 1) })
	require.PanicsWithValue(t, "petiole: a nil context", func() { park.NewSeveral[slot](none) })
	require.Zero(t, s.parked())

	synctest.Test(t, func(t *testing.T) {
		s := sem{free: 1}
		var got any
		heavy := start(func(ctx context.Context) (int, error) {
			s.mu.Lock()
			w := s.line.Join(ctx, &s.mu)
			w.Value.n = 2
			s.mu.Unlock()
			got = testkit.Run(func() {
				_, _ = w.Wait(func(k *park.Woken) {
					s.grant(k)
					panic("look")
				}, nil)
			})
			return 0, nil
		})
		light := s.start(1)
		heavy.leave()
		heavy.require(t, true, nil)
		require.Equal(t, "look", got)
		light.require(t, true, nil)
		require.Zero(t, s.parked())
	})

	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.line.Join(t.Context(), &s.mu)
	w.Grant(new(park.Woken))
	require.PanicsWithValue(t, "park: a waiter that is not in line", func() { w.Grant(new(park.Woken)) })
}

// A head may be served bit by bit, and keeps its place until it has all.
func TestHeadServedInPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q queue
		put := func(items ...int) *call {
			return start(func(ctx context.Context) (int, error) { return 0, q.put(ctx, items...) })
		}
		many, behind := put(1, 2, 3), put(4)
		for want := 1; want <= 4; want++ {
			many.require(t, want >= 3, nil)
			behind.require(t, want >= 4, nil)
			v, err := q.get(t.Context())
			require.NoError(t, err)
			require.Equal(t, want, v)
		}
	})
}

// Ten thousand waiters that left have left nothing, and one that was served keeps
// neither its value nor its context.
func TestNothingRetained(t *testing.T) {
	var mu sync.Mutex
	var line park.Line[*[64]byte]
	var collected atomic.Int64
	wait := func(ctx context.Context, joined *sync.WaitGroup) {
		v := new([64]byte)
		runtime.AddCleanup(v, func(int) { collected.Add(1) }, 0)
		mu.Lock()
		w := line.Join(ctx, &mu)
		w.Value = v
		mu.Unlock()
		joined.Done()
		_, _ = w.Wait(nobody, nil)
		w.Free()
	}
	const n = 10_000
	ctx, cancel := context.WithCancel(t.Context())
	var joined, over sync.WaitGroup
	joined.Add(n + 1)
	over.Go(func() { wait(context.Background(), &joined) })
	testkit.Poll(t, "one at the head", func() bool { mu.Lock(); defer mu.Unlock(); return line.Len() == 1 })
	for range n {
		over.Go(func() { wait(ctx, &joined) })
	}
	joined.Wait()
	cancel()
	testkit.Poll(t, "all but one have left", func() bool { mu.Lock(); defer mu.Unlock(); return line.Len() == 1 })
	testkit.Collect(t, "the values of those who left", func() bool { return collected.Load() == n })
	var k park.Woken
	mu.Lock()
	line.Head().Grant(&k)
	mu.Unlock()
	k.Wake()
	over.Wait()
	testkit.Collect(t, "the value of the one that was served", func() bool { return collected.Load() == n+1 })
	runtime.KeepAlive(&line)
}

// Served within the yield: nothing is allocated. Asleep: the channel, and the node
// if its line has no spare one.
func TestAllocations(t *testing.T) {
	var s sem
	grant := make(chan bool)
	var over sync.WaitGroup
	over.Go(func() {
		for range grant {
			s.release(1)
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	ctx.Done()
	// AllocsPerRun leaves one processor, so that the granter runs in the yield; but
	// at every 61st turn the scheduler first runs who has yielded.
	require.Less(t, testing.AllocsPerRun(10, func() {
		for range 100 {
			grant <- true
			require.NoError(t, s.acquire(ctx, 1))
		}
	}), 10.0, "of a hundred that were served within the yield")
	close(grant)
	over.Wait()
	require.Greater(t, s.all, 1000, "who parked")
	cancel()
	leave := func() { require.Error(t, s.acquire(ctx, 1)) }
	require.Equal(t, 1.0, testing.AllocsPerRun(100, leave), "asleep, and left")
}

// shared is used by one bubble after the other, as a package's variable is.
var shared sem

// A line outlives a bubble: neither who left nor who was served leaves anything that
// the next bubble, or who is in none, would meet.
func TestLineAcrossBubbles(t *testing.T) {
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			vain, served := shared.start(2), shared.start(1)
			vain.leave()
			vain.require(t, true, context.Canceled)
			shared.release(1)
			served.require(t, true, nil)
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, shared.acquire(ctx, 1), context.Canceled)
	require.Zero(t, shared.parked())
}
