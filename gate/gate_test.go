package gate_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/gate"
	"github.com/petiole-go/petiole/internal/testkit"
)

// A fact that holds wins over a context that has ended; one that does not, does not.
func TestFactWins(t *testing.T) {
	ctx := testkit.Ended()
	var e gate.Event
	require.ErrorIs(t, e.Wait(ctx), context.Canceled)
	e.Set()
	require.NoError(t, e.Wait(ctx))

	var p gate.Promise[int]
	_, err := p.Get(ctx)
	require.ErrorIs(t, err, context.Canceled)
	p.Set(7)
	v, err := p.Get(ctx)
	require.NoError(t, err)
	require.Equal(t, 7, v)

	var c gate.Cond
	require.ErrorIs(t, c.Wait(ctx), context.Canceled)
	for _, l := range []sync.Locker{nil, &sync.Mutex{}} {
		c := gate.Cond{L: l}
		if l != nil {
			l.Lock()
		}
		require.ErrorIs(t, c.WaitFor(ctx, func() bool { return false }), context.Canceled)
		require.NoError(t, c.WaitFor(ctx, func() bool { return true }))
		looks := 0
		require.NoError(t, c.WaitFor(ctx, func() bool { looks++; return looks == 2 }), "the last look")
	}
}

// Misuse panics, says whose it is, and changes nothing.
func TestMisuse(t *testing.T) {
	var none context.Context
	var e gate.Event
	require.PanicsWithValue(t, "gate: a nil context", func() { _ = e.Wait(none) })
	var p gate.Promise[int]
	require.PanicsWithValue(t, "gate: a nil context", func() { _, _ = p.Get(none) })
	require.PanicsWithValue(t, "gate: a promise that fails without an error", func() { p.Fail(nil) })
	_, err := p.TryGet()
	require.ErrorIs(t, err, gate.ErrNotReady)
	var c gate.Cond
	require.PanicsWithValue(t, "gate: a nil context", func() { _ = c.Wait(none) })
	require.PanicsWithValue(t, "gate: WaitFor without a predicate", func() { _ = c.WaitFor(t.Context(), nil) })
	require.PanicsWithValue(t, "gate: a notification of -1", func() { c.Notify(-1) })
	require.Zero(t, c.NotifyAll())
}

// Set and Clear say whether they changed anything. Set frees all who are waiting, though a
// Clear follows at once, and who comes then waits for the next.
func TestEventSetAndClear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var e gate.Event
		require.False(t, e.Clear())
		for range 2 {
			errs := testkit.Waiting(3, func() error { return e.Wait(t.Context()) })
			require.False(t, e.IsSet())
			require.True(t, e.Set())
			require.True(t, e.IsSet())
			require.False(t, e.Set())
			require.True(t, e.Clear())
			require.False(t, e.Clear())
			require.Equal(t, []error{nil, nil, nil}, testkit.All(t, errs, 3))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, e.Wait(ctx), context.DeadlineExceeded)
	})
}

// Done is one channel until the event is set, which closes it, and another after a Clear.
// Clearing what is not set changes nothing.
func TestEventDone(t *testing.T) {
	var e gate.Event
	first := e.Done()
	e.Clear()
	require.Equal(t, first, e.Done())
	open(t, first)
	e.Set()
	<-first
	<-e.Done()
	e.Clear()
	<-first
	second := e.Done()
	open(t, second)
	e.Set()
	<-second
}

func open(t *testing.T, c <-chan struct{}) {
	select {
	case <-c:
		require.Fail(t, "closed too early")
	default:
	}
}

