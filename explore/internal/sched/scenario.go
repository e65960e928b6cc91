package sched

// What explore.S, the contexts and the shims ask of the run beside operations.

// Name is the name of t.
func (t *Thread) Name() string { return t.name }

// End has f run when all goroutines have ended.
//
//go:norace
func (r *Run) End(f func()) { r.ends = append(r.ends, f) }

// Epoch is the number of the schedule that runs: no other has it, in this process. (The
// variable Epoch is a time: where the clock begins.)
//
//go:norace
func (r *Run) Epoch() uint64 { return r.epoch }

// Cut reports whether the schedule is being cut short.
//
//go:norace
func (r *Run) Cut() bool { return r.cut }

// Event adds what may happen at any moment from now on, once, or never.
//
//go:norace
func (r *Run) Event(name string, k Kind, o *Obj, f func()) {
	if r.cut {
		return
	}
	t := r.thread(name, event)
	if t == nil {
		r.running.exit()
	}
	t.f = f
	t.Begin(k)
	t.On(o, true)
	t.OnWorld(true)
	t.op.guard = nil
}

// Watch has look called after each step until it reports true: for what changes
// without an operation.
//
//go:norace
func (r *Run) Watch(look func() bool) { r.watched = append(r.watched, look) }

// Withdraw takes the event of o back, when it has happened otherwise.
//
//go:norace
func (r *Run) Withdraw(o *Obj) {
	for _, t := range r.threads {
		if t.state == event && t.op.at(0).id == o.number(r) {
			t.state = ended
		}
	}
}
