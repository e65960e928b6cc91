package explored_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	gosync "sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore/internal/sched"
	"github.com/petiole-go/petiole/explore/internal/virtual"
	"github.com/petiole-go/petiole/explore/shim/lang"
	"github.com/petiole-go/petiole/explore/shim/sync"
	"github.com/petiole-go/petiole/explore/shim/sync/atomic"
	"github.com/petiole-go/petiole/explore/shim/time"
)

// A program is a few goroutines of a few operations each, on shared objects of
// every kind there is. What each of them saw, in its order, is its final state.
type program struct {
	text    string
	threads [][]op
}

// op does one operation in a world and tells what it saw.
type op struct {
	name string
	do   func(w *world, log func(any))
}

// world is what the goroutines of one run share.
type world struct {
	n     [2]atomic.Int64
	mu    [2]sync.Mutex
	rw    sync.RWMutex
	cond  *sync.Cond
	once  sync.Once
	wg    sync.WaitGroup
	m     sync.Map
	chans [3]chan int // the last one has room for one
	ctx   context.Context
	timer *time.Timer

	started gosync.WaitGroup // by the go statements: a real one, for whom nobody schedules
}

func newWorld(ctx context.Context) *world {
	w := &world{chans: [3]chan int{make(chan int), make(chan int), make(chan int, 1)}}
	w.cond = sync.NewCond(&w.mu[0])
	w.ctx = ctx
	w.timer = time.NewTimer(10)
	w.wg.Add(1)
	return w
}

// kinds make an op of each kind, at random objects.
var kinds = []func(r *rand.Rand) op{
	func(r *rand.Rand) op {
		i := r.IntN(2)
		return op{fmt.Sprint("load", i), func(w *world, log func(any)) { log(w.n[i].Load()) }}
	},
	func(r *rand.Rand) op {
		i, v := r.IntN(2), int64(r.IntN(9))
		return op{fmt.Sprint("store", i), func(w *world, log func(any)) { w.n[i].Store(v) }}
	},
	func(r *rand.Rand) op {
		i := r.IntN(2)
		return op{fmt.Sprint("add", i), func(w *world, log func(any)) { log(w.n[i].Add(10)) }}
	},
	func(r *rand.Rand) op {
		i := r.IntN(2)
		return op{fmt.Sprint("cas", i), func(w *world, log func(any)) { log(w.n[i].CompareAndSwap(0, 1)) }}
	},
	func(r *rand.Rand) op {
		i, j := r.IntN(2), r.IntN(2)
		return op{fmt.Sprint("locked", i, j), func(w *world, log func(any)) {
			w.mu[i].Lock()
			log(w.n[j].Add(1))
			w.mu[i].Unlock()
		}}
	},
	func(r *rand.Rand) op {
		i := r.IntN(2)
		return op{fmt.Sprint("trylock", i), func(w *world, log func(any)) {
			ok := w.mu[i].TryLock()
			log(ok)
			if ok {
				w.mu[i].Unlock()
			}
		}}
	},
	func(r *rand.Rand) op {
		return op{"rlocked", func(w *world, log func(any)) {
			w.rw.RLock()
			log(w.n[0].Load())
			w.rw.RUnlock()
		}}
	},
	func(r *rand.Rand) op {
		return op{"wlocked", func(w *world, log func(any)) {
			w.rw.Lock()
			w.n[0].Store(5)
			w.rw.Unlock()
		}}
	},
	func(r *rand.Rand) op {
		i := r.IntN(3)
		return op{fmt.Sprint("send", i), func(w *world, log func(any)) { lang.Send(w.chans[i])(i) }}
	},
	func(r *rand.Rand) op {
		i := r.IntN(3)
		return op{fmt.Sprint("recv", i), func(w *world, log func(any)) { log(lang.Recv(w.chans[i])) }}
	},
	func(r *rand.Rand) op {
		i := r.IntN(3)
		return op{fmt.Sprint("trysend", i), func(w *world, log func(any)) {
			log(lang.Select(false, lang.SendCase(w.chans[i])(7)))
		}}
	},
	func(r *rand.Rand) op {
		i, j := r.IntN(3), r.IntN(3)
		return op{fmt.Sprint("tryrecv", i, j), func(w *world, log func(any)) {
			a, b := lang.RecvCase(w.chans[i]), lang.RecvCase(w.chans[j])
			log(lang.Select(false, a, b))
			log(a.Value() + b.Value())
		}}
	},
	func(r *rand.Rand) op {
		i, j := r.IntN(3), r.IntN(3)
		return op{fmt.Sprint("select", i, j), func(w *world, log func(any)) {
			a, c := lang.RecvCase(w.chans[i]), lang.RecvCase(w.ctx.Done())
			log(lang.Select(true, a, lang.SendCase(w.chans[j])(8), c))
			log(a.Value())
		}}
	},
	func(r *rand.Rand) op {
		i := r.IntN(3)
		return op{fmt.Sprint("recvctx", i), func(w *world, log func(any)) {
			a, c := lang.RecvCase(w.chans[i]), lang.RecvCase(w.ctx.Done())
			log(lang.Select(true, a, c))
		}}
	},
	func(r *rand.Rand) op {
		i := r.IntN(3)
		return op{fmt.Sprint("len", i), func(w *world, log func(any)) { log(lang.LenRecv(w.chans[i])) }}
	},
	func(r *rand.Rand) op {
		return op{"err", func(w *world, log func(any)) { log(w.ctx.Err()) }}
	},
	func(r *rand.Rand) op {
		return op{"once", func(w *world, log func(any)) { w.once.Do(func() { log(w.n[1].Load()) }) }}
	},
	func(r *rand.Rand) op {
		return op{"timer", func(w *world, log func(any)) {
			log(lang.Select(false, lang.RecvCase(w.timer.C)))
			log(time.Now().Nanosecond())
		}}
	},
	func(r *rand.Rand) op {
		d := time.Duration(5 + 5*r.IntN(3))
		return op{fmt.Sprint("sleep", d), func(w *world, log func(any)) { time.Sleep(d) }}
	},
	func(r *rand.Rand) op {
		return op{"map", func(w *world, log func(any)) { log(fmt.Sprint(w.m.LoadOrStore("k", 1))) }}
	},
	func(r *rand.Rand) op {
		return op{"signal", func(w *world, log func(any)) { w.cond.Signal() }}
	},
	func(r *rand.Rand) op {
		return op{"wait", func(w *world, log func(any)) {
			w.mu[0].Lock()
			if w.n[0].Load() == 0 {
				w.cond.Wait()
			}
			log(w.n[0].Load())
			w.mu[0].Unlock()
		}}
	},
	gosched,
	func(r *rand.Rand) op {
		i := 1 + r.IntN(2)
		return op{fmt.Sprint("go", i), func(w *world, log func(any)) {
			w.started.Add(1)
			lang.Go(func() { w.n[i%2].Add(100); w.started.Done() })
		}}
	},
}

