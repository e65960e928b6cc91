package vigil

import (
	"context"
	"sync"
	"sync/atomic"
)

// A life is the context of a worker's function. It ends with the context of Go, at Shutdown of the keeper, and when the
// worker has ended. Most functions never ask for its end, so what that costs, a [context.WithCancelCause], is made when
// it is asked for: by Done, or by a Value that we do not know, since package context looks there for what it
// knows of a context.
type life struct {
	context.Context // of Go
	worker          *Worker

	mu    sync.Mutex             // for who sets one of the following, once
	inner atomic.Pointer[inner]  // its end has been asked for; from then on Err is its
	ended atomic.Pointer[ending] // by us, after inner if that was there
}

// An ending is how a life has ended.
type ending struct {
	err   error
	cause error // nil: that of Go's context, which has ended before
}

// inner is a life of which the end was asked for.
type inner struct {
	context.Context
	cancel context.CancelCauseFunc
}

// workerKey is the key of the nearest worker of any keeper. A *Keeper is that of its nearest worker.
type workerKey struct{}

func (l *life) Value(key any) any {
	switch key := key.(type) {
	case workerKey:
		return l.worker
	case *Keeper:
		if key == l.worker.home.keeper {
			return l.worker
		}
		return l.Context.Value(key)
	}
	return l.made().Value(key)
}

func (l *life) Done() <-chan struct{} { return l.made().Done() }

func (l *life) Err() error {
	if in := l.inner.Load(); in != nil {
		return in.Err()
	}
	if e := l.ended.Load(); e != nil {
		return e.err
	}
	return l.Context.Err()
}

// made returns the inner context, which it makes if need be.
func (l *life) made() *inner {
	for {
		if in := l.inner.Load(); in != nil {
			return in
		}
		e := l.ended.Load()
		parent := l.Context
		if e != nil && e.cause != nil {
			parent = context.WithoutCancel(parent) // which may end now, with another error
		}
		in := new(inner)
		in.Context, in.cancel = context.WithCancelCause(parent) // not under mu: parent may be the user's
		l.mu.Lock()
		if l.inner.Load() == nil && l.ended.Load() == e {
			if e != nil {
				in.cancel(e.cause)
			}
			l.inner.Store(in)
			l.mu.Unlock()
			return in
		}
		l.mu.Unlock()
		in.cancel(nil) // somebody was faster
	}
}

// The endings that are ours.
var (
	atEnd      = &ending{context.Canceled, ErrEnded}
	atShutdown = &ending{context.Canceled, ErrClosed}
)

// end ends the life, if it has not ended.
func (l *life) end(e *ending) {
	cause, k := e.cause, l.worker.home.keeper
	k.call(func() { // it may be the user's
		if err := l.Context.Err(); err != nil {
			e, cause = &ending{err, nil}, context.Cause(l.Context)
		}
	})
	for {
		in := l.inner.Load()
		if in != nil {
			k.call(func() { in.cancel(cause) }) // also if Go's has ended: it may still be about to end this one
		}
		l.mu.Lock()
		if l.inner.Load() != in {
			l.mu.Unlock()
			continue
		}
		if l.ended.Load() == nil {
			l.ended.Store(e)
		}
		l.mu.Unlock()
		return
	}
}
