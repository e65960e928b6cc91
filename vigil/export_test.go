package vigil

// Uncollected has no collection disturb the guards of k, in a schedule or a race, and none of theirs what comes later.
func Uncollected(k *Keeper) *Keeper {
	k.sentinel = true // as if it had been set up: so they stay young
	return k
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
