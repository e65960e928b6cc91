package sched

// A fairness keeps those who yield from spinning for ever while another could
// end it, by the rule of CHESS (Musuvathi and Qadeer, "Fair Stateless Model
// Checking", 2008): at each yield from its second on, a thread has to let those
// go first who could have gone all the time since its last yield, and did not.
// One yield is therefore always explored both ways. With Options.Yields n only
// each n-th is taken for one, and n of them are explored. The clock is a thread here,
// which says itself when it has yielded ([clock.fire]); a cancellation is none, as
// nobody may wait for what perhaps never comes.
//
// Where fairness leaves something out, nobody sleeps any more (search.go), and the
// result says so ([Result.Fair]). pass.go is the same for the cases of a select.
//
// All sets are words with a bit for each thread.
type fairness struct {
	yields    [64]int // of each, all of them
	yielders  uint64  // have yielded
	before    uint64  // could go before the last step
	stepped   int     // did the last step
	yielded   bool    // which was a yield
	any       bool    // there was a step
	first     [64]uint64
	could     [64]uint64 // since the last yield of this one, all the time
	hindered  [64]uint64 // by this one, since its last yield
	scheduled [64]uint64 // since the last yield of this one
}

// step notes who does the next step, and whether that is a yield; of the yields only
// each every-th counts. Until somebody has yielded there is nothing to account for.
//
//go:norace
func (f *fairness) step(thread int, yielded bool, every int) {
	if yielded {
		yielded = f.yields[thread]%every == 0
		f.yields[thread]++
	}
	if f.yielders == 0 && !yielded {
		return
	}
	f.stepped, f.yielded, f.any = thread, yielded, true
}

// filter accounts for the last step, now that it is known who can go, and takes
// those out of the candidates who have to wait for others.
//
//go:norace
func (f *fairness) filter(r *Run) {
	if !f.any {
		return
	}
	var now uint64
	for _, c := range r.cands {
		if c.thread == clockBit || r.threads[c.thread].state != event {
			now |= 1 << c.thread
		}
	}
	f.account(now)
	kept := 0
	for _, c := range r.cands {
		if f.first[c.thread]&now == 0 {
			r.cands[kept] = c
			kept++
		}
	}
	if kept > 0 && kept < len(r.cands) {
		r.cands = r.cands[:kept]
		r.result.Fair = true
		r.search.sleep = 0 // what was run in another order was run under other rules
	}
}

// nobody has no bit: what an event does is the step of no thread.
const nobody = 64

// account is the rule: now are those who can go after the last step.
//
//go:norace
func (f *fairness) account(now uint64) {
	t, bit := f.stepped, uint64(1)<<f.stepped
	for u := range f.first {
		f.first[u] &^= bit
		if f.yielders>>u&1 == 1 {
			f.could[u] &= now
			f.scheduled[u] |= bit
		}
	}
	if f.yielders&bit != 0 {
		f.hindered[t] |= f.before &^ now
	}
	if f.yielded {
		if f.yielders&bit != 0 {
			f.first[t] |= (f.could[t] | f.hindered[t]) &^ f.scheduled[t] &^ bit
		}
		f.yielders |= bit
		f.could[t], f.hindered[t], f.scheduled[t] = now, 0, 0
	}
	f.before, f.any = now, f.yielders != 0
	f.yielded = false
	f.stepped = nobody // unless step says another
}
