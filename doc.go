// Package petiole is the front of a toolkit of goroutine-safe concurrency
// primitives. It has no code of its own: import the package that you need.
//
//	github.com/petiole-go/petiole/rcu   snapshots that readers never wait for
//
// README.md says which type is for what, DESIGN.md what holds in all packages.
package petiole
