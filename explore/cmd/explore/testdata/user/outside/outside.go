package outside

import "sync"

// A Counter has its lock from outside.
type Counter struct{ n int }

func (c *Counter) Add(mu *sync.Mutex) {
	mu.Lock()
	defer mu.Unlock()
	c.n++
}
