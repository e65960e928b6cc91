package compare

import (
	"sync"

	"github.com/petiole-go/petiole/rcu"
)

// The contestants of the table comparison. Each look-up takes its own lock or load, as it does in a
// program whose look-ups come from different requests.

func newGeneration(gen int) map[string]int {
	m := make(map[string]int, entries)
	fill(gen, func(k string, v int) { m[k] = v })
	return m
}

func cellTable() table {
	var c rcu.Cell[map[string]int]
	return table{
		read: func(key string) int { return lookUp(*c.Load(), key) },
		rebuild: func(gen int) {
			m := newGeneration(gen)
			c.Store(&m)
		},
	}
}

func swapTable() table {
	var mu sync.RWMutex
	var m map[string]int
	return table{
		read: func(key string) int {
			mu.RLock()
			defer mu.RUnlock()
			return lookUp(m, key)
		},
		rebuild: func(gen int) {
			next := newGeneration(gen)
			mu.Lock()
			m = next
			mu.Unlock()
		},
	}
}

func rwTable() table {
	var mu sync.RWMutex
	m := make(map[string]int, entries)
	return table{
		read: func(key string) int {
			mu.RLock()
			defer mu.RUnlock()
			return lookUp(m, key)
		},
		rebuild: func(gen int) {
			mu.Lock()
			defer mu.Unlock()
			clear(m)
			fill(gen, func(k string, v int) { m[k] = v })
		},
	}
}

func mutexTable() table {
	var mu sync.Mutex
	m := make(map[string]int, entries)
	return table{
		read: func(key string) int {
			mu.Lock()
			defer mu.Unlock()
			return lookUp(m, key)
		},
		rebuild: func(gen int) {
			mu.Lock()
			defer mu.Unlock()
			clear(m)
			fill(gen, func(k string, v int) { m[k] = v })
		},
	}
}

func syncMapTable() table {
	var m sync.Map
	return table{
		read: func(key string) int {
			v, ok := m.Load(key)
			if !ok {
				return -1
			}
			return v.(int)
		},
		rebuild: func(gen int) { fill(gen, func(k string, v int) { m.Store(k, v) }) },
	}
}

func lookUp(m map[string]int, key string) int {
	v, ok := m[key]
	if !ok {
		return -1
	}
	return v
}
