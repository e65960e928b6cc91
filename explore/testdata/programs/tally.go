package programs

import "sync"

// A Tally counts votes.
type Tally struct {
	mu    sync.Mutex
	votes int
}

func (t *Tally) Vote() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.votes++
}

// BUG: a data race. There is nothing here for the scheduler: it takes the race detector
func (t *Tally) RacyVote() { t.votes++ }
