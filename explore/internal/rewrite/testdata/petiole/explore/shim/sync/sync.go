// Package sync has what the tests need of the real shim.
package sync

import "sync"

type (
	Locker    = sync.Locker
	Mutex     struct{ sync.Mutex }
	RWMutex   struct{ sync.RWMutex }
	WaitGroup struct{ sync.WaitGroup }
	Once      struct{ sync.Once }
	Map       struct{ sync.Map }
	Pool      struct{ sync.Pool }
)
