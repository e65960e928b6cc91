package signal

import "math/rand/v2"

var ready = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// OneIn reports true once in n times, by chance, as a select chooses between cases
// that are ready. It is done by one up to 3, because package explore sees what a
// select may choose, and goes through it.
func OneIn(n int) bool {
	switch n {
	case 1:
		return true
	case 2:
		select {
		case <-ready:
			return true
		case <-ready:
			return false
		}
	case 3:
		select {
		case <-ready:
			return true
		case <-ready:
			return false
		case <-ready:
			return false
		}
	}
	return rand.IntN(n) == 0
}
