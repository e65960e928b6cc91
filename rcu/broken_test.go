package rcu_test

import (
	"testing"

	"github.com/petiole-go/petiole/internal/testkit"
)

// pause has each reader pause between counting itself in and looking again, where a
// Store meets it.
var pause = testkit.Change{
	File: "guarded.go",
	Old:  "one.n.Add(1)\n\t\tif g.current",
	New:  "one.n.Add(1)\n\t\truntime.Gosched()\n\t\tif g.current",
}

// Each way of testing in this package sees a fault of the kind that it is for. (The
// guards, each with the test that misses it, are in testdata/mutants.txt.)
func TestBroken(t *testing.T) {
	for name, c := range map[string]testkit.Change{
		"torture: one who will be turned away is forgotten": {
			File: "guarded_count.go",
			Old:  "if c.n.Add(-1) == over {",
			New:  "if c.n.Add(-1) < 0 {",
			Run:  []string{"TestGuardedTorture"},
			With: []testkit.Change{pause},
		},
		"histories, torture: writers do not take turns": {
			File: "cell.go",
			Old:  "c.mu.Lock()\n\tdefer func() { // deferred, for a next that panics or exits\n\t\tc.mu.Unlock()\n",
			New:  "defer func() {\n",
			Run:  []string{"TestCellHistories", "TestCellTorture"},
		},
		"bubbles: one whose run has ended meanwhile waits on": {
			File: "refresher_wait.go",
			Old:  "for n != nil && n.then != nil {",
			New:  "for false {",
			Run:  []string{"TestRefresherStorm"},
		},
		"model: the current value is stored again": {
			File: "guarded.go",
			Old:  "case old.v != v:",
			New:  "case true:",
			Run:  []string{"TestGuardedModel"},
		},
		"goleak": {
			File: "cell.go",
			Old:  "var crowd *signal.Crowd[struct{}]\n",
			New:  "var crowd *signal.Crowd[struct{}]\n\tgo func() { select {} }()\n",
			Run:  []string{"TestCellUpdateFails"},
			Want: []string{"found unexpected goroutines"},
		},
	} {
		t.Run(name, func(t *testing.T) { testkit.Broken(t, c) })
	}
}

// The torture passes where each reader pauses between counting itself in and
// looking again, so that many meet the Store, and retire runs in their Acquire.
func TestGuardedAcquireRetires(t *testing.T) {
	slow := pause
	slow.Run, slow.Want = []string{"TestGuardedTorture"}, []string{"retire ran in Acquire: true"}
	testkit.Slowed(t, slow)
}
