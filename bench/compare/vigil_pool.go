package compare

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/puddle/v2"

	"github.com/petiole-go/petiole/bench/internal/suite"
	"github.com/petiole-go/petiole/vigil"
)

// A lent is what a pool lends: it counts its loans, which is safe if one at a time has it.
type lent struct{ loans uint64 }

// A stock opens what a pool lends, and knows all of it.
type stock struct {
	mu  sync.Mutex
	all []*lent
}

func (s *stock) open(context.Context) (*lent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := new(lent)
	s.all = append(s.all, l)
	return l, nil
}

// loans is how often something was lent, in all.
func (s *stock) loans() (n uint64) {
	for _, l := range s.all {
		n += l.loans
	}
	return n
}

// lenders acquire what is lent and give it back, so many times in a row; or also use it and hold it for a turn of the
// scheduler. They call what is measured directly.
var lenders = []struct {
	name, differs string
	ours          bool
	make          func(s *stock, most int) (lend func(ctx context.Context, times uint64, hold bool) error, out func() int, end func())
}{
	{"Pool", "", true, func(s *stock, most int) (func(context.Context, uint64, bool) error, func() int, func()) {
		p := vigil.NewPool(vigil.New(vigil.Options{}), vigil.PoolOptions[*lent]{Max: most, New: s.open})
		lend := func(ctx context.Context, times uint64, hold bool) error {
			for range times {
				g, err := p.Acquire(ctx)
				if err != nil {
					return err
				}
				if hold {
					if err := g.Use(use); err != nil {
						return err
					}
				}
				if err := g.Release(); err != nil {
					return err
				}
			}
			return nil
		}
		return lend, func() int { return p.Stats().InUse }, func() { _ = p.Shutdown(context.Background()) }
	}},
	{"puddle", "whoever has the resource may go on with it after the release; what is not given back is lost, and its place with it", false, func(s *stock, most int) (func(context.Context, uint64, bool) error, func() int, func()) {
		p, err := puddle.NewPool(&puddle.Config[*lent]{MaxSize: int32(most), Constructor: s.open, Destructor: func(*lent) {}})
		if err != nil {
			panic(err)
		}
		lend := func(ctx context.Context, times uint64, hold bool) error {
			for range times {
				r, err := p.Acquire(ctx)
				if err != nil {
					return err
				}
				if hold {
					_ = use(r.Value())
				}
				r.Release()
			}
			return nil
		}
		return lend, func() int { return int(p.Stat().AcquiredResources()) }, p.Close
	}},
	{"select", "a channel with all of them in it: nothing is opened when needed, or closed; what is not given back is lost", false, func(s *stock, most int) (func(context.Context, uint64, bool) error, func() int, func()) {
		p := make(chan *lent, most)
		for range most {
			l, _ := s.open(context.Background())
			p <- l
		}
		lend := func(ctx context.Context, times uint64, hold bool) error {
			for range times {
				select {
				case l := <-p:
					if hold {
						_ = use(l)
					}
					p <- l
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		}
		return lend, func() int { return most - len(p) }, func() {}
	}},
}

func use(l *lent) error {
	l.loans++
	runtime.Gosched()
	return nil
}

// vigilPool asks what a loan costs.
func vigilPool() *suite.Comparison {
	var impls []suite.Impl
	for _, l := range lenders {
		impls = append(impls, suite.Impl{Name: l.name, Ours: l.ours, Differs: l.differs, Bench: func(b *testing.B, s suite.Shape) {
			most := s.With.(int)
			var all stock
			lend, out, end := l.make(&all, most)
			defer end()
			c := newCrew(b)
			var next atomic.Uint64
			each, hold := uint64(64), s.N > 1
			if hold {
				each = perTurn
			}
			for range s.N {
				c.add(func(ctx context.Context) {
					for _, n := c.claim(&next, each); n > 0; _, n = c.claim(&next, each) {
						if err := lend(ctx, n, hold); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			c.work()
			if out() != 0 || len(all.all) > most {
				b.Fatalf("%d of %d are still out, %d were opened", out(), most, len(all.all))
			}
			if n := all.loans(); hold && n != c.items {
				b.Fatalf("%d of %d loans counted: two had the same", n, c.items)
			}
		}})
	}
	shape := func(n, most int) suite.Shape {
		return suite.Shape{Name: fmt.Sprintf("%dgoroutines-%dresources", n, most), N: n, From: suite.Full, FromOne: suite.Full, With: most}
	}
	return &suite.Comparison{
		Name:     "vigil-pool",
		Question: "A pool lends a resource, which is given back: what does a loan cost, for one goroutine, and for many that wait for few?",
		Units:    []string{"ns/op", "B/op"},
		Sample:   5 * time.Millisecond,
		Notes: []string{
			"The figure is elapsed time per loan, all goroutines together. Alone it is acquired and given back, no more. Others also count the loan in what was lent, inside of Use if there is one, and hold it for a turn of the scheduler.",
			"Each goroutine has a context of its own, which can be cancelled and is not. Pool and puddle serve in order; with a channel who runs may come again before others have had a turn.",
			"At most 4 allocations are promised for a loan of Pool, and a test holds it. A loan has a guard of its own: with one that is used again a late Release would take what somebody else was lent since.",
			"Something still lent in the end, or lent to two at once, or more opened than the pool may have fail the run.",
		},
		Impls: impls,
		Shapes: []suite.Shape{
			{Name: "alone", N: 1, From: suite.Never, FromOne: suite.Default, With: 1},
			shape(4, 8),
			shape(64, 4),
		},
		Bars: []suite.Bar{
			{Text: "at most 4x puddle", Subject: "Pool", Rival: "puddle", Unit: "ns/op", Max: 4, On: func(s suite.Shape) bool { return s.N == 1 }},
		},
	}
}
