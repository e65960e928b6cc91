package explored_test

import (
	gocontext "context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	gosync "sync"
	"testing"
	"testing/synctest"
	gotime "time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/shim/context"
	"github.com/petiole-go/petiole/explore/shim/lang"
	"github.com/petiole-go/petiole/explore/shim/time"
)

// A kit is what there is of time and contexts: the real one, in a bubble, and that
// of the shims.
type kit struct {
	now       func() gotime.Time
	sleep     func(gotime.Duration)
	timer     func(gotime.Duration) alarm
	afterFunc func(gotime.Duration, func()) alarm
	ticker    func(gotime.Duration) alarm
	ended     func(<-chan struct{}) bool

	withCancel      func(gocontext.Context) (gocontext.Context, gocontext.CancelFunc)
	withCancelCause func(gocontext.Context) (gocontext.Context, gocontext.CancelCauseFunc)
	withTimeout     func(gocontext.Context, gotime.Duration, error) (gocontext.Context, gocontext.CancelFunc)
	withDeadline    func(gocontext.Context, gotime.Time) (gocontext.Context, gocontext.CancelFunc)
	onEnd           func(gocontext.Context, func()) func() bool
	cause           func(gocontext.Context) error
}

// An alarm is a timer or a ticker.
type alarm struct {
	stop  func() bool
	reset func(gotime.Duration) bool
	get   func() (gotime.Time, bool)
}

func realGet(c <-chan gotime.Time) func() (gotime.Time, bool) {
	return func() (gotime.Time, bool) {
		select {
		case v := <-c:
			return v, true
		default:
			return gotime.Time{}, false
		}
	}
}

func shimGet(c <-chan gotime.Time) func() (gotime.Time, bool) {
	return func() (gotime.Time, bool) {
		r := lang.RecvCase(c)
		ok := lang.Select(false, r) == 0
		return r.Value(), ok
	}
}

var realKit = kit{
	now: gotime.Now, sleep: gotime.Sleep,
	timer: func(d gotime.Duration) alarm {
		x := gotime.NewTimer(d)
		return alarm{x.Stop, x.Reset, realGet(x.C)}
	},
	afterFunc: func(d gotime.Duration, f func()) alarm {
		x := gotime.AfterFunc(d, f)
		return alarm{x.Stop, x.Reset, realGet(x.C)}
	},
	ticker: func(d gotime.Duration) alarm {
		x := gotime.NewTicker(d)
		return alarm{func() bool { x.Stop(); return true }, func(d gotime.Duration) bool { x.Reset(d); return true }, realGet(x.C)}
	},
	ended: func(done <-chan struct{}) bool {
		select {
		case <-done:
			return true
		default:
			return false
		}
	},
	withCancel: gocontext.WithCancel, withCancelCause: gocontext.WithCancelCause, withTimeout: gocontext.WithTimeoutCause,
	withDeadline: gocontext.WithDeadline, onEnd: gocontext.AfterFunc, cause: gocontext.Cause,
}

var shimKit = kit{
	now: time.Now, sleep: time.Sleep,
	timer: func(d gotime.Duration) alarm {
		x := time.NewTimer(d)
		return alarm{x.Stop, x.Reset, shimGet(x.C)}
	},
	afterFunc: func(d gotime.Duration, f func()) alarm {
		x := time.AfterFunc(d, f)
		return alarm{x.Stop, x.Reset, shimGet(x.C)}
	},
	ticker: func(d gotime.Duration) alarm {
		x := time.NewTicker(d)
		return alarm{func() bool { x.Stop(); return true }, func(d gotime.Duration) bool { x.Reset(d); return true }, shimGet(x.C)}
	},
	ended:      func(done <-chan struct{}) bool { return lang.Select(false, lang.RecvCase(done)) == 0 },
	withCancel: context.WithCancel, withCancelCause: context.WithCancelCause, withTimeout: context.WithTimeoutCause,
	withDeadline: context.WithDeadline, onEnd: context.AfterFunc, cause: context.Cause,
}

// A day is a random program of one goroutine that uses a kit, and what it saw.
type day struct {
	kit
	r      *rand.Rand
	log    []string
	mu     gosync.Mutex
	late   []string // by functions of contexts, which have no order
	alarms []alarm
	ctxs   []gocontext.Context
	calls  []func() // cancels, and stops of what comes at the end
	start  gotime.Time
	at     int
}

func (d *day) note(format string, args ...any) {
	d.mu.Lock() // in a bubble all run at once
	defer d.mu.Unlock()
	d.log = append(d.log, fmt.Sprintf(format, args...))
}

