// What README's section Cond refers to, and what must come of it.
package main

import (
	"context"
	"sync"
)

var ctx = context.Background()

var (
	mu    sync.Mutex
	ready bool
)

func locked(l sync.Locker, f func()) {
	l.Lock()
	defer l.Unlock()
	f()
}

func check(err error) {
	if err != nil || !ready {
		panic("not ready")
	}
}

func main() { block() }
