package programs

import (
	"context"
	"slices"
	"sync"
)

// A Semaphore has permits, which it gives out in the order in which it was asked.
type Semaphore struct {
	mu      sync.Mutex // guards the rest
	permits int
	line    []*waiter
}

type waiter struct {
	want  int
	ready chan struct{} // closed when it has them
}

// Acquire waits for n permits, or until ctx ends.
func (s *Semaphore) Acquire(ctx context.Context, n int) error {
	err := s.BrokenAcquire(ctx, n)
	if err != nil {
		s.Release(0) // serves whom this one held up
	}
	return err
}

func (s *Semaphore) BrokenAcquire(ctx context.Context, n int) error {
	w := &waiter{n, make(chan struct{})}
	s.mu.Lock()
	s.line = append(s.line, w)
	s.mu.Unlock()
	s.Release(0)
	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.line, w)
	if i < 0 {
		return nil // served at the same moment
	}
	s.line = slices.Delete(s.line, i, i+1)
	return ctx.Err() // BUG: who stands behind w may want less, and there may be as much
}

// Release gives back n permits, and serves the line.
func (s *Semaphore) Release(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.permits += n
	for len(s.line) > 0 && s.line[0].want <= s.permits {
		s.permits -= s.line[0].want
		close(s.line[0].ready)
		s.line = s.line[1:]
	}
}
