package linger_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/vigil/linger"
)

// conn is a connection of the user's own making: the end of a net.Pipe that can be closed for writing, with what it
// does instead.
type conn struct {
	net.Conn
	closeWrite, close func() error
	read              func([]byte) (int, error)
	setDeadline       func(time.Time) error // and SetReadDeadline

	mu    sync.Mutex
	calls []string
}

func newConn() (c *conn, peer net.Conn) {
	inner, peer := net.Pipe()
	return &conn{
		Conn:        inner,
		closeWrite:  func() error { return nil },
		close:       inner.Close,
		read:        inner.Read,
		setDeadline: inner.SetDeadline,
	}, peer
}

func (c *conn) called(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, name)
}

// last reports whether Close was called once, after all else.
func (c *conn) last() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Index(c.calls, "Close") == len(c.calls)-1
}

func (c *conn) CloseWrite() error             { c.called("CloseWrite"); return c.closeWrite() }
func (c *conn) Close() error                  { c.called("Close"); return c.close() }
func (c *conn) Read(b []byte) (int, error)    { c.called("Read"); return c.read(b) }
func (c *conn) SetDeadline(t time.Time) error { c.called("SetDeadline"); return c.setDeadline(t) }
func (c *conn) SetReadDeadline(t time.Time) error {
	c.called("SetReadDeadline")
	return c.setDeadline(t)
}

// chatty writes a byte after each time, until nobody reads, or for long enough.
func chatty(peer net.Conn, each time.Duration) {
	for range 100 {
		time.Sleep(each)
		if _, err := peer.Write([]byte("a")); err != nil {
			return
		}
	}
}

// The bounds are exact, by default and as given, also for what knows no deadlines, or takes them and does nothing. What is
// without end does not overflow.
func TestBounds(t *testing.T) {
	const forever = time.Duration(math.MaxInt64)
	for name, c := range map[string]struct {
		options linger.Options
		peer    func(net.Conn)
		want    linger.Result
	}{
		"Idle, by default":    {linger.Options{}, func(net.Conn) {}, linger.Result{TimedOut: true, Waited: 2 * time.Second}},
		"MaxWait, by default": {linger.Options{}, func(c net.Conn) { chatty(c, 1900*time.Millisecond) }, linger.Result{Drained: 15, TimedOut: true, Waited: 30 * time.Second}},
		"Idle":                {linger.Options{Idle: time.Minute, MaxWait: time.Hour}, func(net.Conn) {}, linger.Result{TimedOut: true, Waited: time.Minute}},
		"Idle begins anew with input": {linger.Options{Idle: time.Minute, MaxWait: time.Hour}, func(c net.Conn) {
			time.Sleep(50 * time.Second)
			_, _ = c.Write([]byte("ab"))
		}, linger.Result{Drained: 2, TimedOut: true, Waited: 110 * time.Second}},
		"MaxWait before Idle": {linger.Options{Idle: time.Hour, MaxWait: time.Minute}, func(net.Conn) {}, linger.Result{TimedOut: true, Waited: time.Minute}},
		"MaxDrain":            {linger.Options{MaxDrain: 3}, func(c net.Conn) { chatty(c, time.Second) }, linger.Result{Drained: 3, Waited: 3 * time.Second}},
		"EOF": {linger.Options{Idle: forever, MaxWait: forever, MaxDrain: math.MaxInt64}, func(c net.Conn) {
			time.Sleep(1000 * time.Hour)
			c.Close()
		}, linger.Result{PeerClosed: true, Waited: 1000 * time.Hour}},
	} {
		for deadlines, set := range map[string]func(time.Time) error{
			"deadlines":    nil,
			"no deadlines": func(time.Time) error { return errors.ErrUnsupported },
			"no effect":    func(time.Time) error { return nil },
		} {
			t.Run(name+", "+deadlines, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, peer := newConn()
					if set != nil {
						s.setDeadline = set
					}
					var other sync.WaitGroup
					defer other.Wait()
					other.Go(func() { c.peer(peer) })
					r, err := linger.Close(t.Context(), s, c.options)
					require.NoError(t, err)
					require.Equal(t, c.want, r)
					require.True(t, s.last(), "%v", s.calls)
				})
			})
		}
	}
}

