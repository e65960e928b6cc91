package gate

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/petiole-go/petiole/internal/park/signal"
)

// A fact holds or does not, and goroutines wait until it does: what an Event and a Promise
// have in common.
type fact struct {
	// state is written under mu. Who finds that the fact holds finds Done closed, and the other way round. As
	// a store and a close are no single step, the fact is settling between them, and who reads that waits for
	// mu, which is for the end of establish.
	state atomic.Uint32
	mu    sync.Mutex
	wait  signal.Latch[struct{}]
	given chan struct{} // by Done since the fact last held; closed under mu when it does again
}

// The states of a fact. It is settling only as long as establish has mu.
const (
	open = iota
	settling
	settled
)

// closed is what Done gives when the fact holds. It is made here, outside any bubble of
// testing/synctest, and so may be received from in each.
var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// establish has the fact hold, and frees all who wait. It is called with mu, and lets it go.
func (f *fact) establish() {
	if f.given != nil {
		f.state.Store(settling) // who is told by Done finds that it holds, if need be under mu
		close(f.given)
		f.given = nil
	}
	f.state.Store(settled) // who finds that it holds finds Done closed
	c := f.wait.Part(struct{}{})
	f.mu.Unlock()
	c.Open()
}

// holds reports whether the fact holds.
func (f *fact) holds() bool {
	s := f.state.Load()
	if s == settling {
		s = f.under()
	}
	return s == settled
}

// under is the state when establish, if it was under way, is done.
func (f *fact) under() uint32 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state.Load()
}

// await waits until the fact holds, or returns ctx.Err().
func (f *fact) await(ctx context.Context) error {
	known(ctx)
	if f.state.Load() == settled {
		return nil
	}
	f.mu.Lock()
	if f.state.Load() == settled {
		f.mu.Unlock()
		return nil
	}
	_, err := f.wait.Wait(ctx, &f.mu)
	return err
}

func (f *fact) done() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state.Load() == settled {
		return closed
	}
	if f.given == nil {
		f.given = make(chan struct{})
	}
	return f.given
}

func known(ctx context.Context) {
	if ctx == nil {
		panic("gate: a nil context")
	}
}
