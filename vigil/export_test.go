package vigil

// Drop does what a collection does that finds nothing leading to g.
func Drop[R any](g *Guard[R]) { dropped(&g.e.entry) }

// Keep has no collection do that: what a schedule, or a race, has forgotten disturbs none that comes later.
func Keep[R any](g *Guard[R]) *Guard[R] {
	g.cleanup.Stop()
	return g
}
