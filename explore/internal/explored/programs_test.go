package explored_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	gosync "sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/internal/sched"
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

// outcomes runs p under o and gives its final states, "failed" alone if a
// schedule fails.
func (p program) outcomes(o explore.Options) ([]string, explore.Result) {
	set := map[string]bool{}
	res, err := explore.Run(o, func(s *explore.S) {
		ctx, _ := s.Cancelable("ctx")
		w := newWorld(ctx)
		logs := make([][]any, len(p.threads))
		for i, ops := range p.threads {
			s.Go(strconv.Itoa(i), func() {
				for _, o := range ops {
					o.do(w, func(v any) { logs[i] = append(logs[i], v) })
				}
			})
		}
		s.End(func() { set[fmt.Sprint(logs, w.n[0].Load(), w.n[1].Load())] = true })
	})
	if err != nil {
		f := err.(*explore.Failure)
		return []string{f.Kind}, res
	}
	var all []string
	for text := range set {
		all = append(all, text)
	}
	slices.Sort(all)
	return all, res
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
	full, reduced, failed := 0, 0, 0
	for range programs {
		p := newProgram(r)
		want, a := p.outcomes(explore.Options{Preemptions: 1000, Schedules: 5_000})
		if a.Schedules == 5_000 {
			continue // too many to be compared
		}
		got, b := p.outcomes(explore.Options{Preemptions: -1})
		require.Equal(t, want, got, "seed %d: %s", seed, p.text)
		full, reduced = full+a.Schedules, reduced+b.Schedules
		if !b.Exhausted {
			failed++
		}
	}
	t.Logf("%d programs, %d of them fail; %d schedules, %d with the reduction", programs, failed, full, reduced)
	require.Less(t, 2*reduced, full, "the reduction does not reduce")
}
