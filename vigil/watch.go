package vigil

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"runtime/pprof"
	"time"
)

// A watch is a death notice. The keeper's mutex guards what changes.
type watch struct {
	keeper *Keeper
	f      func(Record)
	rec    Record
	state  uint8
}

// The states of a watch. It is called off or given, and stays so.
const (
	pending = iota
	off
	given // or being given
)

// Watch has f told when the calling goroutine, and all that it starts from now on, have gone: once, with Dropped, when
// a collection has seen it. It is how one hears of the end of a goroutine that somebody else has started. It reclaims
// nothing, and counts nowhere.
//
// Watch marks the goroutine with a pprof label, which the goroutines that it starts inherit; whoever has the mark is
// still there. The context that it returns derives from ctx and carries the label. Watches may be nested. What makes it
// wrong:
//
//   - Code that sets the labels of another context, as [pprof.Do] does, takes the mark away, and the notice comes too
//     early. So have it use the returned context.
//   - Whoever holds the returned context (f must not), or was started and forgotten (as the goroutines of a kept
//     connection are), is what is waited for, and the notice comes late or never. A goroutine that is blocked for ever
//     is never collected.
//
// stop calls the notice off, and reports whether none will come. After Shutdown none comes. f is called by a
// reclaimer, or by Flush; a panic counts in Faults. A nil ctx or f panics.
func (k *Keeper) Watch(ctx context.Context, f func(Record)) (_ context.Context, stop func() bool) {
	switch {
	case ctx == nil:
		panic("vigil: Watch with a nil context")
	case f == nil:
		panic("vigil: Watch with a nil function")
	}
	w := &watch{keeper: k, f: f, rec: Record{Cause: Dropped, Born: time.Now()}}
	k.lock()
	k.ids++
	w.rec.ID = k.ids
	k.mu.Unlock()

	// The mark is the bytes of the label's value. Whoever carries the label has them, and nobody else: so the string is
	// made for it, and long enough to have memory of its own. The conversion is to the place of those bytes, which the
	// string keeps where they are; nothing is read or written through it.
	mark := fmt.Sprintf("vigil watch %032d", w.rec.ID)
	cleanup := runtime.AddCleanup((*byte)(reflect.ValueOf(mark).UnsafePointer()), (*watch).seen, w)
	ctx = pprof.WithLabels(ctx, pprof.Labels(fmt.Sprintf("vigil_watch_%d", w.rec.ID), mark))
	pprof.SetGoroutineLabels(ctx)
	return ctx, func() bool {
		k.lock()
		defer k.mu.Unlock()
		if w.state == given {
			return false
		}
		w.state = off
		cleanup.Stop()
		return true
	}
}

// seen is called, on a goroutine of the runtime's, when nobody has the mark any more.
func (w *watch) seen() {
	k := w.keeper
	k.lock()
	w.rec.Ended = time.Now()
	if !k.closed.Load() {
		k.notices = append(k.notices, w)
		k.spawn(1)
	}
	k.mu.Unlock()
}

// due takes the first notice that is due. With the mutex.
func (k *Keeper) due() *watch {
	for i, w := range k.notices {
		k.notices[i] = nil
		if w.state == pending {
			w.state = given
			k.notices = k.notices[i+1:]
			k.giving++
			return w
		}
	}
	k.notices = nil
	return nil
}

// give gives the notice that due has returned.
func (w *watch) give() {
	k := w.keeper
	defer func() {
		k.lock()
		k.giving--
		quiet := k.quiet()
		k.mu.Unlock()
		quiet.Open()
	}()
	k.tell(w.f, w.rec)
}
