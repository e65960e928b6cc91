package lib

import "sync"

// With calls f with the lock.
func With(mu *sync.Mutex, f func()) {
	mu.Lock()
	defer mu.Unlock()
	f()
}

// Locked is With for a lock of its own.
func Locked(f func()) {
	var mu sync.Mutex
	With(&mu, f)
}
