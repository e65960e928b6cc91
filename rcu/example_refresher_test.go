package rcu_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/petiole-go/petiole/rcu"
)

// A file is read again by one goroutine for everybody; readers never wait for it.
func ExampleRefresher() {
	dir, _ := os.MkdirTemp("", "rcu")
	defer os.RemoveAll(dir)
	motd := filepath.Join(dir, "motd")
	os.WriteFile(motd, []byte("be kind"), 0o600)

	r := rcu.NewRefresher(func(context.Context, *string) (*string, error) {
		b, err := os.ReadFile(motd)
		s := string(b)
		return &s, err
	}, rcu.Options{Interval: time.Minute, MaxBackoff: time.Hour})
	defer r.Close()

	ctx := context.Background()
	first, err := r.Wait(ctx) // the first snapshot
	fmt.Println(*first, err)

	os.Remove(motd)
	_, err = r.Refresh(ctx)
	fmt.Println(errors.Is(err, os.ErrNotExist), *r.Load()) // what was good goes on

	// Output:
	// be kind <nil>
	// true be kind
}

type cluster struct{ primary string }

// Client reads the state of its cluster without a lock, and lives with its
// refresher: when the client is collected the refresher closes.
type Client struct {
	state   *rcu.Refresher[cluster]
	lookups int
}

func NewClient() *Client {
	c := new(Client)
	c.state = rcu.NewRefresherFor(c, (*Client).lookup, rcu.Options{Interval: 10 * time.Second, MinInterval: 500 * time.Millisecond})
	return c
}

func (c *Client) lookup(ctx context.Context, _ *cluster) (*cluster, error) {
	c.lookups++ // one run at a time
	return &cluster{primary: fmt.Sprintf("db%d", c.lookups)}, nil
}

// A method expression cannot capture the owner, so nothing keeps it alive.
func ExampleNewRefresherFor() {
	c := NewClient()
	state, err := c.state.Wait(context.Background())
	fmt.Println(state.primary, err)
	// Output: db1 <nil>
}

// A thousand callers find that the primary is gone. All of them report the
// snapshot that failed them, and that is one lookup.
func ExampleRefresher_RefreshFrom() {
	lookups := 0
	r := rcu.NewRefresher(func(context.Context, *cluster) (*cluster, error) {
		lookups++
		return &cluster{primary: fmt.Sprintf("db%d", lookups)}, nil
	}, rcu.Options{})
	defer r.Close()
	ctx := context.Background()
	stale, _ := r.Wait(ctx)

	var callers sync.WaitGroup
	for range 1000 {
		callers.Go(func() { r.RefreshFrom(ctx, stale) })
	}
	callers.Wait()
	fmt.Println(r.Load().primary, lookups)
	// Output: db2 2
}

// An election takes a while: whoever needs a primary waits for one.
func ExampleRefresher_WaitFor() {
	election := []string{"", "", "db2"}
	r := rcu.NewRefresher(func(context.Context, *cluster) (*cluster, error) {
		c := &cluster{primary: election[0]}
		election = election[1:]
		return c, nil
	}, rcu.Options{MinInterval: time.Millisecond})
	defer r.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	state, err := r.WaitFor(ctx, func(c *cluster) bool { return c.primary != "" })
	fmt.Println(state.primary, err)
	// Output: db2 <nil>
}

// A send has failed: mark the primary down, without undoing what a refresh has
// published meanwhile, and report the state that says so. Of a thousand senders one
// publishes, all report the same state, and that is one run.
func ExampleRefresher_CompareAndSwap() {
	r := rcu.NewRefresher(func(context.Context, *cluster) (*cluster, error) {
		return &cluster{primary: "db2"}, nil
	}, rcu.Options{MinInterval: 500 * time.Millisecond})
	defer r.Close()
	r.Store(&cluster{primary: "db1"})

	failed := r.Load() // the state that this sender sent by
	if down := new(cluster); r.CompareAndSwap(failed, down) {
		failed = down // else another was faster, and failed is not out any more: reporting it costs nothing
	}
	fmt.Println(r.ScheduleFrom(failed), r.ScheduleFrom(failed))
	// Output: true false
}

// A few named things that are refreshed apart: a map of refreshers in a Cell.
// (For many, or with eviction, use a cache.)
func Example_refreshersInACell() {
	var tenants rcu.Cell[map[string]*rcu.Refresher[string]]
	get := func(tenant string) *rcu.Refresher[string] {
		if m := tenants.Load(); m != nil && (*m)[tenant] != nil {
			return (*m)[tenant] // the usual way costs one atomic load
		}
		m := tenants.Update(func(old *map[string]*rcu.Refresher[string]) *map[string]*rcu.Refresher[string] {
			next := map[string]*rcu.Refresher[string]{}
			if old != nil {
				next = maps.Clone(*old)
			}
			if next[tenant] == nil { // somebody may have been faster
				next[tenant] = rcu.NewRefresher(func(context.Context, *string) (*string, error) {
					plan := "plan of " + tenant
					return &plan, nil
				}, rcu.Options{Interval: time.Hour})
			}
			return &next
		})
		return (*m)[tenant]
	}
	defer func() {
		for _, r := range *tenants.Load() {
			r.Close()
		}
	}()

	plan, err := get("acme").Wait(context.Background())
	again, _ := get("acme").Get()
	fmt.Println(*plan, err, plan == again)
	// Output: plan of acme <nil> true
}

// A panic in a refresh ends nothing: it is an error to all who waited for it.
func ExamplePanicError() {
	r := rcu.NewRefresher(func(context.Context, *cluster) (*cluster, error) {
		var none *cluster
		return &cluster{none.primary}, nil
	}, rcu.Options{})
	_, err := r.Wait(context.Background())
	p, ok := errors.AsType[*rcu.PanicError](err)
	fmt.Println(ok, len(p.Stack) > 0)
	fmt.Println(err)
	// Output:
	// true true
	// rcu: callback panicked: runtime error: invalid memory address or nil pointer dereference
}
