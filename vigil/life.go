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

	inner atomic.Pointer[inner] // set once, under mu
	gone  atomic.Pointer[error] // Err, once the life has been ended by us. Set once, under mu
	mu    sync.Mutex
	cause error // guarded by mu
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
	if err := l.gone.Load(); err != nil {
		return *err
	}
	return l.Context.Err()
}

// made returns the inner context, which it makes if need be.
func (l *life) made() *inner {
	for {
		if in := l.inner.Load(); in != nil {
			return in
		}
		err := l.gone.Load()
		parent := l.Context
		if err != nil && *err == context.Canceled {
			parent = context.WithoutCancel(parent) // which may end now, with another error
		}
		in := new(inner)
		in.Context, in.cancel = context.WithCancelCause(parent) // not under mu: parent may be the user's
		l.mu.Lock()
		if l.inner.Load() == nil && l.gone.Load() == err {
			if err != nil {
				in.cancel(l.cause)
			}
			l.inner.Store(in)
			l.mu.Unlock()
			return in
		}
		l.mu.Unlock()
		in.cancel(nil) // somebody was faster
	}
}

// end ends the life, if it has not ended.
func (l *life) end(cause error) {
	err := l.Context.Err()
	if err == nil {
		err = context.Canceled
	}
	l.mu.Lock()
	if l.gone.Load() != nil {
		l.mu.Unlock()
		return
	}
	l.cause = cause
	l.gone.Store(&err)
	in := l.inner.Load()
	l.mu.Unlock()
	if in != nil {
		in.cancel(cause)
	}
}
