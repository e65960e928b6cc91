package vigil_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/vigil"
)

// badly is the ways in which a function of the user's does not do what it is for, and what its caller is told: an error that is
// returned, or how it ends.
var badly = map[string]struct {
	do   func() error
	err  error
	ends any
}{
	"fails":  {do: func() error { return io.ErrUnexpectedEOF }, err: io.ErrUnexpectedEOF},
	"panics": {do: func() error { panic("it broke") }, ends: "it broke"},
	"exits":  {do: func() error { runtime.Goexit(); return nil }, ends: testkit.Exited},
}

// A New that fails, panics or exits does so for its caller, with its context, and for nobody else: who waits gets the place, and
// tries for himself. P1
func TestPoolNewBadly(t *testing.T) {
	type key struct{}
	for name, c := range badly {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				first := context.WithValue(t.Context(), key{}, true)
				starts := make(chan int)
				var s *stock
				s = stocked(vigil.Options{}, vigil.PoolOptions[int]{New: func(ctx context.Context) (int, error) {
					if <-starts; ctx.Value(key{}) != nil {
						return 0, c.do()
					}
					return s.open(), nil
				}})
				a, b := s.attempt(first), s.attempt(t.Context())
				starts <- 1
				synctest.Wait()
				require.True(t, a.over.Load())
				require.Equal(t, c.ends, a.ends)
				require.Equal(t, c.err, a.err)
				require.Nil(t, a.g)
				starts <- 2
				b.got(t, 1)
				release(t, b.g)
				s.Reset()
				c := s.attempt(first) // and if nobody waits the place is free
				starts <- 3
				synctest.Wait()
				require.True(t, c.over.Load())
				require.Equal(t, vigil.PoolStats{Max: 1, WaitCount: 1}, s.Stats())
				require.Equal(t, []int{1}, s.gone())
			})
		})
	}
}

// What fails its Check is closed, and another opened in its place, for the same caller; if Check panics or exits it is closed too,
// and its place is for the next. Check is for what has been lent before, handed over or idle. P1
func TestPoolCheckBadly(t *testing.T) {
	for name, c := range badly {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				checks := make(chan int, 10)
				s := stocked(vigil.Options{}, vigil.PoolOptions[int]{Check: func(n int) error {
					if checks <- n; n == 1 {
						return c.do()
					}
					return nil
				}})
				g := s.get(t)
				require.Empty(t, checks, "a new one was checked")
				a, b := s.attempt(t.Context()), s.attempt(t.Context())
				release(t, g)
				if c.ends == nil {
					a.got(t, 2)
					require.Equal(t, []int{1}, s.gone())
					b.waits(t)
					release(t, a.g)
					require.Equal(t, 1, <-checks)
					b.got(t, 2)
					require.Equal(t, 2, <-checks)
				} else {
					b.got(t, 2)
					require.True(t, a.over.Load())
					require.Equal(t, c.ends, a.ends)
					require.Nil(t, a.g)
					require.Equal(t, 1, <-checks)
				}
				require.Equal(t, []int{1}, s.gone())
				require.Equal(t, vigil.PoolStats{Max: 1, Open: 1, InUse: 1, WaitCount: 2}, s.Stats())
				require.Zero(t, s.k.Stats().Faults)
				release(t, b.g)
				require.Empty(t, checks)
				release(t, s.get(t)) // it was idle
				require.Len(t, checks, 1)
			})
		})
	}
}

