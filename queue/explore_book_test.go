package queue_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/queue"
)

// A book is what came of the items of a scenario, which are numbers: whether a put said
// that it is in, and how often it came out. Each is written by who has it.
type book struct {
	*explore.S
	in, out [10]int
}

// put notes what came of the put of vs.
func (b *book) put(err error, vs ...int) error {
	if err == nil {
		for _, v := range vs {
			b.in[v]++
		}
	}
	return err
}

// took notes what came of a get.
func (b *book) took(v int, err error) (int, error) {
	if err == nil {
		b.out[v]++
	}
	return v, err
}

// fill puts in as many items as there is room for, from 8 on.
func (b *book) fill(q *queue.Queue[int]) {
	for v := 8; b.put(q.TryPut(v), v) == nil; v++ {
	}
}

// discard notes what CloseNow has taken out.
func (b *book) discard(q *queue.Queue[int]) {
	vs := q.CloseNow()
	for _, v := range vs {
		b.out[v]++
	}
	b.Assert(q.Stats().Discarded == int64(len(vs)), "%v; counts %d", vs, q.Stats().Discarded)
}

// balance is for the end: nobody is in line, and what was put came out once, or is in,
// and nothing else is. The counts are right, too.
func (b *book) balance(qs ...*queue.Queue[int]) {
	puts := 0
	for i, q := range qs {
		st := q.Stats()
		b.Assert(q.InLine() == 0, "%d in line of queue %d", q.InLine(), i)
		b.Assert(st.Len <= st.Peak && st.Peak <= st.Cap, "%+v", st)
		puts += int(st.Puts)
		for _, v := range q.GetAll() {
			b.out[v]++
		}
	}
	for _, n := range b.in {
		puts -= n
	}
	b.Assert(puts == 0, "counts %d too many puts", puts)
	b.Assert(b.in == b.out, "put %v; came out or are in %v", b.in, b.out)
}

// closed says that err is nil or ErrClosed.
func (b *book) closed(err error) error {
	b.Assert(err == nil || errors.Is(err, queue.ErrClosed), "%v", err)
	return err
}

// explored runs a scenario on a queue of each of these capacities.
func explored(t *testing.T, capacities []int, scenario func(b *book, q *queue.Queue[int])) {
	for _, capacity := range capacities {
		t.Run(fmt.Sprint(capacity), func(t *testing.T) {
			explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
				scenario(&book{S: s}, queue.New[int](capacity))
			})
		})
	}
}

var small = []int{0, 1, 2}

// always is a context that does not end.
var always = context.Background()
