package programs

import (
	"sync"
	"sync/atomic"
)

type Config struct{ Debug bool }

// A Lazy makes its config when it is first asked for, once.
type Lazy struct {
	mu     sync.Mutex
	config atomic.Pointer[Config]
}

func (l *Lazy) Get() *Config {
	if c := l.config.Load(); c != nil {
		return c
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.config.Load(); c != nil {
		return c
	}
	c := &Config{}
	l.config.Store(c)
	return c
}

func (l *Lazy) BrokenGet() *Config {
	if c := l.config.Load(); c != nil {
		return c
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &Config{} // BUG: another may have made it while this one waited for the lock
	l.config.Store(c)
	return c
}
