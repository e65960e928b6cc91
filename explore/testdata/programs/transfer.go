package programs

import "sync"

type Purse struct {
	mu    sync.Mutex
	id    int
	coins int
}

// Transfer locks both purses, the one with the lower id first.
func Transfer(from, to *Purse, n int) {
	first, second := from, to
	if second.id < first.id {
		first, second = second, first
	}
	first.mu.Lock()
	defer first.mu.Unlock()
	second.mu.Lock()
	defer second.mu.Unlock()
	from.coins -= n
	to.coins += n
}

func BrokenTransfer(from, to *Purse, n int) {
	from.mu.Lock()
	defer from.mu.Unlock()
	to.mu.Lock() // BUG: who transfers the other way holds this and waits for from
	defer to.mu.Unlock()
	from.coins -= n
	to.coins += n
}
