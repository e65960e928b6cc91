package rcu_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/rcu"
)

// A file is a value that is held, and retired.
type file struct{ held, retired atomic.Int32 }

// files is a Guarded whose values know how they are treated.
type files struct {
	*rcu.Guarded[file]
	s *explore.S
}

// newFiles makes one with so many counters: NewGuarded asks the machine.
func newFiles(s *explore.S, counters uint32, first *file) files {
	return files{rcu.Striped(counters, first, func(v *file) {
		s.Assert(v.held.Load() == 0, "retired while it is held")
		s.Assert(v.retired.Add(1) == 1, "retired again")
	}), s}
}

// read holds what is there for a moment.
func (g files) read(acquire func() rcu.Ref[file]) {
	ref := acquire()
	if v := ref.Value(); v != nil {
		v.held.Add(1)
		g.s.Assert(v.retired.Load() == 0, "acquired after it was retired")
		v.held.Add(-1)
	}
	ref.Release()
}

// A value is retired once, after its last reader, by whomever that falls to. I1 to I4
func TestExploreGuardedRetires(t *testing.T) {
	for name, counters := range map[string]uint32{"one": 1, "striped": 2} {
		t.Run(name, func(t *testing.T) {
			explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
				var first, second file
				g := newFiles(s, counters, &first)
				for i, reader := range []string{"a", "b"} {
					acquire := g.Acquire
					if counters > 1 {
						acquire = func() rcu.Ref[file] { return g.AcquireAt(uint32(i)) } // not a random one
					}
					s.Go(reader, func() { g.read(acquire) })
				}
				s.Go("writer", func() { g.Store(&second) })
				s.End(func() {
					s.Assert(first.retired.Load() == 1 && second.retired.Load() == 0,
						"retired %d and %d times", first.retired.Load(), second.retired.Load())
				})
			})
		})
	}
}

// Synchronize returns when all that was replaced before it has retired.
func TestExploreGuardedSynchronize(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		var first, second, third file
		g := newFiles(s, 1, &first)
		s.Go("reader", func() {
			older, newer := g.Acquire(), g.Acquire()
			older.Release()
			newer.Release()
		})
		s.Go("writer", func() {
			g.Store(&second)
			g.Store(&third)
			s.Assert(g.Synchronize(context.Background()) == nil, "fails")
			s.Assert(first.retired.Load() == 1 && second.retired.Load() == 1, "has not retired")
		})
	})
}

// What was handed over is retired once, by a Close or in spite of it, and after both
// there is nothing to be had.
func TestExploreGuardedClose(t *testing.T) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		var first, second file
		g := newFiles(s, 1, &first)
		s.Go("reader", func() { g.read(g.Acquire) })
		s.Go("closer", func() { _ = g.Close() })
		s.Go("writer", func() { g.Store(&second) })
		s.End(func() {
			s.Assert(first.retired.Load() == 1 && second.retired.Load() == 1,
				"retired %d and %d times", first.retired.Load(), second.retired.Load())
			s.Assert(g.Acquire() == rcu.Ref[file]{}, "there is still something")
		})
	})
}

// A Release too many that meets no other reader is told, and harms nothing. One that
// meets another may be told to that one, to both or to nobody, and the value may be
// retired under it, or never; but not twice, and no other value is concerned.
func TestExploreGuardedDoubleRelease(t *testing.T) {
	for name, met := range map[string]bool{"alone": false, "met": true} {
		t.Run(name, func(t *testing.T) {
			explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
				var first, second file
				var told atomic.Int32
				g := rcu.Striped(1, &first, func(v *file) { v.retired.Add(1) })
				release := func(r rcu.Ref[file]) {
					defer func() {
						if recover() != nil {
							told.Add(1)
						}
					}()
					r.Release()
				}
				ref := g.Acquire()
				s.Go("twice", func() {
					release(ref)
					release(ref)
				})
				if met {
					s.Go("other", func() { release(g.Acquire()) })
				}
				s.Go("writer", func() { g.Store(&second) })
				s.End(func() {
					retired, told := first.retired.Load(), told.Load()
					if !met {
						s.Assert(retired == 1 && told == 1, "retired %d times, told %d times", retired, told)
					}
					s.Assert(retired <= 1, "retired twice")
					_ = g.Close()
					s.Assert(second.retired.Load() == 1, "another was retired %d times", second.retired.Load())
				})
			})
		})
	}
}
