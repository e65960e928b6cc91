// What README's section Keyed refers to, and what must come of it.
package main

import (
	"context"
	"strings"
	"sync"
)

var ctx = context.Background()

var urls = []string{"a.example/1", "a.example/2", "a.example/3", "b.example/1"}

var fetched sync.WaitGroup

func host(url string) string { return strings.Split(url, "/")[0] }

func fetch(string) { fetched.Done() }

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	fetched.Add(len(urls))
	block()
	fetched.Wait()
}
