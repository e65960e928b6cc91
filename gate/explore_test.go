package gate_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/gate"
)

var none = explore.Options{Preemptions: -1}

// Who waits for an event that is set and cleared is let go, whenever it came: before, or it
// waits for the next; or its context ends. Nobody who was waiting is forgotten.
func TestExploreEvent(t *testing.T) {
	explore.Check(t, none, func(s *explore.S) {
		var e gate.Event
		ctx, _ := s.Cancelable("cancel")
		s.Go("waits", func() { _ = e.Wait(ctx) })
		s.Go("waits too", func() {
			s.Assert(e.Wait(context.Background()) == nil, "an error without a context that ends")
		})
		s.Go("sets", func() {
			e.Set()
			e.Clear()
			e.Set()
		})
	})
}

// When Done is closed the event is set, and when Set has returned Done is closed.
func TestExploreEventDone(t *testing.T) {
	explore.Check(t, none, func(s *explore.S) {
		var e gate.Event
		s.Go("looks", func() {
			<-e.Done()
			s.Assert(e.IsSet(), "done, and not set")
		})
		for range 2 {
			s.Go("sets", func() {
				done := e.Done()
				e.Set()
				select {
				case <-done:
				default:
					s.Assert(false, "set, and not done")
				}
			})
		}
	})
}

// Who finds that the event is set finds Done closed, whichever way it looks.
func TestExploreEventSeen(t *testing.T) {
	explore.Check(t, none, func(s *explore.S) {
		var e gate.Event
		done := e.Done()
		s.Go("sets", func() { e.Set() })
		for _, seen := range []func() bool{
			e.IsSet,
			func() bool { return e.Wait(context.Background()) == nil },
		} {
			s.Go("looks", func() {
				if seen() {
					select {
					case <-done:
					default:
						s.Assert(false, "set, and not done")
					}
				}
			})
		}
	})
}

// A promise is settled by one, and each who gets it gets that.
func TestExplorePromise(t *testing.T) {
	explore.Check(t, none, func(s *explore.S) {
		var p gate.Promise[int]
		ctx, _ := s.Cancelable("cancel")
		var won, got atomic.Int64
		for i := range 2 {
			s.Go("settles", func() {
				if p.Set(1 + i) {
					won.Add(int64(1 + i))
				}
			})
		}
		s.Go("gets", func() {
			if v, err := p.Get(ctx); err == nil {
				got.Store(int64(v))
			}
		})
		s.Go("is told", func() {
			<-p.Done()
			_, err := p.TryGet()
			s.Assert(err == nil, "done, and not ready")
		})
		s.End(func() {
			s.Assert(got.Load() == 0 || got.Load() == won.Load(), "got %d, settled with %d", got.Load(), won.Load())
		})
	})
}

// A notification that meets the end of a context wakes one who says so, and is counted for
// nobody else. L is held after each wait.
func TestExploreCondNotifyMeetsCancel(t *testing.T) {
	for name, l := range map[string]func() sync.Locker{"L": func() sync.Locker { return new(sync.Mutex) }, "no L": func() sync.Locker { return nil }} {
		t.Run(name, func(t *testing.T) {
			explore.Check(t, none, func(s *explore.S) {
				c := gate.Cond{L: l()}
				over, stop := context.WithCancel(context.Background())
				ctx, cancel := context.WithCancel(over)
				var heard, told atomic.Int64
				waits := func(ctx context.Context) func() {
					return func() {
						if c.L != nil {
							c.L.Lock()
							defer c.L.Unlock()
						}
						if c.Wait(ctx) == nil {
							heard.Add(1)
						}
					}
				}
				s.Go("may give up", waits(ctx))
				s.Go("waits", waits(over))
				s.Go("cancels", cancel)
				s.Go("notifies", func() {
					told.Add(int64(c.Notify(1)))
					stop()
				})
				s.End(func() {
					s.Assert(heard.Load() == told.Load(), "%d heard of it, %d were told", heard.Load(), told.Load())
				})
			})
		})
	}
}

// WaitFor misses no change that is notified after it, with L and without.
func TestExploreCondWaitFor(t *testing.T) {
	t.Run("L", func(t *testing.T) {
		explore.Check(t, none, func(s *explore.S) {
			var mu sync.Mutex
			c := gate.Cond{L: &mu}
			n := 0
			for range 2 {
				s.Go("waits", func() {
					mu.Lock()
					defer mu.Unlock()
					s.Assert(c.WaitFor(context.Background(), func() bool { return n == 1 }) == nil, "an error")
				})
			}
			s.Go("changes", func() {
				mu.Lock()
				n = 1
				mu.Unlock()
				c.NotifyAll()
			})
		})
	})
	t.Run("no L", func(t *testing.T) {
		explore.Check(t, none, func(s *explore.S) {
			var c gate.Cond
			var n atomic.Int64
			for range 2 {
				s.Go("waits", func() {
					s.Assert(c.WaitFor(context.Background(), func() bool { return n.Load() == 1 }) == nil, "an error")
				})
			}
			s.Go("changes", func() {
				n.Store(1)
				c.NotifyAll()
			})
		})
	})
}

// Without L two who take what they find, and one thing for each: none is left, and nobody waits for it.
func TestExploreCondWaitForTakes(t *testing.T) {
	explore.Check(t, none, func(s *explore.S) {
		var c gate.Cond
		var n atomic.Int64
		take := func() bool {
			for v := n.Load(); v > 0; v = n.Load() {
				if n.CompareAndSwap(v, v-1) {
					return true
				}
			}
			return false
		}
		for range 2 {
			s.Go("takes", func() { s.Assert(c.WaitFor(context.Background(), take) == nil, "an error") })
		}
		s.Go("makes", func() {
			for range 2 {
				n.Add(1)
				c.Notify(1)
			}
		})
	})
}

// Who panics in its look has left, and a notification that it did not hear is the next one's.
func TestExploreCondWaitForPanics(t *testing.T) {
	explore.Check(t, none, func(s *explore.S) {
		var c gate.Cond
		var ok atomic.Bool
		s.Go("panics", func() {
			defer func() { _ = recover() }()
			_ = c.WaitFor(context.Background(), func() bool { panic("pred") })
		})
		s.Go("waits", func() {
			s.Assert(c.WaitFor(context.Background(), ok.Load) == nil, "an error")
		})
		s.Go("notifies", func() {
			ok.Store(true)
			c.Notify(1)
		})
	})
}
