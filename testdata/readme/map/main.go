// What README's section Map refers to, and what must come of it.
package main

import "github.com/petiole-go/petiole/rcu"

type Member struct{ Name, Addr string }

var members rcu.Cell[[]Member]

var sent string

func send(addr string) { sent = addr }

func main() {
	members.Store(&[]Member{{"a", "a:1"}, {"b", "b:1"}})
	block()
	if sent != "a:1" {
		panic("sent to " + sent)
	}
}
