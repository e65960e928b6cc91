package vigil_test

import (
	"context"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/vigil"
)

// apart are pairs that are not raced, and why.
var apart = map[[2]string]string{
	{"return", "drop"}:       "a guard that a worker keeps is not dropped",
	{"return", "return"}:     "a worker returns once",
	{"cancel", "cancel"}:     "a context ends once",
	{"expire", "expire"}:     "a lease ends once",
	{"drop", "drop"}:         "a guard is collected once",
	{"Shutdown", "Shutdown"}: "both return nil, so nobody can tell which was first: TestExploreDecision",
}

// A round is a guard, and who pulls at it.
type round struct {
	k      *vigil.Keeper
	g      *vigil.Guard[int]
	cancel func()
	leave  chan struct{} // closed: the worker returns
	w      *vigil.Worker
	cause  atomic.Int64 // of the reclaim; -1: none
	told   [2]told
}

func (r *round) reclaim(_ int, rec vigil.Record) error {
	if r.cause.Swap(int64(rec.Cause)) != -1 {
		panic("reclaimed again")
	}
	return nil
}

func (r *round) pull(x trigger) told {
	switch x.name {
	case "Release":
		return heard(r.g.Release() == nil)
	case "Detach":
		_, ok := r.g.Detach()
		return heard(ok)
	case "return":
		close(r.leave)
	case "cancel":
		r.cancel()
	case "expire":
		vigil.Expire(r.g)
	case "drop":
		vigil.Drop(r.g)
	case "Shutdown":
		_ = r.k.Shutdown(ended)
	}
	return nothing
}

// ended has a Shutdown not wait for what the other trigger has still to do.
var ended = testkit.Ended()

// begin makes the guard of a round, which both triggers end.
func (r *round) begin(t *testing.T, k *vigil.Keeper, needs needs) {
	r.k = k
	r.told = [2]told{}
	r.cause.Store(-1)
	ctx := always
	r.cancel = func() {}
	if needs&aContext != 0 {
		ctx, r.cancel = context.WithCancel(always)
	}
	var o []vigil.BindOption
	if needs&aLease != 0 {
		o = append(o, vigil.Lease(time.Hour))
	}
	var err error
	r.g, err = vigil.Bind(ctx, k, 1, r.reclaim, o...)
	require.NoError(t, err)
	vigil.Keep(r.g)
	if needs&aWorker != 0 {
		leave := make(chan struct{})
		r.leave = leave
		r.w = k.Go(ctx, "w", func(context.Context) error { <-leave; return nil })
		require.NoError(t, r.g.Transfer(r.w))
	}
}

// end waits until a round is over, and returns whether x has won.
func (r *round) end(t *testing.T, x, y trigger) bool {
	<-r.g.Done()
	if r.w != nil {
		_ = r.w.Wait()
	}
	r.cancel()
	cause := vigil.Cause(max(0, r.cause.Load()))
	first := cause == x.cause
	if x.cause == y.cause {
		first = r.told[0] == won
	}
	for i, z := range []trigger{x, y} {
		if has := first == (i == 0); r.told[i] != nothing && has != (r.told[i] == won) || has && cause != z.cause {
			t.Fatalf("%v has won, and %s was told %d", cause, z.name, r.told[i])
		}
	}
	return first
}

// Two goroutines pull the two triggers of each pair that can meet, at a hundred thousand guards, one after the other. Who
// loses has less to do, and so catches up with the other: they are close together, and each has won a hundred
// times or more. Each time R was reclaimed once, or detached, and the loser was told; and Stats, which are looked at all
// the while, never lose a guard. V1
func TestPairs(t *testing.T) {
	rounds := 100_000
	if testing.Short() || raced() {
		rounds /= 10
	}
	for i, x := range triggers {
		for _, y := range triggers[i:] {
			name := x.name + " and " + y.name
			if why := apart[[2]string{x.name, y.name}]; why != "" {
				t.Logf("%-24s not raced: %s", name, why)
				continue
			}
			began := time.Now()
			wins := pulled(t, x, y, rounds)
			t.Logf("%-24s %6d and %6d, %v", name, wins, rounds-wins, time.Since(began).Round(time.Millisecond))
			require.GreaterOrEqual(t, min(wins, rounds-wins), rounds/1000, name)
		}
	}
}

// raced reports whether the race detector is on, with which all takes ten times as long.
func raced() bool {
	info, _ := debug.ReadBuildInfo()
	return slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// pulled returns how often x has won.
func pulled(t *testing.T, x, y trigger, rounds int) (wins int) {
	var current atomic.Pointer[vigil.Keeper]
	keeper := func() *vigil.Keeper {
		k := vigil.New(vigil.Options{})
		current.Store(k)
		return k
	}
	k := keeper()
	stop := make(chan struct{})
	var looks sync.WaitGroup
	looks.Go(func() {
		for tick := time.NewTicker(100 * time.Microsecond); ; {
			select {
			case <-stop:
				tick.Stop()
				return
			case <-tick.C:
			}
			if is := current.Load().Stats(); is.Bound != bound(is) {
				t.Errorf("%+v", is)
			}
		}
	})
	defer looks.Wait()
	defer close(stop)

	batch := make([]round, 200)
	for n := 0; n < rounds; n += len(batch) {
		for i := range batch {
			if y.name == "Shutdown" {
				k = keeper()
			}
			batch[i].begin(t, k, x.needs|y.needs)
		}
		var both sync.WaitGroup
		first := n / len(batch) % 2
		for _, i := range []int{first, 1 - first} {
			z := []trigger{x, y}[i]
			both.Go(func() {
				for j := range batch {
					batch[j].told[i] = batch[j].pull(z)
					if x.cause == vigil.Canceled { // which takes a goroutine to get there
						runtime.Gosched()
					}
				}
			})
		}
		both.Wait()
		for i := range batch {
			if batch[i].end(t, x, y) {
				wins++
			}
			if i == len(batch)-1 || batch[i+1].k != batch[i].k {
				conserved(t, batch[i].k.Stats())
			}
		}
	}
	return wins
}
