package sync

import (
	"slices"

	"github.com/petiole-go/petiole/explore/internal/sched"
)

// A Map stands for sync.Map: each operation is one step. Range goes through the
// keys in the order in which they came, each look being a step, and then through
// those that have come meanwhile, of which it may miss any.
type Map struct {
	obj  sched.Obj
	m    map[any]any
	keys []any
}

// enter is the begin of an operation. It happens after all before, which is a
// little more than sync.Map promises, and keeps the detector off the map within.
//
//go:norace
func (m *Map) enter(write bool) *sched.Thread {
	t := sched.Enter(&m.obj, sched.MapOp, write)
	sched.Acquire(&m.obj)
	if m.m == nil {
		m.m = make(map[any]any)
	}
	return t
}

//go:norace
func (m *Map) leave(t *sched.Thread) {
	sched.Release(&m.obj)
	t.Leave()
}

func (m *Map) set(key, value any) {
	if _, ok := m.m[key]; !ok {
		m.keys = append(m.keys, key)
	}
	m.m[key] = value
}

func (m *Map) drop(key any) {
	if _, ok := m.m[key]; ok {
		delete(m.m, key)
		m.keys = slices.DeleteFunc(slices.Clone(m.keys), func(k any) bool { return k == key })
	}
}

func (m *Map) Load(key any) (value any, ok bool) {
	defer m.leave(m.enter(false))
	value, ok = m.m[key]
	return value, ok
}

func (m *Map) Store(key, value any) { m.Swap(key, value) }

func (m *Map) Swap(key, value any) (previous any, loaded bool) {
	defer m.leave(m.enter(true))
	previous, loaded = m.m[key]
	m.set(key, value)
	return previous, loaded
}

func (m *Map) LoadOrStore(key, value any) (actual any, loaded bool) {
	defer m.leave(m.enter(true))
	if actual, loaded = m.m[key]; loaded {
		return actual, true
	}
	m.set(key, value)
	return value, false
}

func (m *Map) LoadAndDelete(key any) (value any, loaded bool) {
	defer m.leave(m.enter(true))
	value, loaded = m.m[key]
	m.drop(key)
	return value, loaded
}

func (m *Map) Delete(key any) { m.LoadAndDelete(key) }

func (m *Map) CompareAndSwap(key, old, new any) (swapped bool) {
	defer m.leave(m.enter(true))
	if v, ok := m.m[key]; !ok || v != old {
		return false
	}
	m.set(key, new)
	return true
}

func (m *Map) CompareAndDelete(key, old any) (deleted bool) {
	defer m.leave(m.enter(true))
	if v, ok := m.m[key]; !ok || v != old {
		return false
	}
	m.drop(key)
	return true
}

func (m *Map) Clear() {
	defer m.leave(m.enter(true))
	clear(m.m)
	m.keys = nil
}

func (m *Map) Range(f func(key, value any) bool) {
	t := m.enter(false)
	keys := m.keys // set appends, drop makes a copy: what is here stays
	m.leave(t)
	for _, k := range keys {
		if v, ok := m.Load(k); ok && !f(k, v) {
			return
		}
	}
	if sched.Current() == nil {
		return
	}
	for seen := slices.Clone(keys); ; { // those that came meanwhile, each or not
		k, v, ok, more := m.later(seen)
		if seen = append(seen, k); !more || ok && !f(k, v) {
			return
		}
	}
}

// later takes one that is not among the seen, or passes it by (not ok).
func (m *Map) later(seen []any) (k, v any, ok, more bool) {
	t := sched.Current()
	t.Begin(sched.MapOp)
	t.On(&m.obj, false)
	g := &laterGuard{m, seen}
	way, stepped := t.Step(g)
	sched.Acquire(&m.obj)
	if k, more = g.next(); !more || !stepped {
		return nil, nil, false, false
	}
	v = m.m[k]
	sched.Release(&m.obj)
	return k, v, way == 0, true
}

type laterGuard struct {
	m    *Map
	seen []any
}

// next is called by whoever decides, so it is not for the race detector.
//
//go:norace
func (g *laterGuard) next() (k any, ok bool) {
next:
	for _, k := range g.m.keys {
		for _, seen := range g.seen {
			if k == seen {
				continue next
			}
		}
		return k, true
	}
	return nil, false
}

//go:norace
func (g *laterGuard) Ways(*sched.Thread) int {
	if _, ok := g.next(); ok {
		return 2
	}
	return 1
}

// A Pool stands for sync.Pool. Get finds any of what was put, or nothing, and nothing
// that an earlier schedule has put.
type Pool struct {
	New   func() any
	obj   sched.Obj
	epoch uint64
	items []*pooled
}

type pooled struct {
	x    any
	edge sched.Obj // from who put it
}

type poolGuard Pool

//go:norace
func (g *poolGuard) Ways(t *sched.Thread) int {
	if g.epoch != t.Run().Epoch() {
		return 1
	}
	return len(g.items) + 1
}

//go:norace
func (p *Pool) Get() any {
	if t := sched.Current(); t != nil {
		t.Begin(sched.PoolGet)
		t.On(&p.obj, true)
		way, ok := t.Step((*poolGuard)(p))
		if n := len(p.items) - 1; ok && way <= n && p.epoch == t.Run().Epoch() {
			item := p.items[n-way] // the last one first
			p.items[n-way], p.items[n] = p.items[n], nil
			p.items = p.items[:n]
			sched.Acquire(&item.edge)
			return item.x
		}
	}
	if p.New == nil {
		return nil
	}
	return p.New()
}

//go:norace
func (p *Pool) Put(x any) {
	if x == nil {
		return
	}
	t := sched.Enter(&p.obj, sched.PoolPut, true)
	if t != nil { // outside of a run nothing would ever take it out
		if p.epoch != t.Run().Epoch() {
			p.epoch, p.items = t.Run().Epoch(), nil
		}
		item := &pooled{x: x}
		sched.Release(&item.edge)
		p.items = append(p.items, item)
	}
	t.Leave()
}
