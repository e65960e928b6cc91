package linger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// How a connection is closed.
//
//	the caller's goroutine  CloseWrite, then Read until EOF or a deadline, and at last Close
//	cut, on another         SetDeadline to a time that has passed, and Close: when the context ends, or watch goes off
//
// Why cut? The caller's goroutine may be blocked, in CloseWrite or in Read, and a deadline need not wake it. While
// crypto/tls sends the close_notify, a deadline of its own, of five seconds, is in place of ours. Some connections have
// no deadlines (those that SSH carries, say), and some take them and do nothing. Close wakes the goroutine in all of these
// cases, and it is the next step anyway. So that is what the end of the context does. A timer, watch, does it as well,
// and is set to the same moment as the deadline; where both work, either may be first.
//
//	I1. The connection is closed in every case, and nothing else is called after that, except that a deadline which
//	    is just being set may come after cut. It is closed only once, unless another is layered on it.
//	I2. What ends the wait first is recorded, and nothing else. Methods that fail later fail because of that, which is
//	    not told.
//	I3. When Close returns, cut is over or never comes.

const (
	defaultMaxWait = 30 * time.Second
	defaultIdle    = 2 * time.Second

	small, large = 4 << 10, 64 << 10 // of the buffer: most peers have sent nothing or little, and many may linger at once

	maxLayers = 8   // one under the other
	maxEmpty  = 100 // reads of nothing one after the other
)

// Options bound what [Close] waits for. What is negative panics.
type Options struct {
	MaxWait  time.Duration // since the call; 0: 30 s
	Idle     time.Duration // without input; 0: 2 s
	MaxDrain int64         // bytes; 0: none. The read that reaches it may bring up to 64 KiB more
}

// Result is what became of a [Close].
type Result struct {
	Drained    int64         // bytes that were read and discarded; under TLS they are raw ones
	PeerClosed bool          // EOF was read: the peer has closed its side, after what it had sent
	TimedOut   bool          // Idle or MaxWait ended it
	Waited     time.Duration // how long Close took
}

// Close ends the output of c, reads and discards what the peer still sends until the peer closes its side, and
// closes c. So what was written before is not destroyed by a reset. It waits no longer than o says, and no longer than
// ctx lives: what is then left to read is left, and c is closed at once. If ctx has ended before the call, c is just closed.
//
// A c that has the methods CloseWrite() error and NetConn() net.Conn, as *tls.Conn has, is layered on the connection
// that NetConn returns. First c is closed for writing, which sends the close_notify, and then that connection, which is
// the one that is drained. A CloseWrite that fails, as that of TLS does before the handshake, does not stop the rest. A
// c without CloseWrite is just closed.
//
// The error joins that of ctx, if it ended the wait, and what CloseWrite, Read and Close of the connections returned. That
// the peer closed, or that a bound of o was reached, is no error, nor is what these methods return because of it: a peer
// that had closed before may answer the close_notify with a reset, and if EOF follows that is not told. With any other
// reset [IsReset] is true of the error: the peer may not have got everything. A hundred Reads of nothing, one after the
// other, are [io.ErrNoProgress].
//
// Deadlines that were set before do not matter. Nobody else should use c meanwhile: who reads takes what is to be
// discarded, and who sets a deadline ends the wait with an error. A goroutine that is blocked in a Write is woken when
// the wait ends. SO_LINGER should be as it was by default: with SetLinger(0) the last step is a reset, unless the peer
// has closed, and with n it may take n seconds more.
//
// When Close returns, or panics because a method of c or ctx did, c is closed and no goroutine of its own is left. It
// works in a testing/synctest bubble, on connections that do. (Not on a *tls.Conn in whose Write somebody is blocked: its
// CloseWrite waits for a mutex, and meanwhile the bubble's clock stands still.)
func Close(ctx context.Context, c net.Conn, o Options) (res Result, err error) {
	begin := time.Now()
	switch {
	case ctx == nil:
		panic("linger: a nil context")
	case c == nil:
		panic("linger: a nil connection")
	case o.MaxWait < 0 || o.Idle < 0 || o.MaxDrain < 0:
		panic(fmt.Sprintf("linger: negative options: %+v", o))
	}
	l := &lingering{
		conn: c, raw: c,
		end:      begin.Add(cmp.Or(o.MaxWait, defaultMaxWait)),
		idle:     cmp.Or(o.Idle, defaultIdle),
		maxDrain: o.MaxDrain,
	}
	defer func() { // I1, also if a method of c panics or exits
		l.close(ctx)
		res = Result{Drained: l.drained, PeerClosed: l.how == peerClosed, TimedOut: l.how == timedOut, Waited: time.Since(begin)}
		err = errors.Join(l.errs...)
	}()
	l.linger(ctx)
	return res, err
}

