package virtual

import "context"

// An inner is a real context that ends when it is told to, with the error and the
// cause that it is told: that of a deadline, too, though it has no timer. So what
// the real package makes of a Context ends with it, at once and in the same way.
//
// The package takes the error from the parent that a context has, which it calls
// back when it is one of a kind of its own, and the cause from the nearest context of
// its own that it finds among the values. These are two, and the third is their child.
type inner struct {
	context.Context
	parent *parent
	cause  context.CancelCauseFunc
	cancel context.CancelFunc
}

type parent struct {
	context.Context // with the cause
	done            chan struct{}
	err             error
	call            func()
}

// newInner has the values of ctx.
func newInner(ctx context.Context) inner {
	var in inner
	in.parent = &parent{done: make(chan struct{})}
	in.parent.Context, in.cause = context.WithCancelCause(context.WithoutCancel(ctx))
	in.Context, in.cancel = context.WithCancel(in.parent)
	in.Done() // contexts that are asked first when they have ended all have the same one
	return in
}

func (p *parent) Done() <-chan struct{} { return p.done }
func (p *parent) Err() error            { return p.err }

func (p *parent) AfterFunc(f func()) (stop func() bool) {
	p.call = f
	return func() bool { return false }
}

func (in inner) end(err, cause error) {
	in.cause(cause)
	in.parent.err = err
	in.parent.call()
	in.cancel() // it has ended
}
