package vigil

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/petiole-go/petiole/internal/park/signal"
	"github.com/petiole-go/petiole/internal/park/spin"
)

// Options are for New. The zero value is fine.
type Options struct {
	// OnReclaim hears of every reclaim, OnLeak, after it, of those with Dropped or Expired: somebody has forgotten
	// something. They run when the reclaim has, on its goroutine, and before Done is closed and whoever waits for the
	// reclaim goes on; several may run at once. OnLeak also hears, from Sweep and on its goroutine, of what that has
	// found, Deadlocked. A panic of either counts in Faults. Nil: nobody hears.
	OnReclaim, OnLeak func(Record)

	StackRate     int  // 1: the stack of every Bind and Acquire is recorded; n: of one in n; 0: of none
	Reclaimers    int  // goroutines at most that reclaim what no Release, Use or worker does; 0: 4
	CapturePanics bool // a worker's panic does not end the process: Wait returns it, as a *PanicError

	// Labels has workers carry the pprof labels vigil (the ID), vigil_name and vigil_keeper, by which profiles tell them
	// apart and Sweep finds them. The goroutines that they start inherit the labels.
	Labels bool

	Manual bool // for tests: what the reclaimers would do waits for Flush, until Shutdown
}

// A Keeper keeps vigils over resources, and the workers that use them. It is made by [New]: a zero one panics. It must
// not be copied. All of its methods may be called by any number of goroutines, by workers, reclaims and hooks too, where
// they do not wait for themselves. A keeper that nobody has any more still reclaims what it has.
//
// A keeper at rest has no goroutine but its workers' and no timer but its leases'. One keeper for a program is enough;
// more than one keep apart what their hooks hear, what their reclaimers can hold up, and what Shutdown ends.
//
// What the workers did, and the reclaims of their guards, are synchronized before a Wait returns nil; every reclaim and
// every hook is before a Shutdown does.
type Keeper struct {
	o      Options
	stacks atomic.Int64 // how many Binds and Acquires there were, to count one in StackRate

	// mu guards all below, and the entries, sources and workers. It is taken by lock, and held for a few dozen
	// instructions; or for some for each guard, by Live, Sweep, Shutdown and the end of a worker, and for a batch of them
	// by the end of a context. Under it nobody waits, and nothing runs that is the user's. V7
	mu   sync.Mutex
	home home   // of the entries without a worker; in the ring after it are those of the workers that are not over
	ids  uint64 // the last that was given, to a guard, a worker or a watch

	sources map[<-chan struct{}]*source // of contexts that have not ended, by their Done channels
	most    int                         // sources that there have been, since the map was made
	pools   map[refuser]int             // those in which somebody waits, and how many do

	closed  atomic.Bool // by Shutdown; written with the mutex
	manual  bool
	queued  []*entry // decided, for the reclaimers; some may have been claimed meanwhile
	notices []*watch // to be given
	running int      // reclaimers
	giving  int      // notices that are being given

	bound, live, pending, detached int64
	reclaimed                      [Shutdown + 1]int64
	faults                         int64
	fault                          error

	left  int64                  // entries that are not over
	still signal.Latch[struct{}] // opened when quiet
	alone signal.Latch[struct{}] // opened when there is no worker
}

// A refuser has waiters that Shutdown has to refuse.
type refuser interface{ refuse() }

// New returns a keeper. A StackRate or Reclaimers below 0 panics.
func New(o Options) *Keeper {
	switch {
	case o.StackRate < 0:
		panic("vigil: a negative StackRate")
	case o.Reclaimers < 0:
		panic("vigil: negative Reclaimers")
	case o.Reclaimers == 0:
		o.Reclaimers = 4
	}
	k := &Keeper{
		o: o, manual: o.Manual,
		sources: map[<-chan struct{}]*source{},
		pools:   map[refuser]int{},
	}
	k.home.keeper = k
	k.home.prev, k.home.next = &k.home, &k.home
	return k
}

func (k *Keeper) lock() {
	if k == nil || k.home.keeper == nil {
		panic("vigil: a Keeper that New, or a Worker that Go, has not made")
	}
	if !spin.TryLock(&k.mu) {
		spin.Lock(&k.mu)
	}
}

// Stats returns the counts.
func (k *Keeper) Stats() Stats {
	k.lock()
	defer k.mu.Unlock()
	return Stats{
		Bound: k.bound, Live: k.live, Pending: k.pending, Detached: k.detached, Reclaimed: k.reclaimed,
		Faults: k.faults, Fault: k.fault,
	}
}

// Live returns the guards that are live when the loop begins, in the order in which they were bound. The loop may use
// the keeper and the guards.
func (k *Keeper) Live() iter.Seq[Record] {
	return func(yield func(Record) bool) {
		for _, r := range k.records(func(e *entry) bool { return e.live() }) {
			if !yield(r) {
				return
			}
		}
	}
}

// records returns the records of the entries that are wanted, in order.
func (k *Keeper) records(want func(*entry) bool) (all []Record) {
	k.lock()
	for h := range k.homes() {
		for e := h.first; e != nil; e = e.next {
			if want(e) {
				all = append(all, e.record())
			}
		}
	}
	k.mu.Unlock()
	slices.SortFunc(all, byID)
	return all
}

func byID(a, b Record) int { return cmp.Compare(a.ID, b.ID) }

// homes is all lists of entries. With the mutex.
func (k *Keeper) homes() iter.Seq[*home] {
	return func(yield func(*home) bool) {
		for h := &k.home; yield(h) && h.next != &k.home; h = h.next {
		}
	}
}

// idle reports whether no worker is left. With the mutex.
func (k *Keeper) idle() bool { return k.home.next == &k.home }

// Wait waits until no worker is left, or returns ctx.Err(). That is a fact, which wins over a context that has ended,
// and may have passed when Wait returns: Go may be called meanwhile. It tells nothing of what the workers returned. A
// nil ctx panics.
func (k *Keeper) Wait(ctx context.Context) error {
	if ctx == nil {
		panic("vigil: a nil context")
	}
	k.lock()
	if k.idle() {
		k.mu.Unlock()
		return nil
	}
	_, err := k.alone.Wait(ctx, &k.mu)
	return err
}

// tell calls a hook.
func (k *Keeper) tell(hook func(Record), rec Record) {
	if hook != nil {
		k.call(func() { hook(rec) })
	}
}

// call calls what has nobody to return a panic to.
func (k *Keeper) call(f func()) {
	defer func() {
		if v := recover(); v != nil {
			k.failed(panicked(v))
		}
	}()
	f()
}

// failed counts an error that no record tells.
func (k *Keeper) failed(err error) {
	k.lock()
	defer k.mu.Unlock()
	k.faults++
	k.fault = err
}
