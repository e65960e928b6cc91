package sched

// A search that has run all schedules comes to the first one once more. Those that
// it repeats in part it compares as it goes ([Run.choose]); what is done once in a
// process, as the first use of something that outlives a schedule, only this shows.

// A log is what was done in a schedule, as a hash for each operation.
type log struct {
	kept   []uint64 // of the first
	begun  bool
	ended  bool
	at     int  // operations of this schedule
	differ bool // where this one is not as the first: the place is kept
}

// entry takes down an operation of t, or of the clock (nil).
//
//go:norace
func (r *Run) entry(t *Thread) {
	l := &r.log
	if !l.ended {
		l.kept = append(l.kept, r.past)
	} else if r.capture && !l.differ && (l.at >= len(l.kept) || l.kept[l.at] != r.past) {
		l.differ = true
		if t != nil {
			r.where = place(t.place)
		}
	}
	l.at++
}

// again runs the first schedule once more, and reports whether it was the same.
//
//go:norace
func (r *Run) again() bool {
	r.search = search{bound: r.search.bound}
	r.schedule()
	l := &r.log
	same := l.at == len(l.kept) && (l.at == 0 || l.kept[l.at-1] == r.past)
	if r.gone.Load() || r.failure == nil && same {
		return true
	}
	if r.failure == nil || r.failure.Kind != "nondeterministic" {
		r.cut = false
		r.fail("nondeterministic", "the scenario is not a function of the schedule: when its first schedule was run again, another thing happened than before")
	}
	return false
}