// lingering is one call of Close.
type lingering struct {
	conn     net.Conn // the caller's
	raw      net.Conn // what is drained: conn, or what it is layered on
	layered  bool
	end      time.Time
	idle     time.Duration
	maxDrain int64

	drained int64
	errs    []error
	answer  error // a reset that may be the peer's answer to the close_notify; told unless EOF follows

	mu  sync.Mutex // guards how while cut may come; nothing is called under it
	how how

	watch   *time.Timer    // calls cut, as ctx does; nil: neither does
	stop    func() bool    // ctx calls cut no more
	outside sync.WaitGroup // done twice: by watch and by ctx, or by who stopped them

	// What cut leaves, to be read when outside is done.
	shut     bool  // it has closed raw
	shutErr  error // what that Close returned
	panicked any   // what it panicked with
}

// how the wait has ended.
type how uint8

const (
	going how = iota
	peerClosed
	timedOut
	canceled
	over // for any other reason
)

// ends records how the wait ends, and reports whether nothing had ended it before (I2).
func (l *lingering) ends(how how) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.how != going {
		return false
	}
	l.how = how
	return true
}

func (l *lingering) ended() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.how != going
}

type closeWriter interface{ CloseWrite() error }

// linger is all but the last step.
func (l *lingering) linger(ctx context.Context) {
	var halves []closeWriter
	for range maxLayers {
		layer, ok := l.raw.(interface {
			closeWriter
			NetConn() net.Conn
		})
		if !ok {
			break
		}
		under := layer.NetConn()
		if under == nil {
			break
		}
		halves = append(halves, layer)
		l.raw, l.layered = under, true
	}
	if half, ok := l.raw.(closeWriter); ok {
		halves = append(halves, half)
	}
	if ctx.Err() != nil {
		l.cut(canceled)
		return
	}
	if len(halves) == 0 {
		return
	}
	l.guard(ctx)
	notified := false
	for _, half := range halves {
		_ = l.raw.SetDeadline(l.end) // in place of what was set before; TLS has just set one that has passed
		switch err := half.CloseWrite(); {
		case err == nil:
			notified = true
		case notified && IsReset(err): // perhaps the peer had closed, and this is its answer to the close_notify
			l.answer = err
		default:
			l.failed(err, l.end, going)
		}
		if l.ended() {
			return
		}
	}
	l.drain()
}

// guard has cut called when ctx ends, and at MaxWait.
func (l *lingering) guard(ctx context.Context) {
	l.outside.Add(2)
	l.stop = context.AfterFunc(ctx, func() { defer l.outside.Done(); l.cut(canceled) })
	l.watch = time.AfterFunc(time.Until(l.end), func() { defer l.outside.Done(); l.cut(timedOut) })
}

// cut ends the wait, and whatever is blocked in raw, unless the wait has ended. A panic is kept for the caller's goroutine.
func (l *lingering) cut(how how) {
	if !l.ends(how) {
		return
	}
	defer func() { l.panicked = recover() }()
	defer func() { // I1, whatever SetDeadline does
		l.shut = true
		l.shutErr = l.raw.Close()
	}()
	_ = l.raw.SetDeadline(time.Unix(1, 0)) // a Read that knows deadlines returns before Close is called
}

