package queue_test

import (
	"context"
	"fmt"
	"hash/maphash"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/queue"
)

// A linear queue is what explains a history: a list of items and an amount of room, on
// which calls are made one after the other, a batch as one part for each of its items.
// It knows nothing of lines. So it believes each ErrFull and ErrEmpty of a rendezvous
// queue, and lets anybody in who puts where there is room; who is first in line is for
// [model], and who waits in vain for [TestQuiet].
type linear struct {
	order    string
	capacity int
}

// A moment is a linear queue between two parts. Items are bytes, as they are
// to be taken.
type moment struct {
	items        string
	slots        int
	closed, void bool
	in           [4]int // by client, the parts of its PutBatch that have been
	taking       int    // whose GetBatch has taken some and not all, counted from 1; 0: nobody's
}

// A part is a call, or of a batch what came of one item.
type part struct {
	do       string
	put, got string // ids
	err      error
	client   int
	batch    bool
	i        int // of the batch
	last     bool
}

// split makes parts of calls. What ended with its context has had no effect, wherever it
// is put, and is left out.
func (l linear) split(h []porcupine.Operation) [][]porcupine.Operation {
	var parts []porcupine.Operation
	for _, op := range h {
		c, o := op.Input.(call), op.Output.(outcome)
		add := func(p part) {
			p.client, p.put, p.got = op.ClientId, ids(c.vs), ids(o.got)
			if p.batch && p.err == nil {
				p.put, p.got = ids(c.vs[p.i:p.i+1]), ids(o.got[min(p.i, len(o.got)):min(p.i+1, len(o.got))])
			}
			op.Input = p
			parts = append(parts, op)
		}
		if c.do != "put batch" && c.do != "get batch" {
			if o.err != context.Canceled {
				add(part{do: c.do, err: o.err})
			}
			continue
		}
		do, ends := c.do[:3], o.err == queue.ErrClosed
		for i := range o.n {
			add(part{do: do, batch: true, i: i, last: i == o.n-1 && !ends})
		}
		if ends {
			add(part{do: do, batch: true, i: o.n, last: true, err: o.err})
		}
	}
	return [][]porcupine.Operation{parts}
}

// step is whether p may come next, and what is then.
//
// What is handed to somebody is in for no time: the queue has one item more than it may,
// and the next part takes one. So is an item that competes, on a full queue whose
// order is not that of arrival.
func (l linear) step(s moment, p part) (bool, moment) {
	used := len(s.items) + s.slots
	gets := p.do == "get" || p.do == "try get"
	waits := p.do == "put" || p.do == "reserve" // and may be let in by who takes
	switch {
	case l.capacity >= 0 && used > l.capacity && !gets:
		return false, s
	case s.taking > 0 && !waits && !(gets && s.taking == p.client+1):
		return false, s // a GetBatch is not interrupted
	case p.batch && p.do == "put":
		if p.i != s.in[p.client] {
			return false, s
		}
		if s.in[p.client]++; p.last {
			s.in[p.client] = 0
		}
	case p.batch && p.do == "get":
		if (p.i > 0) != (s.taking > 0) {
			return false, s
		}
		if s.taking = p.client + 1; p.last {
			s.taking = 0
		}
	}
	drained := s.closed && used == 0
	roomy := l.capacity < 0 || used < l.capacity
	competes := used == l.capacity && p.do == "put" && l.order != "FIFO" && s.items != ""
	switch p.err {
	case queue.ErrFull:
		return !s.closed && !roomy, s
	case queue.ErrEmpty:
		return !drained && s.items == "", s
	case queue.ErrClosed:
		if p.do == "slot put" {
			return s.void, s
		}
		return drained || s.closed && !gets, s
	}
	switch p.do {
	case "put", "try put":
		s.items = l.push(s.items, p.put)
		return !s.closed && (roomy || competes || l.capacity == 0), s
	case "reserve":
		s.slots++
		return !s.closed && roomy, s
	case "slot put":
		s.items = l.push(s.items, p.put)
		s.slots--
		return !s.void, s
	case "slot release":
		if !s.void {
			s.slots--
		}
		return true, s
	case "get", "try get":
		rest, ok := strings.CutPrefix(s.items, p.got)
		s.items = rest
		return ok, s
	case "peek":
		return p.got == s.items[:min(1, len(s.items))], s
	case "close":
		s.closed = true
		return true, s
	default: // get all, close now
		ok := p.got == s.items
		if s.items = ""; p.do == "close now" {
			s.closed, s.void, s.slots = true, true, 0
		}
		return ok, s
	}
}

