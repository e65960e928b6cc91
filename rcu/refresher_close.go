package rcu

import (
	"context"
	"fmt"
)

// Close ends the refresher: no run begins any more, the context of the one in
// flight ends and its result is dropped, all who wait return [ErrClosed], and
// every Changes ends. It waits for nothing and returns nil. Closing again does
// nothing.
func (r *Refresher[T]) Close() error {
	r.made()
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	wake := r.shut()
	r.mu.Unlock()
	wake()
	return nil
}

// Shutdown closes and waits for the run in flight and for OnRefresh, so neither
// may call it. If ctx ends first it returns an error that says what goes on and
// is ctx.Err() for errors.Is; the refresher is closed all the same.
func (r *Refresher[T]) Shutdown(ctx context.Context) error {
	r.Close()
	for {
		r.mu.Lock()
		if r.busy == 0 {
			r.mu.Unlock()
			return nil
		}
		if _, err := r.news.Wait(ctx, &r.mu); err != nil {
			what := "OnRefresh"
			if !r.Status().RunningSince.IsZero() {
				what = "a run"
			}
			return fmt.Errorf("rcu: shutdown: %s has not returned: %w", what, err)
		}
	}
}
