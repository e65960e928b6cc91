package programs

import "sync"

// An Account is not to be overdrawn.
type Account struct {
	mu      sync.Mutex
	balance int
}

func (a *Account) Balance() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.balance
}

func (a *Account) Add(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.balance += n
}

// Withdraw takes n if there is as much.
func (a *Account) Withdraw(n int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.balance < n {
		return false
	}
	a.balance -= n
	return true
}

func (a *Account) BrokenWithdraw(n int) bool {
	if a.Balance() < n {
		return false
	}
	a.Add(-n) // BUG: the balance may not be what it was
	return true
}
