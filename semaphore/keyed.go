package semaphore

import (
	"context"
	"fmt"
	"maps"

	"github.com/petiole-go/petiole/internal/park"
)

// A Keyed is a semaphore for each key, all with the same limit: so many requests to each host, so
// many jobs of each customer. It is made by [NewKeyed]; Take and TryTake of the zero Keyed panic. All
// methods may be called by any number of goroutines. A Keyed must not be copied.
//
// The keys have nothing to do with each other: who waits for one stands in its line, as with
// a [Semaphore], and holds up nobody who wants another. A key costs memory as long as some
// of its permits are held; then it is gone, but for one entry, which the next key takes. That the limit
// is for ever is why: so there is no Resize, no Forget, and no Drain.
//
// A key that is not equal to itself, as a NaN, or that cannot be hashed panics: it could not be
// found again. Errors, order, allocations, bubbles and edges are those of [Semaphore], with
// permits of the same key. (A key that is not in use yet may cost allocations.)
//
// One mutex is for all keys, as a map needs one anyway. It is held for a moment, but for a Close, and when many keys
// have gone and the map is copied into a smaller one.
type Keyed[K comparable] struct {
	ledger ledger
	limit  int64           // for ever; 0: not made by NewKeyed
	noKey  permits         // for calls that get no key: those of 0, and those that are refused
	keys   map[K]*entry[K] // guarded by ledger's mutex, as is the rest. S6
	most   int             // how many keys there have been at once since this map was made
	spare  *entry[K]       // one that is not used, or nil
}

// An entry is a key that is used, and its permits.
type entry[K comparable] struct {
	permits
	key K
}

// NewKeyed returns a Keyed with so many permits for each key. A limit below 1, or above
// [MaxLimit], panics.
func NewKeyed[K comparable](limit int64) *Keyed[K] {
	checkLimit(limit, 1)
	return &Keyed[K]{
		limit: limit,
		noKey: permits{limit: limit, gone: func() {}}, // not nil: Forget panics here too
		keys:  map[K]*entry[K]{},
	}
}

// Take acquires n permits of the key, and returns them as a value, on which Forget panics. It waits until
// they are free and its turn has come; see [Semaphore] for the errors. A Permit of 0 is of no key.
func (k *Keyed[K]) Take(ctx context.Context, key K, n int64) (*Permit, error) {
	return k.take(ctx, key, n, new(Permit))
}

func (k *Keyed[K]) take(ctx context.Context, key K, n int64, p *Permit) (*Permit, error) {
	k.check(key)
	if err := check(ctx, n); err != nil {
		return nil, err
	}
	k.ledger.lock()
	of := k.permitsOf(key, n)
	if err := of.acquire(ctx, &k.ledger, n); err != nil {
		return nil, err
	}
	k.fill(p, of, n)
	return p, nil
}

// TryTake is Take if the permits are free and nobody waits for the key; else it returns nil and false.
func (k *Keyed[K]) TryTake(key K, n int64) (*Permit, bool) {
	return k.tryTake(key, n, new(Permit))
}

func (k *Keyed[K]) tryTake(key K, n int64, p *Permit) (*Permit, bool) {
	k.check(key)
	notNegative(n)
	k.ledger.lock()
	of := k.permitsOf(key, n)
	took := of.take(&k.ledger, n)
	k.ledger.mu.Unlock()
	if !took {
		return nil, false
	}
	k.fill(p, of, n)
	return p, true
}

// check panics for a key that could not be found again.
func (k *Keyed[K]) check(key K) {
	if k.limit == 0 {
		panic("semaphore: a Keyed that was not made by NewKeyed")
	}
	defer func() {
		if v := recover(); v != nil {
			panic(fmt.Sprintf("semaphore: a key that cannot be used: %v", v))
		}
	}()
	if key != key { // which also panics for what cannot be hashed
		panic(fmt.Sprintf("%v is not equal to itself", key))
	}
}

// permitsOf returns the permits on which a call is to be made. A key that is not there is made only for one that
// take will grant now, as it would stay otherwise; all others that find none get noKey's.
func (k *Keyed[K]) permitsOf(key K, n int64) *permits {
	if e := k.keys[key]; e != nil && n > 0 {
		return &e.permits
	}
	if n == 0 || k.noKey.refuse(&k.ledger, n) != nil {
		return &k.noKey
	}
	e := k.spare
	if k.spare = nil; e == nil {
		e = &entry[K]{permits: permits{limit: k.limit}}
		e.gone = func() { k.drop(e) }
	}
	e.key, k.keys[key] = key, e
	k.most = max(k.most, len(k.keys))
	return &e.permits
}

// drop forgets a key, of which nothing is held, and for which nobody waits. Maps do not shrink: when a quarter of this
// one is used another takes its place.
func (k *Keyed[K]) drop(e *entry[K]) {
	delete(k.keys, e.key)
	var none K // which the entry would keep
	e.key, k.spare = none, e
	if n := len(k.keys); k.most >= 64 && n < k.most/4 {
		keys := make(map[K]*entry[K], 2*n)
		maps.Copy(keys, k.keys)
		k.keys, k.most = keys, n
	}
}

func (k *Keyed[K]) fill(p *Permit, of *permits, n int64) {
	p.ledger, p.of, p.n = &k.ledger, of, n
}

// Close refuses, with [ErrClosed], all who wait and all who come, for any key. It waits for nobody,
// may be called again, and is for good. What is held is held until it is released.
func (k *Keyed[K]) Close() {
	var w park.Woken
	k.ledger.lock()
	k.ledger.closed = true
	for _, e := range k.keys {
		e.fail(&k.ledger, &w)
	}
	k.ledger.mu.Unlock()
	w.Wake()
}

// Stats returns the counts: of the keys in use together, and of all calls so far.
func (k *Keyed[K]) Stats() Stats {
	k.ledger.lock()
	defer k.ledger.mu.Unlock()
	return k.ledger.stats(k.limit, k.ledger.held.int64())
}

// Len returns how many keys have a permit that is held, at a moment that has passed when you look. Whoever
// waits for a key waits for one of those.
func (k *Keyed[K]) Len() int {
	k.ledger.lock()
	defer k.ledger.mu.Unlock()
	return len(k.keys)
}
