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
// lock and may call any method. (Synchronize would wait for it.)
//
// Nil means nothing is there, and is never passed to retire. A pointer that was
// replaced must not be stored again: it will be, or has been, retired. T should
// have a size: pointers to values without one may be equal though made apart.
//
// A Guarded is made by [NewGuarded]; the zero value panics. It must not be
// copied. All methods may be called by any number of goroutines. Acquire and
// Release are lock-free, allocate nothing, and never wait for Store, but for
// a retire that falls to them. Store allocates a node, and 128 bytes for each of
// its counters. Values may retire in another order than they were replaced.
//
// In the terms of the Go memory model a Store is synchronized before each
// Acquire that returns its value, and each Release of a value before the call
// of retire for it.
//
// The words and the guarantees are those of RCU in the Linux kernel and of
// liburcu; the counters are a reference count that starts anew for each value.
type Guarded[T any] struct {
	// current is written under mu only. One with a nil v stands for nothing: before
	// the first value, while nil is stored, and after Close. Nil: the zero value.
	current atomic.Pointer[guarded[T]]
	retire  func(*T)
	stripes uint32 // counters a node has, a power of two

	// mu guards what follows. No callback runs and nobody waits under it.
	mu       sync.Mutex
	closed   bool
	retired  uint64
	replaced uint64                 // so far; a node's number is its place in this order
	pending  list.List              // of *node: replaced, not retired yet; oldest first
	news     signal.Latch[struct{}] // parted when the oldest of pending has retired
}

// NewGuarded publishes v, which may be nil. retire is called for every value
// that was handed over, nil apart, after it was replaced and its last reader
// has let go. It has nobody to return an error to: what Close says is for retire
// to log.
//
// It panics if retire is nil.
//
// The number of counters is chosen here, once, by GOMAXPROCS: one up to 3, from 4 on
// as many as processors (rounded up to a power of two). The package document has
// the figures.
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
	g.current.Store(g.guard(v))
	return g
}

// now returns the node of the current value. It panics for the zero Guarded,
// before anything is locked.
func (g *Guarded[T]) now() *guarded[T] {
	n := g.current.Load()
	if n == nil {
		panic("rcu: a Guarded is made by NewGuarded")
	}
	return n
}

// A Ref is a reader's hold on one value. It may be copied, and released by any
// goroutine, once. The zero Ref holds nothing.
type Ref[T any] struct {
	v *T
	c *counter // that counted this reader
}

// Acquire takes hold of the current value, which will not be retired before
// the Ref is released. If nothing is there (nil is stored, or the Guarded was
// closed) it returns the zero Ref.
func (g *Guarded[T]) Acquire() Ref[T] {
	if n := g.current.Load(); n != nil && n.one != nil {
		n.one.n.Add(1)
		if g.current.Load() == n {
			return Ref[T]{n.v, n.one} // I1
		}
		n.one.turnAway()
	}
	return g.acquire(rand.Uint32())
}

// acquire is the rest of Acquire: several counters, of which it takes the at-th, a
// value that was replaced meanwhile, or nothing there.
func (g *Guarded[T]) acquire(at uint32) Ref[T] {
	for {
		n := g.now()
		if n.v == nil {
			return Ref[T]{}
		}
		c := &n.counters[at&(g.stripes-1)]
		c.n.Add(1)
		if g.current.Load() == n {
			return Ref[T]{n.v, c}
		}
		c.turnAway()
	}
}

// Value returns the value held, nil for the zero Ref. It must not be used after
// Release.
func (r Ref[T]) Value() *T { return r.v }

// Release lets go. If the value was replaced and this was its last reader,
// retire runs before Release returns. Releasing the zero Ref does nothing.
//
// Releasing a Ref twice is an error of the caller's. It cannot always be noticed,
// and may take the value from under another reader. Where it is noticed, because
// nobody was counted where this reader had been, Release panics, and gives back what
// it took. Another reader that meets it in between finds the count one short: its own
// Release may panic, in place of this one or beside it, and then the value may never
// retire. It is never retired twice.
func (r Ref[T]) Release() {
	if r.c != nil {
		r.c.leave()
	}
}

// book counts n as retired.
func (g *Guarded[T]) book(n *node) {
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
	if r.v == nil {
		return false
	}
	defer r.Release()
	f(r.v)
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
		old = g.guard(v)
	case old.v != v:
		g.current.Store(g.guard(v))
	default:
		old = nil
	}
	g.closed = g.closed || last
	goes := old != nil && old.v != nil
	if goes {
		g.replaced++
		old.number, old.at = g.replaced, time.Now()
		old.place = g.pending.PushBack(&old.node)
	}
	g.mu.Unlock()
	if goes {
		old.replace()
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
		if oldest == nil || oldest.Value.(*node).number > before {
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
		s.Oldest = oldest.Value.(*node).at
	}
	return s
}
