package semaphore_test

import (
	"testing"

	"github.com/petiole-go/petiole/internal/testkit"
)

// Each way of testing in this package sees a fault of the kind that it is for. (The
// guards, each with the test that misses it, are in testdata/mutants.txt.)
func TestBroken(t *testing.T) {
	for name, c := range map[string]testkit.Change{
		"all: a permit is lost when its grant meets a cancel": {
			File: "permits.go",
			Old:  "w.Free()\n\treturn err",
			New:  "w.Free()\n\tif err == nil {\n\t\terr = ctx.Err()\n\t}\n\treturn err",
			Run:  []string{"TestHistories", "TestStorm", "TestQuiet", "TestGrantMeetsCancel"},
		},
		"all: what is held is granted again": {
			File: "permits.go",
			Old:  "return w != nil && w.Value.n <= p.limit-p.held",
			New:  "return w != nil && w.Value.n <= p.limit",
			Run:  []string{"TestModel", "TestHistories", "TestStorm"},
		},
		"model: a Try overtakes who waits": {
			File: "semaphore.go",
			Old:  "took := s.permits.take(&s.ledger, n)",
			New:  "took := s.permits.take(&s.ledger, n)\n\tif !took && !s.ledger.closed && n <= s.permits.limit-s.permits.held {\n\t\ts.permits.grant(&s.ledger, n)\n\t\ttook = true\n\t}",
			Run:  []string{"TestModel", "TestTryDoesNotOvertake"},
		},
		"all: one that leaves strands who is behind it": {
			File: "permits.go",
			Old:  "p.serve(l, k) // S2",
			New:  "// S2",
			Run:  []string{"TestModel", "TestQuiet", "TestStorm", "TestCancelledHead"},
		},
		"goleak": {
			File: "leak.go",
			Old:  "go found.f(found.leak)",
			New:  "go func() { defer func() { select {} }(); found.f(found.leak) }()",
			Run:  []string{"TestLeak"},
			Want: []string{"found unexpected goroutines"},
		},
	} {
		t.Run(name, func(t *testing.T) { testkit.Broken(t, c) })
	}
}
