package vigil_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/vigil"
)

var interrupt = trigger{needs: anInterrupt} // adds an Interrupt to a scene

// uses has a user use R once, and reports whether it came to that, and whether the vigil had ended when it had.
func (b *scene) uses(user int) (called, ended bool) {
	used := errors.New("used")
	err := b.g.Use(func(r string) error {
		called = true
		b.Assert(r == "r", "uses %q", r)
		b.users[user] = true
		if b.leased { // a Beat would have it begin anew
			b.adds()
		} else {
			ended = !b.g.Beat()
		}
		b.users[user] = false
		return used
	})
	b.Assert(called && err == used || !called && err == vigil.ErrReclaimed, "called: %v, and %v", called, err)
	return called, ended
}

// A Use meets each trigger. R is reclaimed beside it only if that is the lease; else it has been reclaimed when the Use
// returns. Interrupt is called where the trigger was pulled during the Use, once, before the reclaim, and not by a
// Release or a Detach. Who uses R has its guard, so that is not dropped. V2 to V5
func TestExploreUse(t *testing.T) {
	for _, x := range []trigger{released, detach, returns, cancel, expire, shutdown} {
		t.Run(x.name, func(t *testing.T) {
			bound := none
			if x.cause == vigil.Expired {
				bound = one
			}
			explore.Check(t, bound, func(s *explore.S) {
				b := newScene(s, x, interrupt)
				b.starts(x)
				var called, ended bool
				s.Go("uses", func() {
					called, ended = b.uses(0)
					if ended {
						is := b.adds()
						s.Assert(is.Pending == 0, "not reclaimed when the last Use has ended: %+v", is)
					}
				})
				s.End(func() {
					if x.cause == vigil.Expired {
						_ = b.g.Release() // if it has not expired
					}
					is := b.over()
					tells := is != 0 && is != vigil.Released
					s.Assert(b.interrupts <= 1 && (tells && called || b.interrupts == 0), "%v interrupts %d times", is, b.interrupts)
					s.Assert(!ended || !tells || b.interrupts == 1, "%v during a Use, not interrupted", is)
				})
			})
		})
	}
}

// Of two Uses the last one reclaims what was decided meanwhile, before it returns. V2, V4
func TestExploreLastUse(t *testing.T) {
	for _, x := range []trigger{released, cancel} {
		t.Run(x.name, func(t *testing.T) {
			explore.Check(t, two, func(s *explore.S) {
				b := newScene(s, x)
				s.Go(x.name, func() { x.pull(b) })
				for user := range b.users {
					s.Go("uses", func() { b.uses(user) })
				}
				s.End(func() { s.Assert(b.over() == x.cause, "%v", b.rec.Cause) })
			})
		})
	}
}

// What was decided while R is in use does not wait for the Use when the lease ends: it is reclaimed once, with the cause that
// was first. V3, V4
func TestExploreForced(t *testing.T) {
	beside := false
	res := explore.Check(t, one, func(s *explore.S) {
		b := newScene(s, expire, trigger{needs: noOrder})
		s.Go("uses", func() {
			_ = b.g.Use(func(string) error {
				b.in.Store(true)
				released.pull(b)
				b.in.Store(false)
				return nil
			})
		})
		s.End(func() {
			if is := b.over(); is == vigil.Released && b.beside {
				beside = true
			}
		})
	})
	if res.Explored {
		require.True(t, beside, "it has always waited")
	}
}
