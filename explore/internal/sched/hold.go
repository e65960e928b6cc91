package sched

// A Hold is a count of what goroutines owe: a mutex that is locked, the readers of
// one, the counter of a WaitGroup. When their schedule is cut short they will not pay
// it back, and it counts for nothing: a package variable may live longer than they.
type Hold struct {
	n   int
	era *era
}

// An era is a schedule, to who remembers it when it is over.
type era struct{ cut bool }

// Add changes the count and returns it.
//
//go:norace
func (h *Hold) Add(t *Thread, delta int) int {
	h.n = h.Count() + delta
	h.era = nil
	if t != nil {
		if t.run.era == nil {
			t.run.era = new(era)
		}
		h.era = t.run.era
	}
	return h.n
}

// Count is what is held now.
//
//go:norace
func (h *Hold) Count() int {
	if h.era != nil && h.era.cut {
		return 0
	}
	return h.n
}
