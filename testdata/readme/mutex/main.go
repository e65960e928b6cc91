// What README's section Mutex refers to, and what must come of it.
package main

import "context"

var ctx = context.Background()

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() { block() }