// What a Close comes to is told to who has it done: Release, the record of a reclaim, Shutdown. What nobody is told counts in
// Faults: after Idle, Reset and Check. The place is free in each case. P1
func TestPoolCloseBadly(t *testing.T) {
	kept := func(t *testing.T, s *stock) { release(t, s.get(t)) }
	for by, c := range map[string]struct {
		reuse  []vigil.Cause
		check  func(int) error
		do     func(t *testing.T, s *stock) error
		record bool // it is in the record of the reclaim
		fault  bool // it counts in Faults, and in no record
	}{
		"Release": {reuse: []vigil.Cause{}, record: true, do: func(t *testing.T, s *stock) error {
			return s.get(t).Release()
		}},
		"worker": {reuse: []vigil.Cause{}, record: true, do: func(t *testing.T, s *stock) error {
			return s.k.Go(t.Context(), "", func(ctx context.Context) error {
				_, err := s.Acquire(ctx)
				return err
			}).Wait()
		}},
		"Shutdown": {do: func(t *testing.T, s *stock) error {
			kept(t, s)
			return s.Shutdown(t.Context())
		}},
		"Idle": {fault: true, do: func(t *testing.T, s *stock) error {
			kept(t, s)
			time.Sleep(time.Minute)
			synctest.Wait()
			return nil
		}},
		"Reset": {fault: true, do: func(t *testing.T, s *stock) error {
			kept(t, s)
			s.Reset()
			return nil
		}},
		"Check": {fault: true, check: func(int) error { panic("nobody is served") }, do: func(t *testing.T, s *stock) error {
			kept(t, s)
			require.Equal(t, "nobody is served", s.attempt(t.Context()).ends)
			return nil
		}},
	} {
		for _, how := range []string{"fails", "panics"} {
			t.Run(by+" "+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					bad := badly[how]
					var recorded error
					s := stocked(
						vigil.Options{OnReclaim: func(r vigil.Record) { recorded = r.Err }},
						vigil.PoolOptions[int]{
							Idle: time.Minute, Reuse: c.reuse, Check: c.check, Close: func(int) error { return bad.do() },
						},
					)
					wrong := func(err error) bool {
						p, ok := errors.AsType[*vigil.PanicError](err)
						return errors.Is(err, io.ErrUnexpectedEOF) && bad.err != nil || ok && p.Value == bad.ends
					}
					returned, faults := c.do(t, s), s.k.Stats()
					if by == "Release" || by == "Shutdown" {
						require.True(t, wrong(returned), "%v", returned)
					} else {
						require.NoError(t, returned)
					}
					require.Equal(t, c.record, wrong(recorded), "%v", recorded)
					require.Equal(t, c.fault, faults.Faults == 1 && wrong(faults.Fault), "%v", faults)
					require.Equal(t, vigil.PoolStats{Max: 1}, s.Stats())
				})
			})
		}
	}
}

// A Close that exits its goroutine keeps nothing else from being closed, and no place. P1
func TestPoolCloseExits(t *testing.T) {
	for name, ends := range map[string]func(s *stock){
		"Reset":    func(s *stock) { s.Reset() },
		"Shutdown": func(s *stock) { _ = s.Shutdown(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			var s *stock
			s = stocked(vigil.Options{}, vigil.PoolOptions[int]{Max: 3, Close: func(n int) error {
				_ = s.close(n)
				runtime.Goexit()
				return nil
			}})
			release(t, s.get(t), s.get(t), s.get(t))
			require.Equal(t, testkit.Exited, testkit.Run(func() { ends(s) }))
			require.Len(t, s.gone(), 3)
			require.Equal(t, vigil.PoolStats{Max: 3}, s.Stats())
		})
	}
}

// A panic of Check is its caller's, also if the Close that follows exits the goroutine.
func TestPoolCheckPanicsCloseExits(t *testing.T) {
	p := vigil.NewPool(vigil.New(vigil.Options{}), vigil.PoolOptions[int]{
		Max:   1,
		New:   func(context.Context) (int, error) { return 1, nil },
		Check: func(int) error { panic("check") },
		Close: func(int) error { runtime.Goexit(); return nil },
	})
	g, err := p.Acquire(t.Context())
	require.NoError(t, err)
	require.NoError(t, g.Release())
	require.Equal(t, "check", testkit.Run(func() { _, _ = p.Acquire(t.Context()) }))
	require.Zero(t, p.Stats().Open)
}
