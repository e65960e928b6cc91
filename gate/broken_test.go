package gate_test

import (
	"testing"

	"github.com/petiole-go/petiole/internal/testkit"
)

// The race of a notification and a cancellation sees what it is for. (The faults that the other
// tests see are in testdata/mutants.txt.)
func TestBroken(t *testing.T) {
	testkit.Broken(t, testkit.Change{
		File: "cond.go",
		Old:  "heard = false\n\treturn err",
		New:  "heard = false\n\tif ctx.Err() != nil {\n\t\terr = ctx.Err()\n\t}\n\treturn err",
		Run:  []string{"TestCondNotifyMeetsCancel"},
	})
}
