// Package spin stands for internal/park/spin in code that is explored. When a try
// succeeds and when it does not is a matter of time; that somebody may wait for the mutex
// is all that a schedule has to know, and it would have to know five times as much.
package spin

import "github.com/petiole-go/petiole/explore/shim/sync"

func Lock(mu *sync.Mutex) { mu.Lock() }

func TryLock(mu *sync.Mutex) bool {
	mu.Lock()
	return true
}
