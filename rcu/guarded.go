package rcu

import (
	"container/list"
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/petiole-go/petiole/internal/park/signal"
)

// The idea: each published value has a node that counts its readers, and a
// reader counts itself in before it makes sure that the node is still current.
//
//	Acquire                        Store
//	  n := current                   current = another node
//	  n.readers++          (1)       n.state = replaced     (3)
//	  current == n? then read        all readers 0?         (4)  then retire
//	  else undo, try again (2)
//	Release, undo
//	  n.readers--; at 0, once replaced: all readers 0? then retire
//
//	I1  Who reads n was counted before n was replaced. A node is never current
//	    twice, so (2) finding n current shows that (1) came first.
//	I2  After (3) a counter that is seen at 0 has no reader and gets none: by I1
//	    nobody new is let in, and a reader counts itself out of the counter that
//	    counted it in. Counters seen at 0 one after the other, each once, show
//	    that nobody reads. Whoever is being turned away at (2) does not read.
//	I3  Whoever is last sees it. Every step down to 0 that comes after (3) looks
//	    at all counters, and so does Store for those that came before. (Go's
//	    atomics have one order: of two steps that each make the other's counter
//	    the last, the later one finds both at 0.)
//	I4  One looker retires: state goes from replaced to retiring once.
//
// One counter is two atomic adds on one cache line. Many processors would pass
// that line around, so from four on a node has several counters, each on a line
// of its own, and a reader takes any. Rejected: one word for slot and count
// (never retries, but cannot be spread over lines), a sync.Pool of counters
// (finds one near the processor, and pays 20 ns for the search), and the
// garbage collector as the grace period: a cleanup on the value closes it under
// a reader that kept only something inside, and an idle process never collects.

// A Guarded holds a value that must be closed after its last reader: a pool, a
// file, a mapping. Readers [Guarded.Acquire] it and release it; Store replaces
// it, waits for nobody, and retire is called for the old one exactly once when
// its last reader has let go. The time between is its grace period. A reader of
// one value holds up that value only.
//
// Where the old value is only memory use a [Cell], which costs readers nothing.
//
// retire runs on the goroutine that made it possible: in Store or Close if
// nobody reads, else in the last Release, or in an Acquire that met the Store
// and let go again. So call none of them while holding a lock that retire
// takes. If closing is slow, hand it on:
//
//	rcu.NewGuarded(pool, func(p *Pool) { go p.Close() })
//
// A value has retired when retire has returned, panicked or exited. (With the
// go statement above that is before the pool is closed, and [Guarded.Synchronize]
// then means "no reader has one of the old pools", not "they are closed".) A
// panic of retire comes out of the call in which it ran. retire runs under no
// lock; it may Acquire and Store.
//
// Nil means nothing is there, and is never passed to retire. A pointer that was
// replaced must not be stored again: it will be, or has been, retired. T should
// have a size: pointers to values without one may be equal though made apart.
//
// A Guarded is made by [NewGuarded]; the zero value panics. It must not be
// copied. All methods may be called by any number of goroutines. Acquire and
// Release are lock-free, allocate nothing, and never wait for Store, but for
// a retire that falls to them.
//
// In the terms of the Go memory model a Store is synchronized before each
// Acquire that returns its value, and each Release of a value before the call
// of retire for it.
//
// The words and the guarantees are those of RCU in the Linux kernel and of
// liburcu; the counters are a reference count that starts anew for each value.
type Guarded[T any] struct {
	// current is written under mu only. The node of a nil value stands for
	// nothing: before the first value, while nil is stored, and after Close.
	current atomic.Pointer[node[T]]
	retire  func(*T)
	stripes uint32 // counters a node has, a power of two

	// mu guards what follows. No callback runs and nobody waits under it.
	mu       sync.Mutex
	closed   bool
	retired  uint64
	replaced uint64                 // so far; a node's number is its place in this order
	pending  list.List              // of *node[T]: replaced, not retired yet; oldest first
	news     signal.Latch[struct{}] // parted when the oldest of pending has retired
}

// node is one published value with its readers. (A value that is stored twice in
// a row has one node; one that is stored again later gets another.)
type node[T any] struct {
	g       *Guarded[T]
	v       *T
	readers []counter
	state   atomic.Uint32 // live -> replaced -> retiring; never back

	// Guarded by Guarded.mu, set when replaced.
	number uint64
	at     time.Time
	place  *list.Element
}

const (
	live     = iota // current, or about to be
	replaced        // written by who took it out of current, after that
	retiring        // written by the one who calls retire
)

// counter counts readers on a cache line of its own; two lines, because
// processors fetch them in pairs.
type counter struct {
	n atomic.Int64
	_ [120]byte
}

// NewGuarded publishes v, which may be nil. retire is called for every value
// that was handed over, nil apart, after it was replaced and its last reader
// has let go. It has nobody to return an error to: what Close says is for retire
// to log.
//
// The number of counters is chosen here, by GOMAXPROCS: one up to 3, from 4 on
// as many as processors (rounded up to a power of two). bench/results has the
// figures and says on how many processors they were taken.
func NewGuarded[T any](v *T, retire func(*T)) *Guarded[T] {
	if retire == nil {
		panic("rcu: NewGuarded: retire is nil")
	}
	g := &Guarded[T]{retire: retire, stripes: 1}
	if procs := uint32(runtime.GOMAXPROCS(0)); procs > 3 {
		for g.stripes < procs {
			g.stripes *= 2
		}
	}
	g.current.Store(g.node(v))
	return g
}

func (g *Guarded[T]) node(v *T) *node[T] {
	n := &node[T]{g: g, v: v}
	if v != nil {
		n.readers = make([]counter, g.stripes)
	}
	return n
}

