// What README's section Event refers to, and what must come of it.
package main

import (
	"context"
)

var ctx = context.Background()

var warm bool

func warmUp() { warm = true }

func check(err error) {
	if err != nil || !warm {
		panic("open before it is warm")
	}
}

func main() {
	block()
}
