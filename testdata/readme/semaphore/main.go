// What README's section Semaphore refers to, and what must come of it.
package main

import (
	"context"
	"sync"
)

var ctx = context.Background()

var decoded bool

var used sync.WaitGroup

func decode(string) error {
	decoded = true
	return nil
}

func use(string) { used.Done() }

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	used.Add(1)
	block()
	used.Wait()
	if !decoded {
		panic("not decoded")
	}
}