// settle lets run what was started.
func (d *day) settle() {
	d.sleep(1)
	d.mu.Lock()
	slices.Sort(d.late)
	d.log = append(d.log, d.late...)
	d.late = nil
	d.mu.Unlock()
}

// some is a length of time, never twice the same sum: equal times have no order.
func (d *day) some() gotime.Duration {
	d.at++
	return gotime.Duration(d.r.IntN(8)*1000+d.at*7) * gotime.Microsecond
}

func (d *day) parent() gocontext.Context { return d.ctxs[d.r.IntN(len(d.ctxs))] }

func (d *day) make(ctx gocontext.Context, cancel func()) {
	d.ctxs = append(d.ctxs, ctx)
	if cancel != nil {
		d.calls = append(d.calls, cancel)
	}
}

type key int

var errMine = errors.New("mine")

// steps are what a day is made of.
var daySteps = []func(d *day){
	func(d *day) { d.sleep(d.some()) },
	func(d *day) { d.alarms = append(d.alarms, d.timer(d.some())) },
	func(d *day) {
		n := len(d.alarms)
		d.alarms = append(d.alarms, d.afterFunc(d.some(), func() { d.note("func %d", n) }))
	},
	func(d *day) { d.alarms = append(d.alarms, d.ticker(d.some()+1)) },
	func(d *day) {
		if n := len(d.alarms); n > 0 {
			d.note("stop %v", d.alarms[d.r.IntN(n)].stop())
		}
	},
	func(d *day) {
		if n := len(d.alarms); n > 0 {
			d.note("reset %v", d.alarms[d.r.IntN(n)].reset(d.some()+1))
		}
	},
	func(d *day) {
		for i, a := range d.alarms {
			if v, ok := a.get(); ok {
				d.note("got %d of %v", i, v.Sub(d.start))
			}
		}
	},
	func(d *day) { ctx, cancel := d.withCancel(d.parent()); d.make(ctx, cancel) },
	func(d *day) {
		ctx, cancel := d.withCancelCause(d.parent())
		d.make(ctx, func() { cancel(errMine) })
	},
	func(d *day) { ctx, cancel := d.withTimeout(d.parent(), d.some()-2000, errMine); d.make(ctx, cancel) },
	func(d *day) { ctx, cancel := d.withDeadline(d.parent(), d.now().Add(d.some())); d.make(ctx, cancel) },
	func(d *day) { d.make(gocontext.WithValue(d.parent(), key(d.at), 1), nil) },
	func(d *day) { d.make(gocontext.WithoutCancel(d.parent()), nil) },
	func(d *day) { ctx, cancel := gocontext.WithCancel(d.parent()); d.make(ctx, cancel) }, // by other code
	func(d *day) {
		n := len(d.ctxs)
		stop := d.onEnd(d.parent(), func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.late = append(d.late, fmt.Sprint("ended ", n))
		})
		d.calls = append(d.calls, func() { d.note("stopped %v", stop()) })
	},
	func(d *day) {
		if n := len(d.calls); n > 0 {
			d.calls[d.r.IntN(n)]()
		}
	},
	func(d *day) {
		for i, ctx := range d.ctxs {
			at, ok := ctx.Deadline()
			d.note("%d %v %v %v %v", i, ctx.Err(), d.cause(ctx), d.ended(ctx.Done()), ok)
			if ok {
				d.note("until %v", at.Sub(d.start))
			}
		}
	},
}

func (k kit) day(seed uint64) []string {
	d := &day{kit: k, r: rand.New(rand.NewPCG(seed, 0)), ctxs: []gocontext.Context{gocontext.Background()}, start: k.now()}
	for range 20 {
		daySteps[d.r.IntN(len(daySteps))](d)
		d.settle()
	}
	for _, a := range d.alarms {
		a.stop()
	}
	for _, f := range d.calls {
		f()
		d.settle()
	}
	d.note("after %v", d.now().Sub(d.start))
	return d.log
}

// As long as time goes on only where all wait, timers and contexts do what the real
// ones do in a bubble: the first schedule is such.
func TestTimeAndContextsAsInABubble(t *testing.T) {
	days := uint64(2000)
	if testing.Short() {
		days = 200
	}
	for seed := range days {
		var want, got []string
		synctest.Test(t, func(*testing.T) { want = realKit.day(seed) })
		_, err := explore.Run(explore.Options{Schedules: 1}, func(s *explore.S) {
			s.Go("day", func() { got = shimKit.day(seed) })
		})
		require.NoError(t, err, "seed %d: %v", seed, want)
		require.Equal(t, want, got, "seed %d", seed)
	}
}
