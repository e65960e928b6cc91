package vigil

import (
	"context"
	"time"
	"weak"

	"github.com/petiole-go/petiole/internal/park/signal"
)

// forever is for waits that end by themselves.
var forever = context.Background()

// A source is a context that can end, and the live guards that end with it: one for each Done channel, however many
// contexts share that. The keeper's mutex guards it.
//
// One function is registered with the context, that of an anchor, and the keeper keeps no context alive: what it holds is
// the source, and from there it is only by a weak pointer that it comes to the anchor, which is the context's.
//
//	context --> anchor --> source <--> entries <--> keeper
//	               ^ - - - - -'
//	                   weak
//
// So if a guard is reached only through its own context, and the context is forgotten, all of it goes together.
type source struct {
	done   <-chan struct{} // key in the keeper's sources
	anchor weak.Pointer[anchor]
	first  *entry // linked by up and down
	ended  bool   // the anchor has run
}

// An anchor is what a context knows of its source.
type anchor struct {
	keeper *Keeper
	source *source
	stop   func() bool // of context.AfterFunc
}

// batch is how many guards are decided in one go under the mutex, at most.
const batch = 128

// follow has the guards of a new source end with ctx. It is called without the mutex: ctx may be the user's.
func (k *Keeper) follow(ctx context.Context, done <-chan struct{}) *anchor {
	a := &anchor{keeper: k, source: &source{done: done}}
	a.source.anchor = weak.Make(a)
	a.stop = context.AfterFunc(ctx, a.run) // before anybody knows of the source
	return a
}

// run is called when the context has ended.
func (a *anchor) run() {
	k, s := a.keeper, a.source
	now := time.Now()
	var used []*entry
	k.lock()
	s.ended = true // nobody comes in any more
	k.forget(s)
	for n := 0; s.first != nil; n++ {
		if n == batch { // let others in
			n = 0
			k.mu.Unlock()
			k.lock()
			continue
		}
		e := s.first
		s.remove(e)
		if e.take(Canceled, now) {
			used = append(used, e)
		}
	}
	k.spawn(k.o.Reclaimers)
	k.mu.Unlock()
	k.interrupt(used)
}

// forget has the next Bind with the same Done channel make a source of its own.
func (k *Keeper) forget(s *source) {
	if k.sources[s.done] != s {
		return
	}
	if delete(k.sources, s.done); len(k.sources) == 0 && k.most > 64 { // a map does not shrink
		k.sources, k.most = map[<-chan struct{}]*source{}, 0
	}
}

func (s *source) add(e *entry) {
	if e.source, e.down = s, s.first; s.first != nil {
		s.first.up = e
	}
	s.first = e
}

func (s *source) remove(e *entry) {
	if e.up == nil {
		s.first = e.down
	} else {
		e.up.down = e.down
	}
	if e.down != nil {
		e.down.up = e.up
	}
	e.source, e.up, e.down = nil, nil, nil
}

// leave takes e away from its context. If it was the last it returns what unregisters the anchor, to be called without
// the mutex.
//
// With the mutex.
func (e *entry) leave() (stop func() bool) {
	s := e.source
	if s == nil {
		return nil
	}
	s.remove(e)
	if s.first != nil || s.ended {
		return nil
	}
	e.keeper().forget(s)
	if a := s.anchor.Value(); a != nil {
		return a.stop
	}
	return nil // the context has been collected
}

// A bond is what ties an entry to a worker and a context, while that is made.
type bond struct {
	keeper *Keeper
	worker *Worker         // nil: none
	ctx    context.Context // by which the vigil ends
	done   <-chan struct{} // of ctx
	err    error           // ctx has ended
	fresh  *anchor         // made for ctx, and not used so far
}

// bondOf asks the context of a Bind, or of a worker's Go if w is given. Without the mutex.
func (k *Keeper) bondOf(ctx context.Context, w *Worker) (b bond) {
	b = bond{keeper: k, worker: w, ctx: ctx}
	if w == nil {
		b.worker = k.workerOf(ctx)
	}
	if l, ok := ctx.(*life); ok && l.worker == b.worker {
		b.ctx = l.Context // whatever else ends a worker's own context has its guards reclaimed before
	}
	if b.err = ctx.Err(); b.err == nil {
		b.done = b.ctx.Done()
	}
	return b
}

// tie makes sure, with the mutex, that there is a source to tie to if there has to be one. It may let go of the
// mutex and take it again, so what was looked at before has to be looked at again if it returns false.
func (b *bond) tie() bool {
	if b.err != nil || b.done == nil {
		return true
	}
	k := b.keeper
	switch s := k.sources[b.done]; {
	case s != nil && s.anchor.Value() != nil: // its context lives, and has not ended, or it would not be there
		return true
	case b.fresh == nil:
		k.mu.Unlock()
		b.fresh = k.follow(b.ctx, b.done)
		k.lock()
		return false
	case b.fresh.source.ended:
		k.mu.Unlock()
		b.err = signal.Err(b.ctx)
		k.lock()
		return false
	default:
		k.sources[b.done] = b.fresh.source
		k.most = max(k.most, len(k.sources))
		b.fresh = nil
		return true
	}
}

// add ties e, when tie has returned true, and b.err is nil. If it leaves another context it returns what leave does. With
// the mutex.
func (b *bond) add(e *entry) (stop func() bool) {
	h := &b.keeper.home
	if b.worker != nil {
		h = &b.worker.home
	}
	h.add(e)
	var s *source
	if b.done != nil {
		s = b.keeper.sources[b.done]
	}
	if s == e.source { // none, or the one that it leaves: which must not end by that
		return nil
	}
	stop = e.leave()
	if s != nil {
		s.add(e)
	}
	return stop
}

// drop gives up what was made in vain. Without the mutex.
func (b *bond) drop() {
	if b.fresh != nil {
		b.keeper.stop(b.fresh.stop)
	}
}

// stop calls what leave has returned, which may be nil. It may be the user's code. Without the mutex.
func (k *Keeper) stop(f func() bool) {
	if f != nil {
		k.call(func() { f() })
	}
}
