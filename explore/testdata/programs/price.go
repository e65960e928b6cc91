package programs

import "sync/atomic"

// A Price is set once, and known from then on.
type Price struct {
	known atomic.Bool
	cents atomic.Int64
}

func (p *Price) Set(cents int64) {
	p.cents.Store(cents)
	p.known.Store(true)
}

func (p *Price) BrokenSet(cents int64) {
	p.known.Store(true) // BUG: who sees this takes the cents that are not there yet
	p.cents.Store(cents)
}

func (p *Price) Get() (cents int64, ok bool) {
	if !p.known.Load() {
		return 0, false
	}
	return p.cents.Load(), true
}
