// What README's section Cell refers to, and what must come of it.
package main

type Table map[string]string

var served string

func serve(page string) { served = page }

func main() {
	block()
	if served != "about us" {
		panic("served " + served)
	}
}