// A promise is settled once, by whoever is first, and all get that.
func TestPromise(t *testing.T) {
	oops := errors.New("oops")
	for name, settle := range map[string]func(p *gate.Promise[int]) bool{
		"set":  func(p *gate.Promise[int]) bool { return p.Set(7) },
		"fail": func(p *gate.Promise[int]) bool { return p.Fail(oops) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				want, wrong := 7, error(nil)
				if name == "fail" {
					want, wrong = 0, oops
				}
				var p gate.Promise[int]
				_, err := p.TryGet()
				require.ErrorIs(t, err, gate.ErrNotReady)
				done := p.Done()
				require.Equal(t, done, p.Done())
				open(t, done)
				get := func() error {
					v, err := p.Get(t.Context())
					if v != want {
						return errors.New("another value")
					}
					return err
				}
				errs := testkit.Waiting(3, get)
				require.True(t, settle(&p))
				require.False(t, p.Set(8))
				require.False(t, p.Fail(errors.New("another")))
				require.Equal(t, []error{wrong, wrong, wrong}, testkit.All(t, errs, 3))
				<-done
				<-p.Done()
				require.Equal(t, wrong, get())
				v, err := p.TryGet()
				require.Equal(t, want, v)
				require.Equal(t, wrong, err)
			})
		})
	}
}

// Of many who settle it at once one does.
func TestPromiseSettledOnce(t *testing.T) {
	var p gate.Promise[int]
	var wg sync.WaitGroup
	settled := make(chan int, 100)
	for i := range 100 {
		wg.Go(func() {
			if p.Set(i) {
				settled <- i
			}
		})
	}
	wg.Wait()
	require.Len(t, settled, 1)
	v, err := p.TryGet()
	require.NoError(t, err)
	require.Equal(t, <-settled, v)
}

// Notify wakes as many as it says, in the order in which they came. Who has gone is not
// counted, and a notification that nobody hears is not remembered.
func TestCondNotify(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		c := gate.Cond{L: &mu}
		var woken []int
		start := func(i int, ctx context.Context) {
			go func() {
				mu.Lock()
				defer mu.Unlock()
				if c.Wait(ctx) == nil {
					woken = append(woken, i)
				}
			}()
			synctest.Wait()
		}
		require.Zero(t, c.Notify(1))
		for i := range 3 {
			start(i, t.Context())
		}
		ctx, cancel := context.WithCancel(t.Context())
		start(3, ctx)
		for i := range 3 {
			start(4+i, t.Context())
		}
		require.Empty(t, woken)
		require.Zero(t, c.Notify(0))
		cancel()
		synctest.Wait()
		for range 4 { // one at a time, as two would race for mu
			require.Equal(t, 1, c.Notify(1))
			synctest.Wait()
		}
		require.Equal(t, []int{0, 1, 2, 4}, woken)
		require.Equal(t, 2, c.Notify(5))
		synctest.Wait()
		require.ElementsMatch(t, []int{0, 1, 2, 4, 5, 6}, woken)
		start(7, t.Context())
		start(8, t.Context())
		require.Equal(t, 2, c.NotifyAll())
		require.Zero(t, c.NotifyAll())
		synctest.Wait()
		require.Len(t, woken, 8)
	})
}

// Notifications that meet the end of a context are delivered, or go to nobody: as many hear
// of one as Notify says, and the others say that they gave up.
func TestCondNotifyMeetsCancel(t *testing.T) {
	const crowd = 16
	for round := range 500 {
		var c gate.Cond
		ctx, cancel := context.WithCancel(t.Context())
		errs := make(chan error, crowd)
		for range crowd {
			go func() { errs <- c.Wait(ctx) }()
		}
		for range round % 50 { // some have come, or all have
			runtime.Gosched()
		}
		told := c.Notify(crowd / 2)
		go cancel()
		told += c.Notify(1)
		cancel()
		heard := 0
		for range crowd {
			if err := <-errs; err != nil {
				require.ErrorIs(t, err, context.Canceled)
			} else {
				heard++
			}
		}
		require.Equal(t, told, heard)
		require.Zero(t, c.NotifyAll())
	}
}

