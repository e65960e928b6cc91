package rcu

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/petiole-go/petiole/internal/park/signal"
)

// A Cell holds the current snapshot of something that is replaced now and then:
// a routing table, a configuration, the members of a cluster. Readers [Cell.Load]
// it and never wait, for anybody; whoever changes it copies it, alters the copy
// and publishes that. What is replaced is left to the garbage collector; a
// snapshot that must be closed after its last reader wants a [Guarded], and one
// that is fetched from somewhere a [Refresher].
//
// Published means frozen, all the way down: readers hold what they have loaded
// for as long as they like. A copy must not share with the original what either
// still writes. The trap is append: it may write into the array that readers
// are reading.
//
//	// WRONG: samples may have room at its end, and then the published array is written.
//	next.samples = append(old.samples[1:], s)
//	// RIGHT: a new array. (maps.Clone does the same for a map.)
//	next.samples = slices.Concat(old.samples[1:], []time.Duration{s})
//
// The zero value is an empty cell, ready to use. All methods may be called by
// any number of goroutines. A Cell must not be copied after its first use. Nil
// is a legal value everywhere and means empty. T should have a size: pointers
// to values without one may be equal though they were made apart.
//
// Writers take turns, in no promised order. [Cell.Load] is an atomic load and
// nothing else; no method allocates, but for a [Cell.Changes] that waits.
//
// In the terms of the Go memory model a publication (Store, Swap, Update, a
// CompareAndSwap that swapped) is synchronized before every Load that returns
// its value or a later one, and before the next publication.
//
// The pattern is read-copy-update, from the Linux kernel; arc-swap in Rust and
// atomic.Pointer in Go are its nearest kin.
type Cell[T any] struct {
	// v is written under mu only, and read by anybody: what a reader finds was
	// complete before it was stored.
	v atomic.Pointer[T]

	// mu serialises writers and guards news. Update's f runs under it; nothing
	// else that is the user's does, and nobody waits for anything under it.
	mu   sync.Mutex
	news signal.Latch[struct{}] // parted whenever v becomes another pointer
}

// Load returns the current snapshot, nil if the cell is empty.
func (c *Cell[T]) Load() *T { return c.v.Load() }

// Store publishes v.
func (c *Cell[T]) Store(v *T) { c.Swap(v) }

// Swap publishes v and returns what it replaced.
func (c *Cell[T]) Swap(v *T) (old *T) {
	old, _ = c.update(func(*T) (*T, bool) { return v, true })
	return old
}

// CompareAndSwap publishes new if the current snapshot is the very same pointer
// as old, and reports whether it did.
func (c *Cell[T]) CompareAndSwap(old, new *T) (swapped bool) {
	_, swapped = c.update(func(now *T) (*T, bool) { return new, now == old })
	return swapped
}

// Update publishes what f makes of the current snapshot, and returns it. f is
// called exactly once, with the value that will be replaced, and must leave
// that value as it is. If f panics or exits, the cell keeps its value.
//
// f runs while all other writers of the cell stand still: it must not wait, it
// must not write to the same cell or range over its Changes (either waits for
// ever), and it should be short. Load is fine, and so is a [Map] of the cell.
// What takes long is done before, and checked by pointer in the end:
//
//	for {
//		old := cell.Load()
//		next := expensive(old) // other writers go on
//		if cell.CompareAndSwap(old, next) {
//			break
//		}
//	}
//
// That loop does its work again whenever another writer was faster; Update does
// it once. (Four writers on two processors, each copying a map of 1,000 entries:
// 1.7 copies an update with the loop, 1 with Update, which takes two thirds of the
// time. With one writer, or on one processor, there is no difference. The
// comparison "update" in bench measures it.)
func (c *Cell[T]) Update(f func(old *T) *T) (new *T) {
	c.update(func(old *T) (*T, bool) {
		new = f(old)
		return new, true
	})
	return new
}

// UpdateErr is Update for an f that may fail: then the cell keeps its value, and
// UpdateErr returns it with f's error.
func (c *Cell[T]) UpdateErr(f func(old *T) (*T, error)) (*T, error) {
	var err error
	var out *T
	c.update(func(old *T) (*T, bool) {
		if out, err = f(old); err != nil {
			out = old
		}
		return out, err == nil
	})
	return out, err
}

// update is every write: next is called under mu with the current value and
// says what to publish, or not to.
func (c *Cell[T]) update(next func(old *T) (*T, bool)) (old *T, published bool) {
	var crowd *signal.Crowd[struct{}]
	c.mu.Lock()
	defer func() { // deferred, for a next that panics or exits
		c.mu.Unlock()
		crowd.Open()
	}()
	old = c.v.Load()
	v, ok := next(old)
	if ok && v != old {
		c.v.Store(v)
		crowd = c.news.Part(struct{}{})
	}
	return old, ok
}

// Changes yields the current snapshot (nil too), then each newer one, until ctx
// ends, which it looks at before every value. A consumer that is slow skips to
// the newest: it never sees a value twice in a row, nor an older one after a
// newer one. What counts is the pointer that was yielded last; a value that
// changed and changed back meanwhile is no news.
//
// It costs no goroutine, and a cell that nobody watches pays nothing for it.
// Each range begins anew.
func (c *Cell[T]) Changes(ctx context.Context) iter.Seq[*T] {
	return follow(ctx, c.Load, func(last *T) bool {
		c.mu.Lock()
		if c.v.Load() != last { // published since we looked, so nobody will wake us for it
			c.mu.Unlock()
			return true
		}
		_, err := c.news.Wait(ctx, &c.mu)
		return err == nil
	})
}

// follow yields what load returns, and again whenever that is another pointer
// than the one yielded last; wait returns when it may be, or false at the end.
func follow[T any](ctx context.Context, load func() *T, wait func(last *T) bool) iter.Seq[*T] {
	return func(yield func(*T) bool) {
		last := load()
		for ctx.Err() == nil && yield(last) {
			next := last
			for next == last {
				if !wait(last) {
					return
				}
				next = load()
			}
			last = next
		}
	}
}
