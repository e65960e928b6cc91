package main

import (
	"sync/atomic"
	"testing"
)

func increment(n *atomic.Int64) { n.Add(1) }

// Without the command explore the scenario is stress, and passes.
func main() {
	testing.Init()
	all := func(string, string) (bool, error) { return true, nil }
	if !testing.RunTests(all, []testing.InternalTest{{Name: "TestExploreCounter", F: TestExploreCounter}}) {
		panic("the scenario failed")
	}
}
