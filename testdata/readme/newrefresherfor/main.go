// What README's section NewRefresherFor refers to, and what must come of it.
package main

import (
	"context"
	"runtime"
)

type State struct{ Primary string }

func fetch(context.Context, *State) (*State, error) { return &State{"a"}, nil }

func main() {
	c := new(Client)
	state, err := c.Connect(context.Background())
	if err != nil || state.Primary != "a" || c.state.Load() != state {
		panic("not connected")
	}
	runtime.KeepAlive(c)
}