// A CloseWrite that blocks is bounded by MaxWait and the context, and so is a Read; what they return then is no error.
func TestCut(t *testing.T) {
	for _, blocks := range []string{"CloseWrite", "Read"} {
		for _, canceled := range []bool{false, true} {
			for deadlines, set := range map[string]func(time.Time) error{
				"deadlines":    nil,
				"no deadlines": func(time.Time) error { return errors.ErrUnsupported },
			} {
				name := blocks + ", MaxWait, " + deadlines
				if canceled {
					name = blocks + ", context, " + deadlines
				}
				t.Run(name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						s, _ := newConn()
						if set != nil {
							s.setDeadline = set
						}
						if blocks == "CloseWrite" {
							s.closeWrite = func() error { _, err := s.Conn.Write([]byte("bye")); return err }
						}
						ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
						defer cancel()
						o := linger.Options{MaxWait: time.Second, Idle: time.Hour}
						if canceled {
							o.MaxWait = time.Hour
						}
						r, err := linger.Close(ctx, s, o)
						require.True(t, s.last(), "%v", s.calls)
						if canceled {
							require.EqualError(t, err, context.DeadlineExceeded.Error())
							require.Equal(t, linger.Result{Waited: 2 * time.Second}, r)
							return
						}
						require.NoError(t, err)
						require.Equal(t, linger.Result{TimedOut: true, Waited: time.Second}, r)
					})
				})
			}
		}
	}
}

// What was set before does not matter, nor what is set while the context ends: nothing is read after that.
func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, peer := newConn()
		require.NoError(t, s.Conn.SetDeadline(time.Unix(1, 0)))
		s.closeWrite = func() error { _, err := s.Conn.Write([]byte("bye")); return err }
		var other sync.WaitGroup
		other.Go(func() { _, _ = io.ReadFull(peer, make([]byte, 3)); peer.Close() })
		r, err := linger.Close(t.Context(), s, linger.Options{})
		require.NoError(t, err)
		require.Equal(t, linger.Result{PeerClosed: true}, r)
		other.Wait()
	})
	synctest.Test(t, func(t *testing.T) {
		s, _ := newConn()
		ctx, cancel := context.WithCancel(t.Context())
		sets := 0
		s.setDeadline = func(d time.Time) error {
			if sets++; sets == 2 { // the first of drain
				cancel()
				time.Sleep(time.Second) // s is closed meanwhile
			}
			return nil
		}
		_, err := linger.Close(ctx, s, linger.Options{})
		require.EqualError(t, err, context.Canceled.Error())
		require.True(t, s.last(), "%v", s.calls)
	})
}

// layer is what has a connection under it.
type layer struct {
	*conn
	under net.Conn
}

func (l *layer) NetConn() net.Conn { return l.under }

// What is layered is closed after what is under it, which is drained, and what it says of having been closed under is not told;
// what says that there is nothing, or itself, is closed as well.
func TestLayers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lower, _ := newConn()
		upper, _ := newConn()
		oops := errors.New("oops")
		closed := false
		lower.close = func() error {
			if closed {
				return errors.New("closed again")
			}
			closed = true
			return errors.Join(lower.Conn.Close(), oops)
		}
		upper.close = lower.Close
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r, err := linger.Close(ctx, &layer{upper, lower}, linger.Options{})
		require.Equal(t, linger.Result{Waited: time.Second}, r)
		require.EqualError(t, err, "context deadline exceeded\noops")
		require.Equal(t, []string{"CloseWrite", "Close"}, upper.calls)
		require.Equal(t, []string{"SetDeadline", "SetDeadline", "CloseWrite", "SetReadDeadline", "Read", "SetDeadline", "Close", "Close"}, lower.calls)
	})
	for _, self := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s, _ := newConn()
			l := &layer{conn: s}
			if self {
				l.under = l
			}
			r, err := linger.Close(t.Context(), l, linger.Options{})
			require.NoError(t, err)
			require.Equal(t, linger.Result{TimedOut: true, Waited: 2 * time.Second}, r)
			require.Equal(t, "Close", s.calls[len(s.calls)-1])
		})
	}
}

// A reset below a layer that could be closed for writing is not told if EOF follows, as the peer had closed before, and is told if not.
func TestResetBelow(t *testing.T) {
	const below = syscall.ENOTCONN
	odd := errors.New("odd")
	for name, c := range map[string]struct {
		upper, lower, read error
		want               []error
	}{
		"EOF follows":              {nil, below, io.EOF, nil},
		"a reset follows":          {nil, below, syscall.ECONNRESET, []error{syscall.ECONNRESET, below}},
		"of the layer, too":        {syscall.EPIPE, below, io.EOF, []error{syscall.EPIPE, below}},
		"it is of some other kind": {nil, odd, io.EOF, []error{odd}},
	} {
		t.Run(name, func(t *testing.T) {
			lower, _ := newConn()
			upper, _ := newConn()
			upper.closeWrite = func() error { return c.upper }
			lower.closeWrite = func() error { return c.lower }
			lower.read = func([]byte) (int, error) { return 0, c.read }
			r, err := linger.Close(t.Context(), &layer{upper, lower}, linger.Options{})
			require.Equal(t, errors.Join(c.want...), err)
			require.Equal(t, errors.Is(c.read, io.EOF), r.PeerClosed)
		})
	}
}

