package programs

import "sync/atomic"

func Increment(n *atomic.Int64) { n.Add(1) }

func BrokenIncrement(n *atomic.Int64) {
	old := n.Load()
	n.Store(old + 1) // BUG: what others have added since the Load is lost
}
