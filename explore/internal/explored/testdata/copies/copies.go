// Package copies copies what must not be copied.
package copies

import (
	"github.com/petiole-go/petiole/explore/shim/sync"
	"github.com/petiole-go/petiole/explore/shim/sync/atomic"
)

func mutex(x sync.Mutex)               {}
func rwMutex(x sync.RWMutex)           {}
func cond(x sync.Cond)                 {}
func once(x sync.Once)                 {}
func waitGroup(x sync.WaitGroup)       {}
func syncMap(x sync.Map)               {}
func pool(x sync.Pool)                 {}
func number(x atomic.Int64)            {}
func boolean(x atomic.Bool)            {}
func pointer(x atomic.Pointer[string]) {}
func value(x atomic.Value)             {}
func field(x struct{ mu sync.Mutex })  {}
