package vigil_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"

	"github.com/petiole-go/petiole/vigil"
)

// A pool of sockets. Nobody releases them: they come back when the worker that has them ends. After a panic a socket may
// be in the middle of an answer, so then it is closed, and the next worker gets another.
func ExamplePool() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	var server sync.WaitGroup
	server.Go(func() { echo(listener, &server) })
	defer server.Wait()
	defer listener.Close()

	dials := 0
	keeper := vigil.New(vigil.Options{CapturePanics: true})
	sockets := vigil.NewPool(keeper, vigil.PoolOptions[net.Conn]{
		Max: 1,
		New: func(ctx context.Context) (net.Conn, error) {
			dials++
			return new(net.Dialer).DialContext(ctx, "tcp", listener.Addr().String())
		},
		Close: net.Conn.Close,
	})

	ctx := context.Background()
	ask := func(name string, then func() error) {
		worker := keeper.Go(ctx, name, func(ctx context.Context) error {
			socket, err := sockets.Acquire(ctx)
			if err != nil {
				return err
			}
			err = socket.Use(func(c net.Conn) error {
				fmt.Fprintln(c, "hello", name)
				answer, err := bufio.NewReader(c).ReadString('\n')
				fmt.Print(answer)
				return err
			})
			return errors.Join(err, then())
		})
		err := worker.Wait()
		fmt.Printf("  %s (%v); dialed %d, idle %d\n", worker.Cause(), err, dials, sockets.Stats().Idle)
	}
	ask("Anna", func() error { return nil })
	ask("Ben", func() error { return errors.New("too late") })
	ask("Carl", func() error { panic("out of range") })
	ask("Dora", func() error { runtime.Goexit(); return nil })
	ask("Emil", func() error { return nil })

	fmt.Println(keeper.Shutdown(ctx), sockets.Shutdown(ctx))
	// Output:
	// hello Anna
	//   returned (<nil>); dialed 1, idle 1
	// hello Ben
	//   returned (too late); dialed 1, idle 1
	// hello Carl
	//   panicked (vigil: panic: out of range); dialed 1, idle 0
	// hello Dora
	//   goexited (vigil: runtime.Goexit was called); dialed 2, idle 0
	// hello Emil
	//   returned (<nil>); dialed 3, idle 1
	// <nil> <nil>
}

// echo answers each line with itself, until its listener and the connections have been closed.
func echo(listener net.Listener, connections *sync.WaitGroup) {
	for {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		connections.Go(func() {
			defer c.Close()
			_, _ = io.Copy(c, c)
		})
	}
}