func gosched(*rand.Rand) op {
	return op{"gosched", func(w *world, log func(any)) { lang.Gosched() }}
}

func newProgram(r *rand.Rand) program {
	var p program
	var text []string
	few := r.Perm(len(kinds))[:2+r.IntN(4)] // of few kinds, so that they meet
	for range 2 + r.IntN(2) {
		var ops []op
		var names []string
		for range 1 + r.IntN(3) {
			o := kinds[few[r.IntN(len(few))]](r)
			ops, names = append(ops, o), append(names, o.name)
		}
		p.threads = append(p.threads, ops)
		text = append(text, strings.Join(names, "; "))
	}
	p.text = strings.Join(text, " | ")
	return p
}

// outcomes runs at most as many schedules of p, without a bound, and gives its final
// states; the kind of a failure if one fails.
func (p program) outcomes(reduce bool, most, yields int) ([]string, sched.Result) {
	set := map[string]bool{}
	o := sched.Options{Bound: -1, Reduce: reduce, Schedules: most, Steps: 1000, Yields: yields, Scenario: func(r *sched.Run) {
		body := sched.Current()
		ctx, _ := virtual.Cancelable(body, "ctx")
		w := newWorld(ctx)
		logs := make([][]any, len(p.threads))
		for i, ops := range p.threads {
			body.Go(strconv.Itoa(i), func() {
				for _, o := range ops {
					o.do(w, func(v any) { logs[i] = append(logs[i], v) })
				}
			})
		}
		r.End(func() { set[fmt.Sprint(logs, w.n[0].Load(), w.n[1].Load())] = true })
	}}
	res, f, err := sched.Explore(o)
	if err != nil {
		panic(err)
	}
	if f != nil {
		return []string{f.Kind}, res
	}
	return slices.Sorted(maps.Keys(set)), res
}

// The reduction leaves out no final state: on random programs there are the same
// ones as without.
func TestReductionKeepsFinalStates(t *testing.T) {
	again(t)
	programs, seed := 200, uint64(1)
	if sched.Raced || testing.Short() {
		programs = 20
	}
	if n, err := strconv.Atoi(os.Getenv("PROGRAMS")); err == nil {
		programs = n
		seed = rand.Uint64()
	}
	r := rand.New(rand.NewPCG(seed, 0))
	const most = 1_000 // else there are too many to be compared
	full, reduced, compared, failed := 0, 0, 0, 0
	for compared < programs {
		p := newProgram(r)
		want, a := p.outcomes(false, most, 1)
		if a.Schedules == most {
			continue
		}
		got, b := p.outcomes(true, 0, 1)
		require.Equal(t, want, got, "seed %d: %s", seed, p.text)
		full, reduced = full+a.Schedules, reduced+b.Schedules
		if b.Exhausted {
			compared++
		} else {
			failed++
		}
	}
	t.Logf("%d programs, and %d that fail; %d schedules, %d with the reduction", compared, failed, full, reduced)
	require.Less(t, 2*reduced, full, "the reduction does not reduce")
}
