package queue_test

import (
	"testing"

	"github.com/petiole-go/petiole/internal/testkit"
)

// Each way of testing in this package sees a fault of the kind that it is for. (The
// guards, each with the test that misses it, are in testdata/mutants.txt.)
func TestBroken(t *testing.T) {
	for name, c := range map[string]testkit.Change{
		"model: who joins is woken with one item unfinished": {
			File: "close.go",
			Old:  "if q.unfinished() > 0 {",
			New:  "if q.unfinished() > 1 {",
			Run:  []string{"TestModel"},
		},
		"histories, bubbles: a TryPut overtakes who waits": {
			File: "queue.go",
			Old:  "case ctx == atOnce:\n\t\treturn nil, ErrFull",
			New:  "case ctx == nil && q.putters.Len() > 0 && q.capacity > 0:\n\t\tq.items.push(v)\n\t\treturn nil, nil\n\tcase ctx == atOnce:\n\t\treturn nil, ErrFull",
			Run:  []string{"TestHistories", "TestQuiet"},
		},
		"histories, storm: an item is lost as its getter gives up": {
			File: "queue.go",
			Old:  "if err == nil {\n\t\t*v, err =",
			New:  "if err == nil {\n\t\terr = ctx.Err()\n\t}\n\tif err == nil {\n\t\t*v, err =",
			Run:  []string{"TestHistories", "TestStorm"},
		},
		"bubbles, storm: who waits for room that is released is stranded": {
			File: "slot.go",
			Old:  "q.admit(&k)\n\tdone = true",
			New:  "done = true",
			Run:  []string{"TestQuiet", "TestStorm"},
		},
		"memory: a place of the ring keeps what was taken": {
			File: "store.go",
			Old:  "clear(r.buf[i : i+1])",
			New:  "",
			Run:  []string{"TestItemsCollectable"},
		},
		"goleak": {
			File: "queue.go",
			Old:  "w.Value.one = *v\n",
			New:  "w.Value.one = *v\n\tgo func() { select {} }()\n",
			Run:  []string{"TestItemsCollectable"},
			Want: []string{"found unexpected goroutines"},
		},
	} {
		t.Run(name, func(t *testing.T) { testkit.Broken(t, c) })
	}
}
