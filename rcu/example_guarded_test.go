package rcu_test

import (
	"context"
	"fmt"

	"github.com/petiole-go/petiole/rcu"
)

// Pool stands for connections to one server.
type Pool struct {
	server string
	closed chan struct{}
}

func NewPool(server string) *Pool { return &Pool{server, make(chan struct{})} }

func (p *Pool) Close() {
	fmt.Println("closed", p.server)
	close(p.closed)
}

// A pool that is replaced is closed after its last reader.
func ExampleGuarded() {
	pools := rcu.NewGuarded(NewPool("db1"), (*Pool).Close)

	r := pools.Acquire()
	pools.Store(NewPool("db2"))
	fmt.Println("still reading", r.Value().server)
	r.Release()

	pools.Close()
	fmt.Println("nothing there:", pools.Acquire().Value() == nil)
	// Output:
	// still reading db1
	// closed db1
	// closed db2
	// nothing there: true
}

// Where closing takes long, it is not to be the time of the reader who happens
// to be the last. Synchronize then says that no reader has an old pool, and not
// that it is closed.
func ExampleGuarded_slowClose() {
	old := NewPool("db1")
	pools := rcu.NewGuarded(old, func(p *Pool) { go p.Close() })

	r := pools.Acquire()
	pools.Store(NewPool("db2"))
	r.Release() // does not wait for Close

	if err := pools.Synchronize(context.Background()); err != nil {
		fmt.Println(err)
	}
	fmt.Println("nobody reads", old.server)
	<-old.closed // which may come later
	// Unordered output:
	// nobody reads db1
	// closed db1
}

// Do holds the value while a function runs, and lets go if that panics, too.
func ExampleGuarded_Do() {
	pools := rcu.NewGuarded(NewPool("db1"), (*Pool).Close)
	query := func() {
		if !pools.Do(func(p *Pool) { fmt.Println("ask", p.server) }) {
			fmt.Println("no server")
		}
	}
	query()
	pools.Close()
	query()
	// Output:
	// ask db1
	// closed db1
	// no server
}
