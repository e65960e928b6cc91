package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"syscall"

	"github.com/petiole-go/petiole/vigil"
)

// descriptors is how many a child may have open.
const descriptors = 256

// The pools, by what a socket is bound to.
const naive, ours = "a map by worker", "vigils"

// report is what a child says of itself: once when its workers have ended, and once when its pool is closed.
type report struct {
	sockets
	Talked int            // workers that have talked to the server, and ended
	Ended  map[string]int // how
	Loans  map[string]int // that came back, by their cause
	Lost   int64          // loans that did not
	Error  string         // of the first worker that had one
	EMFILE bool           // it is that of too many open files
}

// child lets all workers work at once, in a process with few descriptors. After each report it waits for a line from
// its parent, which asks the server meanwhile: once the process has gone all sockets are closed, whoever had lost them.
func child(ctx context.Context, o options, stdin io.Reader, stdout io.Writer) error {
	if err := limitDescriptors(); err != nil {
		return err
	}
	answers := bufio.NewReader(stdin)
	tell := func(r report) error {
		if err := json.NewEncoder(stdout).Encode(r); err != nil {
			return err
		}
		_, err := answers.ReadString('\n')
		return err
	}
	k := vigil.New(vigil.Options{CapturePanics: true})
	n := &network{addr: o.addr}
	if o.child == naive {
		p := newByWorker(n)
		r, err := crew(ctx, k, p, o.workers)
		r.sockets = n.counted()
		r.Lost = int64(r.Open)
		err = errors.Join(tell(r), err)
		runtime.KeepAlive(p) // or the collector might find the map, and close what is in it, while the server counts
		return err
	}
	p := newVigils(k, n, o.max)
	r, err := crew(ctx, k, p, o.workers)
	for cause, n := range k.Stats().Reclaimed {
		if n > 0 {
			r.Loans[vigil.Cause(cause).String()] = int(n)
		}
	}
	r.sockets, r.Lost = n.counted(), k.Stats().Live
	if err := errors.Join(err, tell(r), p.Shutdown(ctx)); err != nil {
		return err
	}
	r.sockets = n.counted()
	return errors.Join(tell(r), k.Shutdown(ctx))
}

// crew lets n workers work at once, and returns when all have ended; with the error of the first that had one, which
// ends the others. Of all that the keeper does the naive pool uses only that it captures panics.
func crew(ctx context.Context, k *vigil.Keeper, p pool, n int) (report, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	workers := make([]*vigil.Worker, n)
	for i := range workers {
		workers[i] = k.Go(ctx, "", func(ctx context.Context) error {
			err := work(ctx, p, i)
			if err != nil {
				cancel(fmt.Errorf("worker %d: %w", i, err))
			}
			return err
		})
	}
	r := report{Ended: map[string]int{}, Loans: map[string]int{}}
	for _, w := range workers {
		err := w.Wait()
		if w.Cause() == vigil.Returned && err != nil {
			continue
		}
		r.Talked++
		r.Ended[w.Cause().String()]++
	}
	err := context.Cause(ctx)
	if err != nil {
		r.Error, r.EMFILE = err.Error(), errors.Is(err, syscall.EMFILE)
	}
	return r, err
}
