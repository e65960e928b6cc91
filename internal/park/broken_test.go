package park_test

import (
	"testing"

	"github.com/petiole-go/petiole/internal/testkit"
)

// The storms see what they are for. (The faults that the other tests see are in
// testdata/mutants.txt.)
func TestBroken(t *testing.T) {
	for name, c := range map[string]testkit.Change{
		"who was granted as its context ended is told that it left": {
			File: "park.go", Old: "w.consume()\n\treturn slept, nil", New: "w.consume()\n\treturn slept, w.ctx.Err()", Run: []string{"TestStormSemaphore"},
		},
		"who was served as its context ended is told that it left": {
			File: "several.go", Old: "return a.served, slept, nil", New: "return a.served, slept, a.ctx.Err()", Run: []string{"TestStormSeveral"},
		},
	} {
		t.Run(name, func(t *testing.T) { testkit.Broken(t, c) })
	}
}
