package rcu_test

import (
	"fmt"
	"slices"

	"github.com/petiole-go/petiole/rcu"
)

// An index of a snapshot is made once for each, when somebody wants it.
func ExampleMap() {
	var users rcu.Cell[[]string]
	index := rcu.Map(&users, func(names *[]string) *map[string]int {
		fmt.Println("indexing", *names)
		m := make(map[string]int)
		for i, name := range *names {
			m[name] = i
		}
		return &m
	})

	users.Store(&[]string{"ada", "grace"})
	fmt.Println("grace is", (*index.Load())["grace"])
	fmt.Println("ada is", (*index.Load())["ada"])

	users.Update(func(old *[]string) *[]string {
		next := slices.Concat([]string{"alan"}, *old)
		return &next
	})
	fmt.Println("grace is", (*index.Load())["grace"])
	// Output:
	// indexing [ada grace]
	// grace is 1
	// ada is 0
	// indexing [alan ada grace]
	// grace is 2
}
