package sync

import "github.com/petiole-go/petiole/explore/internal/sched"

// A Once stands for sync.Once.
type Once struct {
	obj     sched.Obj
	running sched.Hold
	done    bool
}

type doing Once

//go:norace
func (o *doing) Ways(*sched.Thread) int { return one(o.running.Count() == 0) }

//go:norace
func (o *doing) do(t *sched.Thread) {
	sched.Acquire(&o.obj)
	if !o.done {
		o.running.Add(t, 1)
	}
}

//go:norace
func (o *Once) Do(f func()) {
	if !step(sched.OnceDo, &o.obj, !o.done, (*doing)(o)) || o.done {
		return
	}
	defer o.finish()
	f()
}

// finish is the end of f, whichever it was; but for that of a schedule that is cut
// short, after which f has not been called.
//
//go:norace
func (o *Once) finish() {
	t := sched.Enter(&o.obj, sched.OnceDone, true)
	if t == nil || !t.Run().Cut() {
		o.running.Add(t, -1)
		o.done = true
		sched.Release(&o.obj)
	}
	t.Leave()
}

// OnceFunc stands for sync.OnceFunc.
func OnceFunc(f func()) func() {
	once := OnceValue(func() struct{} { f(); return struct{}{} })
	return func() { once() }
}

// OnceValue stands for sync.OnceValue.
func OnceValue[T any](f func() T) func() T {
	once := OnceValues(func() (T, struct{}) { return f(), struct{}{} })
	return func() T {
		v, _ := once()
		return v
	}
}

// OnceValues stands for sync.OnceValues. A panic of f is that of every call.
func OnceValues[T1, T2 any](f func() (T1, T2)) func() (T1, T2) {
	var (
		once  Once
		valid bool
		p     any
		v1    T1
		v2    T2
	)
	call := func() {
		defer func() {
			if !valid {
				p = recover()
				panic(p)
			}
		}()
		v1, v2 = f()
		f, valid = nil, true
	}
	return func() (T1, T2) {
		once.Do(call)
		if !valid {
			panic(p)
		}
		return v1, v2
	}
}
