package vigil_test

import (
	"testing"

	"github.com/petiole-go/petiole/internal/testkit"
)

// Each way of testing in this package sees a fault of the kind that it is for. (The guards, each with the test that
// misses it, are in testdata/mutants.txt.)
func TestBroken(t *testing.T) {
	for name, c := range map[string]testkit.Change{
		"counts: one of many is lost": {
			File: "guard.go",
			Old:  "e.take(Dropped, time.Now())",
			New:  "if e.id%100_000 != 7 {\n\t\t\te.take(Dropped, time.Now())\n\t\t}",
			Run:  []string{"TestDropped"},
		},
		"counts: it is reclaimed twice": {
			File: "job.go",
			Old:  "j.err = j.e.self.call()",
			New:  "_ = j.e.self.call()\n\tj.err = j.e.self.call()",
			Run:  []string{"TestWorkersEnd"},
		},
		"law: counted as live and as pending": {
			File: "entry.go",
			Old:  "k.live--\n\tk.pending++",
			New:  "k.pending++",
			With: []testkit.Change{{File: "job.go", Old: "\tk.pending--\n", New: "\tk.pending--\n\tk.live--\n"}},
			Run:  []string{"TestWorkersEnd"},
		},
		"goleak": {
			File: "reclaim.go",
			Old:  "go k.reclaimer()",
			New:  "go func() { k.reclaimer(); select {} }()",
			Run:  []string{"TestDroppedIsReported"},
			Want: []string{"found unexpected goroutines"},
		},
	} {
		t.Run(name, func(t *testing.T) { testkit.Broken(t, c) })
	}
}
