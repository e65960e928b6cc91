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
	// holds is written under mu. Who reads true has seen what came before.
	holds atomic.Bool
	mu    sync.Mutex
	wait  signal.Latch[struct{}]
	given chan struct{} // by Done since the fact last held; closed under mu when it does again
}

// closed is what Done gives when the fact holds. It is made here, outside any bubble of
// testing/synctest, and so may be received from in each.
var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// establish has the fact hold, and frees all who wait. It is called with mu, and lets it go.
func (f *fact) establish() {
	f.holds.Store(true) // first: who is told by Done finds that it holds
	if f.given != nil { // under mu: who finds under mu that it holds finds all of it done
		close(f.given)
		f.given = nil
	}
	c := f.wait.Part(struct{}{})
	f.mu.Unlock()
	c.Open()
}

// await waits until the fact holds, or returns ctx.Err().
func (f *fact) await(ctx context.Context) error {
	known(ctx)
	if f.holds.Load() {
		return nil
	}
	f.mu.Lock()
	if f.holds.Load() {
		f.mu.Unlock()
		return nil
	}
	_, err := f.wait.Wait(ctx, &f.mu)
	return err
}

func (f *fact) done() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.holds.Load() {
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
