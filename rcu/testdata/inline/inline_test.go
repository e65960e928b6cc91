// Package inline has callers of what the compiler must inline; the test of rcu
// that builds it reads the compiler's report and the machine code.
package inline

import (
	"sync/atomic"
	"testing"

	"github.com/petiole-go/petiole/rcu"
)

//go:noinline
func pointer(p *atomic.Pointer[[8]int]) *[8]int { return p.Load() }

//go:noinline
func cell(c *rcu.Cell[[8]int]) *[8]int { return c.Load() }

//go:noinline
func refresher(r *rcu.Refresher[[8]int]) *[8]int { return r.Load() }

func TestNothing(t *testing.T) {
	pointer(new(atomic.Pointer[[8]int]))
	cell(new(rcu.Cell[[8]int]))
	refresher(new(rcu.Refresher[[8]int]))
}
