// What README's section Guarded refers to, and what must come of it.
package main

import (
	"slices"
	"strings"
)

var log []string

type Pool struct{ name string }

func dial(name string) *Pool {
	log = append(log, "open "+name)
	return &Pool{name}
}

func (p *Pool) Send(text string) { log = append(log, "send "+p.name+" "+text) }

func (p *Pool) Close() { log = append(log, "close "+p.name) }

func main() {
	block()
	if want := []string{"open a", "open b", "send a hello", "close a", "close b"}; !slices.Equal(log, want) {
		panic(strings.Join(log, ", "))
	}
}
