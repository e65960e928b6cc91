package compare

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/semaphore"
)

// An rwLock is a lock for many readers or one writer.
type rwLock interface {
	sync.Locker
	RLock()
	RUnlock()
	TryLock() bool
}

// readers is how the lock is used: goroutines, and which of their locks is for writing.
type readers struct {
	goroutines int
	writeOf    uint64 // one of so many
}

// semRW asks what locks for reading and writing cost that are taken in turn.
func semRW() *suite.Comparison {
	impl := func(name, differs string, ours bool, make func() rwLock) suite.Impl {
		return suite.Impl{Name: name, Ours: ours, Differs: differs, Bench: func(b *testing.B, s suite.Shape) { readAndWrite(b, make(), s.With.(readers)) }}
	}
	var shapes []suite.Shape
	for _, r := range []readers{{1, 10}, {1, 2}, {8, 2}, {8, 10}} {
		shapes = append(shapes, suite.Shape{
			Name: fmt.Sprintf("%d%%reads-%dgoroutines", 100-100/r.writeOf, r.goroutines), N: r.goroutines, From: suite.Full, FromOne: suite.Full, With: r,
		})
	}
	return &suite.Comparison{
		Name:     "sem-rw",
		Question: "Goroutines lock for reading or for writing, and hold the lock for a moment: what does a lock cost?",
		Units:    []string{"ns/op"},
		Sample:   8 * time.Millisecond,
		Notes: []string{
			"The figure is elapsed time per lock, all goroutines together. RWMutex serves in order, readers too: each time a reader or a writer stands in line for the other kind, the lock goes from one goroutine that runs to one that sleeps.",
			"What is written under the lock is counted, and checked: two writers at once would lose some.",
		},
		Impls: []suite.Impl{
			impl("RWMutex", "", true, func() rwLock { return new(semaphore.RWMutex) }),
			impl("sync.RWMutex", "not in order; no contexts", false, func() rwLock { return new(sync.RWMutex) }),
			impl("sync.Mutex", "readers exclude each other; not in order; no contexts", false, func() rwLock { return new(oneReader) }),
		},
		Shapes: shapes,
	}
}

// readAndWrite locks once for each item.
func readAndWrite(b *testing.B, l rwLock, r readers) {
	c := newCrew(b)
	var next, seen atomic.Uint64
	written := uint64(0) // guarded by l
	for range r.goroutines {
		c.add(func(context.Context) {
			sum := uint64(0)
			for first, n := c.claim(&next, claimed); n > 0; first, n = c.claim(&next, claimed) {
				for i := range n {
					if (first+i)%r.writeOf == 0 {
						l.Lock()
						written++
						l.Unlock()
					} else {
						l.RLock()
						sum += written
						l.RUnlock()
					}
				}
			}
			seen.Add(sum) // so that the reads are not left out
		})
	}
	c.work()
	if want := (c.items + r.writeOf - 1) / r.writeOf; written != want {
		b.Fatalf("wrote %d times under the lock, not %d", written, want)
	}
	if !l.TryLock() {
		b.Fatal("the lock is held in the end")
	}
	l.Unlock()
}

// oneReader is a sync.Mutex for readers too.
type oneReader struct{ sync.Mutex }

func (l *oneReader) RLock()   { l.Lock() }
func (l *oneReader) RUnlock() { l.Unlock() }
