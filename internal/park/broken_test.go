package park_test

import (
	"testing"

	"github.com/petiole-go/petiole/internal/testkit"
)

// Each guard, when it is taken away, is missed by the test that is for it.
func TestBroken(t *testing.T) {
	for name, c := range map[string]testkit.Change{
		"a waiter that leaves does not look whether it was granted": {
			File: "park.go", Old: "if !w.in {\n\t\treturn false // I3", New: "if false {\n\t\treturn false",
			Run: []string{"TestLeave"}, Want: []string{"park: a waiter that is not in line"},
		},
		"nobody looks at the line after a departure": {
			File: "park.go", Old: "\tlook(&w.left) // I6\n", New: "",
			Run: []string{"TestLineDepartures"},
		},
		"who was granted as its context ended does not take its signal along": {
			File: "park.go", Old: "\tw.consume()\n", New: "",
			Run: []string{"TestGrantBeatsCancel"},
		},
		"a waiter that was granted before it slept sleeps": {
			File: "park.go", Old: "if !t.state.CompareAndSwap(waiting, sleeping) {", New: "if t.state.CompareAndSwap(waiting, sleeping); false {",
			Run: []string{"TestWaitGranted"}, Want: []string{"deadlock"},
		},
		"a sleeper is not signalled": {
			File: "park.go", Old: "if t.state.Swap(granted) != sleeping {", New: "if t.state.Swap(granted) != granted {",
			Run: []string{"TestLineServesInOrder"}, Want: []string{"FAIL"},
		},
		"no yield": {
			File: "park.go", Old: "if w.first && w.yield() {", New: "if false {",
			Run: []string{"TestAllocations"},
		},
		"the node is not zeroed": {
			File: "park.go", Old: "*w = Waiter[V]{} //", New: "w.state.Store(waiting); w.left = Woken{}; w.ticket.next = nil //",
			Run: []string{"TestNothingRetained"},
		},
		"the claim is not looked at": {
			File: "several.go", Old: "w.several == nil || w.several.Claim()", New: "true",
			Run: []string{"TestSeveralLostClaim"}, Want: []string{"FAIL"},
		},
		"a granter that was turned away is not remembered": {
			File: "several.go", Old: "if a.claim.CompareAndSwap(taken, missed) || a.claim.Load() == missed {", New: "if true {",
			Run: []string{"TestSeveralUnclaim"},
		},
		"who was served in one line stays in the others": {
			File: "several.go", Old: "\t\t\ts.w.Leave(s.look)\n", New: "",
			Run: []string{"TestSeveralServedOnce"}, Want: []string{"FAIL"},
		},
	} {
		t.Run(name, func(t *testing.T) { testkit.Broken(t, c) })
	}
}
