// What README's section Refresher refers to, and what must come of it.
package main

import (
	"context"
	"strings"
)

type State struct{ Primary string }

var (
	ctx  = context.Background()
	runs = 0
	sent []string
)

// fetch finds a dead primary at first, and the new one at the second run.
func fetch(_ context.Context, old *State) (*State, error) {
	runs++
	if old == nil {
		return &State{"dead"}, nil
	}
	return &State{"alive"}, nil
}

func send(addr string) bool {
	sent = append(sent, addr)
	return addr == "alive"
}

func main() {
	block()
	if got := strings.Join(sent, ", "); runs != 2 || got != "dead, alive" {
		panic(got)
	}
}