// push is items with id where it belongs.
func (l linear) push(items, id string) string {
	at := len(items)
	switch l.order {
	case "LIFO":
		at = 0
	case "priority":
		for at > 0 && rank(int(id[0])) < rank(int(items[at-1])) {
			at--
		}
	}
	return items[:at] + id + items[at:]
}

func rank(id int) int { return id % 3 }

func ids(vs []item) string {
	b := make([]byte, len(vs))
	for i, v := range vs {
		b[i] = byte(v.id)
	}
	return string(b)
}

// An asker is a client of a queue.
type asker struct {
	*testkit.Client
	q    *queue.Queue[item]
	slot *reserved // that is out
	came map[error]*atomic.Int64
}

// ask asks one thing, whose context ends after some yields: there may be nobody to take
// what is put, or to put what is wanted.
func (a *asker) ask() (any, any) {
	c := call{do: []string{
		"put", "put", "put", "try put", "put batch", "put batch", "reserve",
		"get", "get", "get", "try get", "get batch", "get batch", "get all", "peek",
	}[a.IntN(15)]}
	switch {
	case a.slot != nil && a.IntN(2) == 0:
		c.do = []string{"slot put", "slot put", "slot release"}[a.IntN(3)]
		c.slot, a.slot = a.slot, nil
	case a.IntN(60) == 0:
		c.do = []string{"close", "close now"}[a.IntN(2)]
	case a.q.Len() > 3: // much that is in hides in which order it came, which takes time to find
		c.do = "get batch"
	case c.do == "reserve" && (a.slot != nil || a.q.Cap() == 0):
		c.do = "get"
	case c.do == "reserve":
		c.slot = new(reserved)
	}
	switch c.do {
	case "put batch", "get batch":
		c.size = 1 + a.IntN(3)
	case "put", "try put", "slot put":
		c.size = 1
	}
	for range c.size {
		id := a.Value()
		c.vs = append(c.vs, item{rank(id), id})
	}
	ctx, cancel := context.WithCancel(context.Background())
	yields := a.IntN(40)
	go func() {
		for range yields {
			runtime.Gosched()
		}
		cancel()
	}()
	var o outcome
	request(ctx, a.q, c, &o)
	if a.came[o.err].Add(1); c.do == "reserve" && o.err == nil {
		a.slot = c.slot
	}
	return c, o
}

// All that is done to a Queue at once can be put in an order in which a list would have
// answered the same, each call between its beginning and its end, however contexts end.
// A batch is put item by item, and taken at once. HISTORIES says how many are made.
func TestHistories(t *testing.T) {
	n := 2400
	if testing.Short() {
		n /= 2
	}
	if more, err := strconv.Atoi(os.Getenv("HISTORIES")); err == nil {
		n = more
	}
	seed := maphash.MakeSeed()
	capacities := []int{0, 1, 2, queue.Unbounded}
	came := map[error]*atomic.Int64{}
	for _, err := range []error{nil, context.Canceled, queue.ErrFull, queue.ErrEmpty, queue.ErrClosed} {
		came[err] = new(atomic.Int64)
	}
	for _, order := range orders {
		for _, capacity := range capacities {
			if !t.Run(fmt.Sprint(order, " ", capacity), func(t *testing.T) {
				l := linear{order, capacity}
				var q *queue.Queue[item]
				testkit.Histories(t, n/len(orders)/len(capacities), porcupine.Model{
					Partition: l.split,
					Init:      func() any { return moment{} },
					Step: func(s, in, _ any) (bool, any) {
						ok, next := l.step(s.(moment), in.(part))
						return ok, next
					},
					// many moments are looked up; without a hash a few histories take minutes
					Hash: func(s any) uint64 { return maphash.Comparable(seed, s.(moment)) },
				}, func(c *testkit.Client, first bool) func() (any, any) {
					if first {
						q = made(order, capacity)
					}
					return (&asker{Client: c, q: q, came: came}).ask
				})
			}) {
				return
			}
		}
	}
	for err, n := range came {
		t.Logf("%d calls came to %v", n.Load(), err)
		require.NotZero(t, n.Load(), "how many came to %v", err)
	}
}