// A bound holds though the timer has not had its turn yet: nothing is read after it, and what a method returns because of it
// is no error, also if it is no net.Error and if Close repeats it.
func TestTimerLate(t *testing.T) {
	const bound = time.Microsecond
	pass := func() {
		for begin := time.Now(); time.Since(begin) < bound; {
		}
	}
	late := &net.OpError{Op: "read", Err: fmt.Errorf("below: %w", os.ErrDeadlineExceeded)}
	require.False(t, late.Timeout())
	for range 100 {
		flood, _ := newConn()
		flood.closeWrite = func() error { pass(); return nil }
		flood.read = func(b []byte) (int, error) { return len(b), nil }
		flood.setDeadline = func(time.Time) error { return errors.ErrUnsupported }
		r, err := linger.Close(t.Context(), flood, linger.Options{MaxWait: bound})
		require.NoError(t, err)
		require.True(t, r.TimedOut)
		require.Zero(t, r.Drained)

		upper, _ := newConn()
		under, _ := net.Pipe()
		upper.closeWrite = func() error { pass(); return late }
		upper.close = func() error { return errors.Join(under.Close(), late) }
		r, err = linger.Close(t.Context(), &layer{upper, under}, linger.Options{MaxWait: bound})
		require.NoError(t, err)
		require.True(t, r.TimedOut)

		s, _ := newConn()
		s.read = func([]byte) (int, error) { pass(); return 0, late }
		r, err = linger.Close(t.Context(), s, linger.Options{Idle: bound})
		require.NoError(t, err)
		require.True(t, r.TimedOut)
	}
}

// The error has all that CloseWrite, Read and Close returned, and a CloseWrite that fails does not stop the drain.
func TestErrors(t *testing.T) {
	first, second, third := errors.New("first"), errors.New("second"), errors.New("third")
	synctest.Test(t, func(t *testing.T) {
		s, _ := newConn()
		s.closeWrite = func() error { return first }
		s.read = func(b []byte) (int, error) { return len(b), second }
		s.close = func() error { return third }
		r, err := linger.Close(t.Context(), s, linger.Options{})
		require.EqualError(t, err, "first\nsecond\nthird")
		require.True(t, s.last())
		require.Equal(t, linger.Result{Drained: 4 << 10}, r)
	})
	synctest.Test(t, func(t *testing.T) { // and what Close returned is told where it was the context's
		s, _ := newConn()
		s.closeWrite = func() error { return first }
		s.close = func() error { return errors.Join(s.Conn.Close(), third) }
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r, err := linger.Close(ctx, s, linger.Options{})
		require.EqualError(t, err, "context deadline exceeded\nfirst\nthird")
		require.Equal(t, linger.Result{Waited: time.Second}, r)
	})
	for _, err := range []error{os.ErrDeadlineExceeded, io.ErrUnexpectedEOF} { // neither is it of a deadline of ours, nor EOF
		s, _ := newConn()
		s.read = func([]byte) (int, error) { return 0, err }
		r, got := linger.Close(t.Context(), s, linger.Options{})
		require.ErrorIs(t, got, err)
		require.False(t, r.TimedOut || r.PeerClosed)
	}
}

// A Read that returns nothing again and again is an error, and what it returns beside an end is counted.
func TestReads(t *testing.T) {
	s, _ := newConn()
	s.read = func([]byte) (int, error) { return 0, nil }
	_, err := linger.Close(t.Context(), s, linger.Options{})
	require.ErrorIs(t, err, io.ErrNoProgress)

	s, _ = newConn()
	reads := 0
	s.read = func(b []byte) (int, error) {
		if reads++; reads == 3 {
			return len(b), io.EOF
		}
		return len(b), nil
	}
	r, err := linger.Close(t.Context(), s, linger.Options{})
	require.NoError(t, err)
	require.True(t, r.PeerClosed)
	require.Equal(t, int64(4+64+64)<<10, r.Drained, "the buffer grows, to 64 KiB")
}

// A method that panics, or exits, has done so where Close was called, and the connection is closed, once and last. (If what
// panics is what ends the wait from outside, too.)
func TestPanics(t *testing.T) {
	for name, spoil := range map[string]func(*conn, func() error){
		"CloseWrite":  func(c *conn, f func() error) { c.closeWrite = f },
		"Read":        func(c *conn, f func() error) { c.read = func([]byte) (int, error) { return 0, f() } },
		"SetDeadline": func(c *conn, f func() error) { c.setDeadline = func(time.Time) error { return f() } },
		"Close":       func(c *conn, f func() error) { c.close = func() error { return errors.Join(c.Conn.Close(), f()) } },
		"SetDeadline, outside": func(c *conn, f func() error) {
			c.setDeadline = func(d time.Time) error {
				if d.Before(time.Now()) {
					return f()
				}
				return nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _ := newConn()
				spoil(s, func() error { panic("oops") })
				require.Equal(t, "oops", testkit.Run(func() { _, _ = linger.Close(t.Context(), s, linger.Options{}) }))
				require.True(t, s.last(), "%v", s.calls)

				if name == "CloseWrite" || name == "Read" {
					s, _ = newConn()
					spoil(s, func() error { runtime.Goexit(); return nil })
					require.Equal(t, testkit.Exited, testkit.Run(func() { _, _ = linger.Close(t.Context(), s, linger.Options{}) }))
					require.True(t, s.last(), "%v", s.calls)
				}
			})
		})
	}
}