// WaitFor looks with L held, before it waits and each time it is notified.
func TestCondWaitFor(t *testing.T) {
	for name, l := range map[string]sync.Locker{"L": &sync.Mutex{}, "no L": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := gate.Cond{L: l}
				n := 0
				lock := func(f func()) {
					if l != nil {
						l.Lock()
						defer l.Unlock()
					}
					f()
				}
				errs := testkit.Waiting(2, func() (err error) {
					lock(func() { err = c.WaitFor(t.Context(), func() bool { return n == 2 }) })
					return err
				})
				for range 2 {
					require.Empty(t, errs)
					lock(func() { n++ })
					require.Equal(t, 2, c.NotifyAll())
					synctest.Wait()
				}
				require.Equal(t, []error{nil, nil}, testkit.All(t, errs, 2))
				require.Zero(t, c.NotifyAll(), "out of line")
			})
		})
	}
}

// WaitFor without L looks at its context however often it is notified while it looks.
func TestCondWaitForNotifiedAllTheTime(t *testing.T) {
	var c gate.Cond
	looks := 0
	require.ErrorIs(t, c.WaitFor(testkit.Ended(), func() bool {
		looks++
		require.Less(t, looks, 10)
		c.NotifyAll()
		return false
	}), context.Canceled)
}

type locker struct{ lock, unlock func() }

func (l locker) Lock()   { l.lock() }
func (l locker) Unlock() { l.unlock() }

// Who panics, L or the predicate, is out of line, and a predicate's panic leaves with L held.
func TestCondPanics(t *testing.T) {
	c := gate.Cond{L: locker{func() {}, func() { panic("not locked") }}}
	require.PanicsWithValue(t, "not locked", func() { _ = c.Wait(t.Context()) })
	require.Zero(t, c.NotifyAll())

	var mu sync.Mutex
	for _, c := range []*gate.Cond{{}, {L: &mu}} {
		mu.Lock()
		require.PanicsWithValue(t, "pred", func() { _ = c.WaitFor(t.Context(), func() bool { panic("pred") }) })
		require.False(t, mu.TryLock())
		mu.Unlock()
		require.Zero(t, c.NotifyAll())
	}
}

// odd is a context of the user's own making, which calls f when it is asked for its Done, or its error.
type odd struct {
	context.Context
	done, err func()
}

func (o odd) Done() <-chan struct{} { o.done(); return o.Context.Done() }
func (o odd) Err() error            { o.err(); return o.Context.Err() }

// What was notified to one who panics before it has heard of it is the next one's.
func TestCondPanicsWhenNotified(t *testing.T) {
	nothing := func() {}
	oops := func() { panics() }
	// first waits in a way that panics when notified is true, if not before. notify is called when it is
	// in line, of what the user wrote.
	for name, first := range map[string]func(t *testing.T, c *gate.Cond, notified *bool, notify func()){
		"Done": func(t *testing.T, c *gate.Cond, _ *bool, notify func()) {
			_ = c.Wait(odd{t.Context(), func() { notify(); oops() }, nothing})
		},
		"Done, in WaitFor": func(t *testing.T, c *gate.Cond, _ *bool, notify func()) {
			_ = c.WaitFor(odd{t.Context(), func() { notify(); oops() }, nothing}, func() bool { return false })
		},
		"Err": func(t *testing.T, c *gate.Cond, notified *bool, notify func()) {
			_ = c.WaitFor(odd{t.Context(), notify, func() {
				if *notified {
					oops()
				}
			}}, func() bool { return false })
		},
		"pred": func(t *testing.T, c *gate.Cond, notified *bool, notify func()) {
			_ = c.WaitFor(odd{t.Context(), notify, nothing}, func() bool { return *notified && panics() })
		},
		"pred, with L": func(t *testing.T, c *gate.Cond, notified *bool, notify func()) {
			c.L = new(sync.Mutex)
			c.L.Lock()
			defer c.L.Unlock()
			_ = c.WaitFor(odd{t.Context(), notify, nothing}, func() bool { return *notified && panics() })
		},
		"Unlock": func(t *testing.T, c *gate.Cond, _ *bool, notify func()) {
			c.L = locker{nothing, once(func() { notify(); oops() })}
			_ = c.Wait(t.Context())
		},
		"Lock": func(t *testing.T, c *gate.Cond, _ *bool, notify func()) {
			c.L = locker{once(oops), nothing}
			_ = c.Wait(odd{t.Context(), notify, nothing})
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var c gate.Cond
				var next <-chan error
				notified := false
				notify := func() {
					if notified {
						return
					}
					next = testkit.Waiting(1, func() error {
						if mu, ok := c.L.(*sync.Mutex); ok {
							mu.Lock()
							defer mu.Unlock()
						}
						return c.WaitFor(t.Context(), func() bool { return notified })
					})
					notified = true
					require.Equal(t, 1, c.Notify(1))
				}
				require.Equal(t, "oops", testkit.Run(func() { first(t, &c, &notified, notify) }))
				require.Equal(t, []error{nil}, testkit.All(t, next, 1))
				require.Zero(t, c.NotifyAll())
			})
		})
	}
}

