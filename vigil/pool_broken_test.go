package vigil_test

import (
	"testing"

	"github.com/petiole-go/petiole/internal/testkit"
)

// The pool's model and its storm see it when an R is with two. (The guards, each with the test that misses it, are in
// testdata/mutants.txt.)
func TestPoolBroken(t *testing.T) {
	testkit.Broken(t, testkit.Change{
		File: "pool.go",
		Old:  "h.Value = t\n\t\th.Grant(w)\n\t\treturn\n",
		New:  "h.Value = t\n\t\th.Grant(w)\n",
		Run:  []string{"TestPoolModel", "TestPoolStorm"},
	})
}