// spoiled is a context of the user's own making that panics after a while.
type spoiled struct {
	context.Context
	done  chan struct{}
	panic atomic.Bool
}

func (c *spoiled) use() {
	if c.panic.Load() {
		panic("oops")
	}
}

func (c *spoiled) Done() <-chan struct{} { c.use(); return c.done }
func (c *spoiled) Value(any) any         { c.use(); return nil }
func (c *spoiled) Err() error {
	c.use()
	select {
	case <-c.done:
		return context.Canceled
	default:
		return nil
	}
}

// A context that panics, when it is let go or asked why it ended, has done so where Close was called, and what is layered
// is closed (I1).
func TestContextPanics(t *testing.T) {
	for _, ends := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			ctx := &spoiled{Context: t.Context(), done: make(chan struct{})}
			lower, _ := newConn()
			upper, _ := newConn()
			lower.read = func(b []byte) (int, error) {
				synctest.Wait() // package context has a goroutine that waits for ctx
				if ends {
					close(ctx.done)
					return lower.Conn.Read(b)
				}
				ctx.panic.Store(true)
				return 0, io.EOF
			}
			lower.close = func() error {
				ctx.panic.Store(true)
				return lower.Conn.Close()
			}
			require.Equal(t, "oops", testkit.Run(func() { _, _ = linger.Close(ctx, &layer{upper, lower}, linger.Options{}) }))
			require.Equal(t, []string{"CloseWrite", "Close"}, upper.calls)
		})
	}
}

// What ends the wait from outside is done with the connection when Close returns (I3).
func TestNobodyLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newConn()
		closed := false
		s.close = func() error {
			defer func() { closed = true }()
			err := s.Conn.Close() // which ends the Read
			time.Sleep(time.Second)
			return err
		}
		s.setDeadline = func(time.Time) error { return errors.ErrUnsupported }
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r, err := linger.Close(ctx, s, linger.Options{})
		require.EqualError(t, err, context.DeadlineExceeded.Error())
		require.True(t, closed)
		require.Equal(t, linger.Result{Waited: 2 * time.Second}, r)
	})
}

// A context that ends at any moment of a Close leaves the connection closed once, and nobody behind.
func TestCancelRaces(t *testing.T) {
	for round := range 500 {
		s, peer := newConn()
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for range round % 50 {
				runtime.Gosched()
			}
			go cancel()
			peer.Close()
		}()
		r, err := linger.Close(ctx, s, linger.Options{MaxWait: long, Idle: long})
		require.Equal(t, r.PeerClosed, err == nil, "%+v, %v", r, err)
		if err != nil {
			require.EqualError(t, err, context.Canceled.Error())
		}
		s.mu.Lock()
		closes := len(slices.DeleteFunc(slices.Clone(s.calls), func(name string) bool { return name != "Close" }))
		s.mu.Unlock()
		require.Equal(t, 1, closes)
		cancel()
	}
}

// A Close that repeats what CloseWrite returned because of MaxWait is no error.
func TestSticky(t *testing.T) {
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			s, _ := newConn()
			returned := make(chan error, 1)
			s.closeWrite = func() error { _, err := s.Conn.Write([]byte("bye")); returned <- err; return err }
			s.close = func() error { return errors.Join(<-returned, s.Conn.Close()) }
			r, err := linger.Close(t.Context(), s, linger.Options{MaxWait: time.Second})
			require.NoError(t, err)
			require.True(t, r.TimedOut)
		})
	}
}

// A Read that fails at the moment of MaxWait ends the wait, or MaxWait does, and only that is told (I2).
func TestSameMoment(t *testing.T) {
	odd := errors.New("odd")
	for range 64 {
		synctest.Test(t, func(t *testing.T) {
			s, _ := newConn()
			s.setDeadline = func(time.Time) error { return errors.ErrUnsupported }
			s.read = func([]byte) (int, error) { time.Sleep(time.Second); return 0, odd }
			r, err := linger.Close(t.Context(), s, linger.Options{MaxWait: time.Second})
			require.Equal(t, r.TimedOut, err == nil, "%+v, %v", r, err)
		})
	}
}
