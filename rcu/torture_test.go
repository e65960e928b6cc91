package rcu_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/rcu"
)

// block is a snapshot that shows whether it is whole.
type block struct {
	version int64
	body    [16]int64
	sum     int64
	retired atomic.Int64
}

func (b *block) fill(version int64) {
	b.version, b.sum = version, version
	for i := range b.body {
		b.body[i] = version * int64(i+3)
		b.sum += b.body[i]
	}
}

// poison makes b what no reader may see.
func (b *block) poison() {
	b.version = -1
	for i := range b.body {
		b.body[i] = -1
	}
}

func (b *block) check(last int64) error {
	sum := b.version
	for _, v := range b.body {
		sum += v
	}
	switch {
	case sum != b.sum:
		return fmt.Errorf("read version %d, which is not whole", b.version)
	case b.version < last:
		return fmt.Errorf("read version %d after %d", b.version, last)
	}
	return nil
}

// torture has two goroutines write stores times each, and readers read until
// they are done or one of them has failed.
func torture(t *testing.T, stores int, write func(), read func(last int64, slowly bool) (version int64, err error)) {
	if testing.Short() {
		stores /= 2
	}
	var writers, readers sync.WaitGroup
	var done atomic.Bool
	var failed atomic.Pointer[error]
	for range 2 {
		writers.Go(func() {
			for i := 0; i < stores && failed.Load() == nil; i++ {
				write()
				if i%4 == 0 {
					runtime.Gosched()
				}
			}
		})
		readers.Go(func() {
			var last int64
			for n := 0; !done.Load() && failed.Load() == nil; n++ {
				version, err := read(last, n%32 == 0)
				if err != nil {
					failed.Store(&err)
				}
				last = version
			}
		})
	}
	writers.Wait()
	done.Store(true)
	readers.Wait()
	if err := failed.Load(); err != nil {
		require.NoError(t, *err)
	}
}

// Readers of a Cell see whole snapshots, no older one after a newer one, while
// writers alter the copies that they publish from.
func TestCellTorture(t *testing.T) {
	var c rcu.Cell[block]
	first := new(block)
	first.fill(0)
	c.Store(first)
	var draft block // written under the cell's lock, as f is
	torture(t, 20_000, func() {
		c.Update(func(old *block) *block {
			draft.fill(old.version + 1)
			next := &block{version: draft.version, body: draft.body, sum: draft.sum}
			draft.poison()
			return next
		})
	}, func(last int64, slowly bool) (int64, error) {
		v := c.Load()
		if slowly {
			runtime.Gosched()
		}
		return v.version, v.check(last)
	})
}

// Readers of a Guarded see whole values, no older one after a newer one, while
// retire destroys what was replaced; and all of it retires, once.
func TestGuardedTorture(t *testing.T) {
	for name, procs := range map[string]int{"one": 1, "striped": 8} {
		t.Run(name, func(t *testing.T) { tortureGuarded(t, procs) })
	}
}

func tortureGuarded(t *testing.T, procs int) {
	var inAcquire atomic.Bool
	retire := func(b *block) {
		if b.retired.Add(1) == 1 {
			b.poison()
		}
		if in("Acquire") {
			inAcquire.Store(true)
		}
	}
	prev := runtime.GOMAXPROCS(procs)
	g := rcu.NewGuarded(new(block), retire)
	runtime.GOMAXPROCS(prev)

	var mu sync.Mutex // the order of versions is that of publications
	var all []*block
	torture(t, 8_000, func() {
		next := new(block)
		mu.Lock()
		defer mu.Unlock()
		all = append(all, next)
		next.fill(int64(len(all)))
		g.Store(next)
	}, func(last int64, slowly bool) (version int64, err error) {
		r := g.Acquire()
		defer r.Release()
		v := r.Value()
		version = v.version
		err = v.check(last)
		if slowly {
			runtime.Gosched()
		}
		return version, errors.Join(err, v.check(last))
	})
	require.NoError(t, g.Close())
	for _, b := range all {
		require.EqualValues(t, 1, b.retired.Load(), "how often version %d has retired", b.version)
	}
	t.Logf("retire ran in Acquire: %t", inAcquire.Load())
}

// in reports whether its caller was called, from however far, by a method of
// that name.
func in(method string) bool {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if strings.HasSuffix(f.Function, "."+method) {
			return true
		}
		if !more {
			return false
		}
	}
}
