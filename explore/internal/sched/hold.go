package sched

// A Hold counts how often something is held: a mutex, by its readers, the counter
// of a WaitGroup. What the goroutines of a schedule hold that is cut short nobody
// holds any more: a package variable may live longer than they.
type Hold struct {
	n   int
	era *era
}

// An era is a schedule.
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

//go:norace
func (h *Hold) Count() int {
	if h.era != nil && h.era.cut {
		return 0
	}
	return h.n
}