// now returns the current node, and tells misuse before anything is locked.
func (g *Guarded[T]) now() *node[T] {
	n := g.current.Load()
	if n == nil {
		panic("rcu: a Guarded is made by NewGuarded")
	}
	return n
}

// A Ref is a reader's hold on one value. It may be copied, and released by any
// goroutine, once. The zero Ref holds nothing.
type Ref[T any] struct {
	n *node[T]
	c *counter // the one of n's that counted this reader
}

// Acquire takes hold of the current value, which will not be retired before
// the Ref is released. If nothing is there (nil is stored, or the Guarded was
// closed) it returns the zero Ref.
func (g *Guarded[T]) Acquire() Ref[T] {
	for {
		n := g.now()
		if n.v == nil {
			return Ref[T]{}
		}
		c := &n.readers[0]
		if g.stripes > 1 {
			c = &n.readers[rand.Uint32()&(g.stripes-1)]
		}
		c.n.Add(1)
		if g.current.Load() == n {
			return Ref[T]{n, c} // I1
		}
		n.leave(c)
	}
}

// Value returns the value held, nil for the zero Ref. It must not be used after
// Release.
func (r Ref[T]) Value() *T {
	if r.n == nil {
		return nil
	}
	return r.n.v
}

// Release lets go. If the value was replaced and this was its last reader,
// retire runs before Release returns. Releasing the zero Ref does nothing.
//
// Releasing a Ref twice is an error of the caller's that may take the value from
// under another reader. It cannot always be noticed; where it is, because the
// counter that had counted this reader was at zero, Release panics and leaves the
// value as it was.
func (r Ref[T]) Release() {
	if r.n != nil {
		r.n.leave(r.c)
	}
}

func (n *node[T]) leave(c *counter) {
	left := c.n.Add(-1)
	if left > 0 {
		return
	}
	if left < 0 {
		c.n.Add(1)
		defer panic("rcu: Ref released more than once")
		// The count was wrong for a moment, in which the last reader may have
		// looked: look for it.
	}
	if n.state.Load() == replaced {
		n.look()
	}
}

// look retires n, which has been replaced, if nobody reads it.
func (n *node[T]) look() {
	for i := range n.readers {
		if n.readers[i].n.Load() != 0 {
			return // who makes it 0 will look: I3
		}
	}
	if n.state.CompareAndSwap(replaced, retiring) { // I4
		defer n.g.gone(n) // also when retire panics or exits
		n.g.retire(n.v)   // I2
	}
}

// gone books n as retired.
func (g *Guarded[T]) gone(n *node[T]) {
	var crowd *signal.Crowd[struct{}]
	g.mu.Lock()
	g.retired++
	if g.pending.Front() == n.place {
		crowd = g.news.Part(struct{}{})
	}
	g.pending.Remove(n.place)
	g.mu.Unlock()
	crowd.Open()
}

// Do calls f with the current value and holds it meanwhile, also if f panics or
// exits. It reports false, and does not call f, if nothing is there.
func (g *Guarded[T]) Do(f func(*T)) bool {
	r := g.Acquire()
	if r.n == nil {
		return false
	}
	defer r.Release()
	f(r.n.v)
	return true
}

// Store publishes v. The value that it replaces retires after its last reader,
// before Store returns if there is none. Storing the current value again does
// nothing. After Close Store publishes nothing, and retires v before it returns.
func (g *Guarded[T]) Store(v *T) { g.replace(v, false) }

// Close takes the last value away and has it retire after its last reader; it
// waits for nobody. (To wait, Synchronize after it.) It returns nil, and
// closing again does nothing.
func (g *Guarded[T]) Close() error {
	g.replace(nil, true)
	return nil
}

func (g *Guarded[T]) replace(v *T, last bool) {
	g.now()
	g.mu.Lock()
	old := g.current.Load()
	switch {
	case g.closed: // v goes at once, by the same road
		old = g.node(v)
	case old.v != v:
		g.current.Store(g.node(v))
	default:
		old = nil
	}
	g.closed = g.closed || last
	gone := old != nil && old.v != nil
	if gone {
		g.replaced++
		old.number, old.at = g.replaced, time.Now()
		old.place = g.pending.PushBack(old)
	}
	g.mu.Unlock()
	if gone {
		old.state.Store(replaced)
		old.look()
	}
}

// Synchronize waits until all that was replaced before the call has retired:
// then no reader has any of it. It is a fact that may hold already, and then
// wins over a ctx that has ended; else Synchronize returns ctx.Err() when ctx
// ends first. Close does not end it. Called by retire, or by who holds a Ref to
// what was replaced, it waits for its own caller, until ctx ends.
//
// Each retire that it waited for is synchronized before its return.
func (g *Guarded[T]) Synchronize(ctx context.Context) error {
	g.now()
	g.mu.Lock()
	before := g.replaced
	for {
		oldest := g.pending.Front()
		if oldest == nil || oldest.Value.(*node[T]).number > before {
			g.mu.Unlock()
			return nil
		}
		if _, err := g.news.Wait(ctx, &g.mu); err != nil {
			return err
		}
		g.mu.Lock()
	}
}

// GuardedStats is what [Guarded.Stats] returns.
type GuardedStats struct {
	Pending int       // replaced, not yet retired: somebody still reads them
	Retired uint64    // since the beginning
	Oldest  time.Time // when the oldest of the pending was replaced; zero: none
}

// Stats tells what waits for readers to let go. All of it is of one moment,
// which is over by the time you look.
func (g *Guarded[T]) Stats() GuardedStats {
	g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	s := GuardedStats{Pending: g.pending.Len(), Retired: g.retired}
	if oldest := g.pending.Front(); oldest != nil {
		s.Oldest = oldest.Value.(*node[T]).at
	}
	return s
}
