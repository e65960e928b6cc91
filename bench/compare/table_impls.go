package compare

import (
	"runtime"
	"sync"

	"github.com/petiole-go/petiole/rcu"
)

// The contestants of the table comparison. Each look-up takes its own lock or load, as it does in a
// program whose look-ups come from different requests.

func newGeneration() map[string]entry {
	m := make(map[string]entry, entries)
	decode(runtime.Gosched, func(key string, e entry) { m[key] = e })
	return m
}

func floorTable() table {
	m := newGeneration()
	return table{
		read:    func(key string) entry { return m[key] },
		rebuild: func() { newGeneration() },
	}
}

func cellTable() table {
	var c rcu.Cell[map[string]entry]
	return table{
		read: func(key string) entry { return (*c.Load())[key] },
		rebuild: func() {
			m := newGeneration()
			c.Store(&m)
		},
	}
}

func swapTable() table {
	var mu sync.RWMutex
	var m map[string]entry
	return table{
		read: func(key string) entry {
			mu.RLock()
			defer mu.RUnlock()
			return m[key]
		},
		rebuild: func() {
			next := newGeneration()
			mu.Lock()
			m = next
			mu.Unlock()
		},
	}
}

func rwTable() table {
	var mu sync.RWMutex
	m := make(map[string]entry, entries)
	return table{
		read: func(key string) entry {
			mu.RLock()
			defer mu.RUnlock()
			return m[key]
		},
		rebuild: func() {
			mu.Lock()
			defer mu.Unlock()
			clear(m)
			decode(nil, func(key string, e entry) { m[key] = e })
		},
	}
}

func mutexTable() table {
	var mu sync.Mutex
	m := make(map[string]entry, entries)
	return table{
		read: func(key string) entry {
			mu.Lock()
			defer mu.Unlock()
			return m[key]
		},
		rebuild: func() {
			mu.Lock()
			defer mu.Unlock()
			clear(m)
			decode(nil, func(key string, e entry) { m[key] = e })
		},
	}
}

func syncMapTable() table {
	var m sync.Map
	return table{
		read: func(key string) entry {
			v, _ := m.Load(key)
			return v.(entry)
		},
		rebuild: func() { decode(runtime.Gosched, func(key string, e entry) { m.Store(key, e) }) },
	}
}
