package vigil

// Keep has no collection drop g: what a schedule or a race has forgotten must not disturb what comes later.
func Keep[R any](g *Guard[R]) *Guard[R] {
	g.cleanup.Stop()
	return g
}

// Drop does what a collection does that finds nothing leading to g.
func Drop[R any](g *Guard[R]) { dropped(&g.e.entry) }

// Expire does what the timer does when the lease is over, which it is from now on.
func Expire[R any](g *Guard[R]) {
	k := g.e.keeper()
	k.lock()
	if x := g.e.extra.Load(); x != nil {
		x.deadline = 0
	}
	k.mu.Unlock()
	g.e.tick(true)
}