// drain reads until something ends it.
func (l *lingering) drain() {
	buf := make([]byte, small)
	empty := 0
	for input := time.Now(); ; {
		if !input.Before(l.end) { // watch, stopped and set again between any two reads, may never have its turn
			l.ends(timedOut)
			return
		}
		until := input.Add(l.idle)
		if l.end.Before(until) {
			until = l.end
		}
		_ = l.raw.SetReadDeadline(until)
		if l.watch.Stop() { // set to the same moment, as the deadline may do nothing
			l.watch.Reset(time.Until(until))
		}
		if l.ended() || l.maxDrain > 0 && l.drained >= l.maxDrain { // looked at last: the deadline may have replaced that of cut
			l.ends(over)
			return
		}
		n, err := l.raw.Read(buf)
		l.drained += int64(n)
		switch {
		case errors.Is(err, io.EOF):
			l.ends(peerClosed)
			return
		case err != nil:
			l.failed(err, until, over)
			return
		case n > 0:
			input, empty = time.Now(), 0
		default:
			if empty++; empty == maxEmpty {
				l.failed(io.ErrNoProgress, until, over)
				return
			}
		}
		if n == len(buf) && n < large {
			buf = make([]byte, large)
		}
	}
}

// failed notes what a method of the connection returned, unless the reason is that the wait has ended, or that the
// deadline until has passed, which ends it. In the same step it records how the wait ends by it (I2); going: it does not.
func (l *lingering) failed(err error, until time.Time, how how) {
	e, ok := errors.AsType[net.Error](err)
	if (ok && e.Timeout() || errors.Is(err, os.ErrDeadlineExceeded)) && !time.Now().Before(until) {
		l.ends(timedOut)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.how == going {
		l.how = how
		l.errs = append(l.errs, err)
	}
}

// close is the last step.
func (l *lingering) close(ctx context.Context) {
	defer l.closeConn() // I1, also if a method of ctx panics
	l.await()
	if l.answer != nil && l.how != peerClosed {
		l.errs = append(l.errs, l.answer)
	}
	if l.how == canceled {
		l.errs = append([]error{ctx.Err()}, l.errs...)
	}
}

// await returns when nobody is outside any more (I3).
func (l *lingering) await() {
	if l.watch == nil {
		return
	}
	defer l.outside.Wait()
	if l.watch.Stop() {
		l.outside.Done()
	}
	stopped := true // also if a method of ctx panics in stop: by then it has been
	defer func() {
		if stopped {
			l.outside.Done()
		}
	}()
	stopped = l.stop()
}

// closeConn is the last step of all.
func (l *lingering) closeConn() {
	err := l.shutErr
	if !l.shut || l.layered {
		e := l.conn.Close()
		if !l.shut { // else it says that the one under it has been closed, which is not told
			err = e
		}
	}
	// Nor is it if Close repeats that a deadline of ours passed, or that of cut.
	if err != nil && !((l.how == timedOut || l.how == canceled) && errors.Is(err, os.ErrDeadlineExceeded)) {
		l.errs = append(l.errs, err)
	}
	if l.panicked != nil {
		panic(l.panicked)
	}
}

// IsReset reports whether err says, be it wrapped or joined, that the peer has reset the connection or closed it
// under us: ECONNRESET, EPIPE, ENOTCONN, and WSAECONNRESET on Windows. A connection that this side has closed
// ([net.ErrClosed]) is not one that the peer has reset. Nor is one that never was (ECONNREFUSED) or whose peer
// is not heard of any more (ETIMEDOUT).
//
// How much had arrived before a reset no error tells; the caller's count of bytes does. See the package's
// documentation for a reset before any.
func IsReset(err error) bool {
	for _, reset := range []error{
		syscall.ECONNRESET,
		syscall.EPIPE,
		syscall.ENOTCONN,
		syscall.Errno(10054), // WSAECONNRESET; syscall.ECONNRESET is another number there. Elsewhere nothing has it
	} {
		if errors.Is(err, reset) {
			return true
		}
	}
	return false
}
