package rcu

import "github.com/petiole-go/petiole/internal/park/signal"

// Store publishes v by hand; storing what is out already renews its age. A run in
// flight loses to it: its result is dropped, its waiters get v when it ends (and
// its error if it failed), and OnRefresh is told [ErrSuperseded]. Who waits for a
// snapshot, or for another than the one that failed them, is served at once.
// Store(nil) empties the refresher and serves nobody: waiters of a run that it
// overtook get [ErrNotReady]. The schedule, Err and Failures stay as they are.
// After Close it does nothing.
func (r *Refresher[T]) Store(v *T) {
	r.store(v, func(*T) bool { return true })
}

// CompareAndSwap is Store if old is the very snapshot that is out, and does
// nothing otherwise. Copy, change, CompareAndSwap: what a run has published
// meanwhile is not undone. Then report what is out by now: the new snapshot if it
// swapped, else the old one, whose report costs nothing.
func (r *Refresher[T]) CompareAndSwap(old, new *T) bool {
	return r.store(new, func(now *T) bool { return now == old })
}

func (r *Refresher[T]) store(v *T, when func(now *T) bool) bool {
	r.made()
	r.mu.Lock()
	if r.closed || !when(r.v.Load()) {
		r.mu.Unlock()
		return false
	}
	if r.current != nil {
		r.current.superseded = true
	}
	var crowd *signal.Crowd[*news[T]]
	if v != r.v.Load() { // else it serves nobody
		crowd = r.part(&news[T]{v: v})
	}
	r.publish(v)
	r.mu.Unlock()
	crowd.Open()
	return true
}