func panics() bool { panic("oops") }

// once is f the first time, and then nothing.
func once(f func()) func() {
	called := false
	return func() {
		if !called {
			called = true
			f()
		}
	}
}

// One that is used in one bubble after the other, and outside, keeps nothing of any of them,
// also of those who gave up there. What Done gives of a fact serves everywhere.
func TestBubbles(t *testing.T) {
	var event gate.Event
	var promise gate.Promise[int]
	var cond gate.Cond
	giveUp := func(ctx context.Context, want error) {
		require.ErrorIs(t, event.Wait(ctx), want)
		_, err := promise.Get(ctx)
		require.ErrorIs(t, err, want)
		require.ErrorIs(t, cond.Wait(ctx), want)
		require.ErrorIs(t, cond.WaitFor(ctx, event.IsSet), want)
	}
	giveUp(testkit.Ended(), context.Canceled)
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			giveUp(ctx, context.DeadlineExceeded)
			errs := testkit.Waiting(2, func() error {
				return errors.Join(event.Wait(t.Context()), cond.Wait(t.Context()))
			})
			event.Set()
			synctest.Wait()
			require.Equal(t, 2, cond.NotifyAll())
			require.Equal(t, []error{nil, nil}, testkit.All(t, errs, 2))
			<-event.Done()
			event.Clear()
		})
	}
	giveUp(testkit.Ended(), context.Canceled)
	promise.Set(1)
	synctest.Test(t, func(*testing.T) { <-promise.Done() })
}

// Ten thousand who gave up are gone.
func TestGivenUpLeaveNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c gate.Cond
		live := testkit.Waiting(1, func() error { return c.Wait(t.Context()) })
		ctx, cancel := context.WithCancel(t.Context())
		errs := testkit.Waiting(10_000, func() error { return c.Wait(ctx) })
		cancel()
		for _, err := range testkit.All(t, errs, 10_000) {
			require.ErrorIs(t, err, context.Canceled)
		}
		require.Equal(t, 1, c.NotifyAll())
		require.Equal(t, []error{nil}, testkit.All(t, live, 1))
	})
}

// A fact that holds costs no allocation.
func TestAllocations(t *testing.T) {
	ctx := t.Context()
	var e gate.Event
	e.Set()
	var p gate.Promise[int]
	p.Set(7)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		_ = e.Wait(ctx)
		_, _ = p.Get(ctx)
		_, _ = p.TryGet()
		_, _ = e.Done(), p.Done()
	}))
}

func BenchmarkFact(b *testing.B) {
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var e gate.Event
	e.Set()
	var p gate.Promise[int]
	p.Set(7)
	for name, wait := range map[string]func(){
		"event":   func() { _ = e.Wait(ctx) },
		"promise": func() { _, _ = p.Get(ctx) },
	} {
		b.Run("impl="+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				wait()
			}
		})
	}
}
