package rcu_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/petiole-go/petiole/rcu"
)

// Routes are read by every request, and replaced as a whole when one changes.
func ExampleCell() {
	var routes rcu.Cell[map[string]string]
	routes.Store(&map[string]string{"/": "index", "/docs": "docs"})

	request := *routes.Load() // what this request sees from now on
	routes.Update(func(old *map[string]string) *map[string]string {
		next := maps.Clone(*old) // readers hold the old one
		next["/docs"] = "manual"
		return &next
	})
	fmt.Println(request["/docs"], (*routes.Load())["/docs"])
	// Output: docs manual
}

// A member of a replica set, of which the client keeps the last five ping times.
type member struct {
	address string
	samples []time.Duration
}

// with is a member that has one more sample, and no more than five.
func (m *member) with(ping time.Duration) *member {
	// WRONG: return &member{m.address, append(m.samples[1:], ping)}
	// If samples has room at its end, that writes into the array of a member
	// that was published. Its readers would see the average change under them.
	return &member{m.address, slices.Concat(m.samples[1:], []time.Duration{ping})}
}

func (m *member) average() (sum time.Duration) {
	for _, s := range m.samples {
		sum += s / time.Duration(len(m.samples))
	}
	return sum
}

// Published means frozen: the copy must not share an array that it writes.
func ExampleCell_Update() {
	samples := make([]time.Duration, 5, 10) // room at the end: append would write there
	for i := range samples {
		samples[i] = 10 * time.Millisecond
	}
	var primary rcu.Cell[member]
	primary.Store(&member{"db1:27017", samples})

	before := primary.Load()
	primary.Update(func(old *member) *member { return old.with(60 * time.Millisecond) })
	primary.Update(func(old *member) *member { return old.with(60 * time.Millisecond) })
	fmt.Println(before.average(), primary.Load().average())
	fmt.Println(samples[:7])
	// Output:
	// 10ms 30ms
	// [10ms 10ms 10ms 10ms 10ms 0s 0s]
}

// A consumer is told of the current value and of each newer one.
func ExampleCell_Changes() {
	var level rcu.Cell[string]
	level.Store(new("info"))

	for now := range level.Changes(context.Background()) {
		fmt.Println("logging at", *now)
		switch *now {
		case "info":
			level.Store(new("warn")) // while the consumer is busy,
			level.Store(new("debug"))
		case "debug": // it skips to the newest
			return
		}
	}
	// Output:
	// logging at info
	// logging at debug
}
