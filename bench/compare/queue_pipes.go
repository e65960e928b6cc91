package compare

import (
	"context"
	"runtime"
	"sync"

	"github.com/puzpuzpuz/xsync/v4"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/queue"
)

// The contestants of the queue's comparisons.

// item is 8, 64 or 1024 bytes, the first 8 of which tell which item it is.
type item interface {
	[1]uint64 | [8]uint64 | [128]uint64
}

// A pipe passes items. Its two functions are loops in the code of each implementation, so that what
// inlines in a program inlines here, and nothing is copied that a program would not copy. They end
// early only when their context does, if they can.
type pipe struct {
	put func(ctx context.Context, first, n uint64) (done uint64) // puts first, first+1, ...: n items
	get func(ctx context.Context, n uint64) (sum, done uint64)   // gets n items, and sums which
}

// pipes are in the order of the report. Who has no rendezvous is left out where the capacity is 0.
var pipes = []struct {
	name, differs string
	ours          bool
	rendezvous    bool
}{
	{"Queue", "looks at the context first; those who wait are served in order", true, true},
	{"chan", "nobody can give up", false, true},
	{"select", "one of what is ready by chance: an item may pass though the context has ended", false, true},
	{"try-select", "an ended context is not noticed while there is room, or an item", false, true},
	{"xsync.MPMCQueue", "spins, with a yield, where the others sleep; nobody can give up, and who waits longest need not be first", false, false},
	{"Cond", "nobody can give up, and who comes just now may go first", false, false},
}

// open makes the pipe of that name.
func open[T item](name string, capacity int) pipe {
	switch name {
	case "Queue":
		return queuePipe(queue.New[T](capacity))
	case "chan":
		return chanPipe(make(chan T, capacity))
	case "select":
		return selectPipe(make(chan T, capacity))
	case "try-select":
		return trySelectPipe(make(chan T, capacity))
	case "xsync.MPMCQueue":
		return spinPipe(xsync.NewMPMCQueue[T](capacity))
	case "Cond":
		return condPipe(newCondRing[T](capacity))
	}
	panic("bench: no pipe " + name)
}

// openSize is open for items of so many bytes.
func openSize(name string, capacity, size int) pipe {
	switch size {
	case 8:
		return open[[1]uint64](name, capacity)
	case 64:
		return open[[8]uint64](name, capacity)
	case 1024:
		return open[[128]uint64](name, capacity)
	}
	panic("bench: no items of that size")
}

// noRendezvous tells the shapes that a ring cannot do.
func noRendezvous(s suite.Shape) bool { return s.With.(load).capacity == 0 }

func queuePipe[T item](q *queue.Queue[T]) pipe {
	return pipe{
		put: func(ctx context.Context, first, n uint64) uint64 {
			var v T
			for i := range n {
				v[0] = first + i
				if q.Put(ctx, v) != nil {
					return i
				}
			}
			return n
		},
		get: func(ctx context.Context, n uint64) (sum, done uint64) {
			for ; done < n; done++ {
				v, err := q.Get(ctx)
				if err != nil {
					break
				}
				sum += v[0]
			}
			return sum, done
		},
	}
}

func chanPipe[T item](c chan T) pipe {
	return pipe{
		put: func(_ context.Context, first, n uint64) uint64 {
			var v T
			for i := range n {
				v[0] = first + i
				c <- v
			}
			return n
		},
		get: func(_ context.Context, n uint64) (sum, done uint64) {
			for range n {
				v := <-c
				sum += v[0]
			}
			return sum, n
		},
	}
}

func selectPipe[T item](c chan T) pipe {
	return pipe{
		put: func(ctx context.Context, first, n uint64) uint64 {
			var v T
			for i := range n {
				v[0] = first + i
				select {
				case c <- v:
				case <-ctx.Done():
					return i
				}
			}
			return n
		},
		get: func(ctx context.Context, n uint64) (sum, done uint64) {
			for ; done < n; done++ {
				select {
				case v := <-c:
					sum += v[0]
				case <-ctx.Done():
					return sum, done
				}
			}
			return sum, done
		},
	}
}

func trySelectPipe[T item](c chan T) pipe {
	return pipe{
		put: func(ctx context.Context, first, n uint64) uint64 {
			var v T
			for i := range n {
				v[0] = first + i
				select {
				case c <- v:
					continue
				default:
				}
				select {
				case c <- v:
				case <-ctx.Done():
					return i
				}
			}
			return n
		},
		get: func(ctx context.Context, n uint64) (sum, done uint64) {
			for ; done < n; done++ {
				select {
				case v := <-c:
					sum += v[0]
					continue
				default:
				}
				select {
				case v := <-c:
					sum += v[0]
				case <-ctx.Done():
					return sum, done
				}
			}
			return sum, done
		},
	}
}

func spinPipe[T item](q *xsync.MPMCQueue[T]) pipe {
	return pipe{
		put: func(_ context.Context, first, n uint64) uint64 {
			var v T
			for i := range n {
				v[0] = first + i
				for !q.TryEnqueue(v) {
					runtime.Gosched()
				}
			}
			return n
		},
		get: func(_ context.Context, n uint64) (sum, done uint64) {
			for range n {
				v, ok := q.TryDequeue()
				for ; !ok; v, ok = q.TryDequeue() {
					runtime.Gosched()
				}
				sum += v[0]
			}
			return sum, n
		},
	}
}

func condPipe[T item](r *condRing[T]) pipe {
	return pipe{
		put: func(_ context.Context, first, n uint64) uint64 {
			var v T
			for i := range n {
				v[0] = first + i
				r.put(v)
			}
			return n
		},
		get: func(_ context.Context, n uint64) (sum, done uint64) {
			for range n {
				v := r.get()
				sum += v[0]
			}
			return sum, n
		},
	}
}

// condRing is the bounded buffer of the textbooks.
type condRing[T any] struct {
	mu         sync.Mutex
	room, some sync.Cond
	buf        []T
	head, n    int // the first that is in, and how many are
}

func newCondRing[T any](capacity int) *condRing[T] {
	r := &condRing[T]{buf: make([]T, capacity)}
	r.room.L, r.some.L = &r.mu, &r.mu
	return r
}

func (r *condRing[T]) put(v T) {
	r.mu.Lock()
	for r.n == len(r.buf) {
		r.room.Wait()
	}
	tail := r.head + r.n
	if tail >= len(r.buf) {
		tail -= len(r.buf)
	}
	r.buf[tail] = v
	r.n++
	r.mu.Unlock()
	r.some.Signal()
}

func (r *condRing[T]) get() (v T) {
	var zero T
	r.mu.Lock()
	for r.n == 0 {
		r.some.Wait()
	}
	v, r.buf[r.head] = r.buf[r.head], zero
	if r.head++; r.head == len(r.buf) {
		r.head = 0
	}
	r.n--
	r.mu.Unlock()
	r.room.Signal()
	return v
}
