package queue_test

import (
	"cmp"
	"slices"

	"github.com/petiole-go/petiole/queue"
)

// An item has a number of its own, and a rank by which a priority queue takes it:
// there are few ranks, so many are equal.
type item struct{ rank, id int }

func byRank(a, b item) int { return cmp.Compare(a.rank, b.rank) }

var orders = []string{"FIFO", "LIFO", "priority"}

func made(order string, capacity int) *queue.Queue[item] {
	switch order {
	case "FIFO":
		return queue.New[item](capacity)
	case "LIFO":
		return queue.NewLIFO[item](capacity)
	default:
		return queue.NewPriority(capacity, byRank)
	}
}

// A call is one operation on a queue: what was asked, and what came of it.
type call struct {
	do   string
	vs   []item // to put; of the model, what is not in
	size int    // of a batch to get
	slot *reserved

	outcome
	lines int // in how many lines a get any stands
}

type outcome struct {
	over bool
	err  error
	n    int // how many are in; or which queue an item is from
	got  []item
}

// A reserved is a slot of both sides.
type reserved struct {
	real *queue.Slot[item]
	used bool
}

func (c *call) end(err error, n int, got ...item) {
	c.outcome = outcome{true, err, n, got}
}

// A model is what a Queue is held to: everything in the plainest way, on lists.
type model struct {
	order        string
	capacity     int
	at           int    // its index for a get any
	items        []item // in the order in which they came in
	slots        int
	getters      []*call
	putters      []*call // vs is what is not in
	closed, void bool
	gets, puts   int64
	discarded    int64
	done         int64
	waits        int64
	peak         int
	joining      []*call
}

func (m *model) roomy() bool {
	return m.capacity < 0 || len(m.items)+m.slots < m.capacity
}

func (m *model) drained() bool { return m.closed && len(m.items) == 0 && m.slots == 0 }

func (m *model) ready() bool {
	return len(m.items) > 0 || m.capacity == 0 && len(m.putters) > 0
}

// first is where the item is that is taken first.
func (m *model) first() int {
	switch m.order {
	case "FIFO":
		return 0
	case "LIFO":
		return len(m.items) - 1
	default:
		least := slices.MinFunc(m.items, byRank)
		return slices.IndexFunc(m.items, func(i item) bool { return i.rank == least.rank })
	}
}

// comeIn takes the first place of the line of putters, which there is.
func (m *model) comeIn() {
	c := m.putters[0]
	if c.do == "reserve" {
		m.slots++
	} else {
		m.items = append(m.items, c.vs[0])
		m.puts++
		c.vs = c.vs[1:]
		c.n++
		if len(c.vs) > 0 {
			return
		}
	}
	c.end(nil, c.n)
	m.putters = m.putters[1:]
}

// take takes one item, where there is one.
func (m *model) take() item {
	if !m.roomy() && len(m.putters) > 0 && m.putters[0].do != "reserve" {
		m.comeIn() // and competes
	}
	i := m.first()
	v := m.items[i]
	m.items = slices.Delete(m.items, i, i+1)
	m.gets++
	m.settle()
	return v
}

// settle does what can be done for those who wait, and ends what has ended.
func (m *model) settle() {
	for len(m.putters) > 0 && m.roomy() || m.capacity == 0 && len(m.putters) > 0 && len(m.getters) > 0 {
		p := m.putters[0]
		if p.do != "reserve" && len(m.getters) > 0 {
			n := m.hand(p.vs)
			p.vs = p.vs[n:]
			if p.n += n; len(p.vs) == 0 {
				p.end(nil, p.n)
				m.putters = m.putters[1:]
			}
			continue
		}
		m.comeIn()
	}
	m.peak = max(m.peak, len(m.items))
	if m.drained() {
		for _, g := range m.getters {
			if g.lines--; g.do != "get any" {
				g.end(queue.ErrClosed, 0)
			} else if g.lines == 0 {
				g.end(queue.ErrClosed, -1)
			}
		}
		m.getters = nil
	}
	if m.unfinished() == 0 {
		for _, c := range m.joining {
			c.end(nil, 0)
		}
		m.joining = nil
	}
}

// hand gives to the first getter what it takes of vs.
func (m *model) hand(vs []item) int {
	g := m.getters[0]
	m.getters = m.getters[1:]
	n := min(len(vs), max(g.size, 1))
	if g.end(nil, n, slices.Clone(vs[:n])...); g.do == "get any" {
		g.n = m.at
	}
	m.puts += int64(n)
	m.gets += int64(n)
	return n
}

func (m *model) unfinished() int64 { return m.puts - m.discarded - m.done }

// do does c, or has it stand in line.
func (m *model) do(c *call) {
	switch c.do {
	case "put", "put batch", "try put", "reserve":
		m.put(c)
	case "get", "get batch", "try get":
		m.get(c)
	case "get all":
		n := len(m.items)
		var got []item
		for range n {
			i := m.first()
			got = append(got, m.items[i])
			m.items = slices.Delete(m.items, i, i+1)
		}
		m.gets += int64(n)
		m.settle()
		c.end(nil, 0, got...)
	case "peek":
		if c.end(nil, 0); len(m.items) > 0 {
			c.end(nil, 1, m.items[m.first()])
		}
	case "slot put":
		switch {
		case m.void:
			c.end(queue.ErrClosed, 0)
		case len(m.getters) > 0:
			m.hand(c.vs)
			m.slots--
			c.slot.used = true
			c.end(nil, 0)
		default:
			m.items = append(m.items, c.vs[0])
			m.puts++
			m.slots--
			c.slot.used = true
			c.end(nil, 0)
		}
		m.settle()
	case "slot release":
		if !m.void && !c.slot.used {
			m.slots--
			c.slot.used = true
		}
		c.end(nil, 0)
		m.settle()
	case "close", "close now":
		m.close(c)
	case "done":
		m.done++
		c.end(nil, 0)
		m.settle()
	case "join":
		m.joining = append(m.joining, c)
		m.settle()
	}
}

func (m *model) put(c *call) {
	switch {
	case m.closed:
		c.end(queue.ErrClosed, 0)
		return
	case c.do == "put batch" && len(c.vs) == 0:
		c.end(nil, 0)
		return
	case c.do == "try put" && !(len(m.putters) == 0 && (m.roomy() || m.capacity == 0 && len(m.getters) > 0)):
		c.end(queue.ErrFull, 0)
		return
	}
	m.putters = append(m.putters, c)
	if m.settle(); !c.over {
		m.waits++
	}
}

func (m *model) get(c *call) {
	switch {
	case c.do == "get batch" && c.size == 0 && !m.drained():
		c.end(nil, 0)
	case m.ready():
		var got []item
		for len(got) < max(c.size, 1) && m.ready() {
			got = append(got, m.take())
		}
		c.end(nil, len(got), got...)
	case m.drained():
		c.end(queue.ErrClosed, 0)
	case c.do == "try get":
		c.end(queue.ErrEmpty, 0)
	default:
		m.getters = append(m.getters, c)
		m.waits++
	}
}

func (m *model) close(c *call) {
	var out []item
	if c.do == "close now" {
		for len(m.items) > 0 {
			i := m.first()
			out = append(out, m.items[i])
			m.items = slices.Delete(m.items, i, i+1)
		}
		m.discarded += int64(len(out))
		m.slots, m.void = 0, true
	}
	m.closed = true
	for _, p := range m.putters {
		p.end(queue.ErrClosed, p.n)
	}
	m.putters = nil
	m.settle()
	c.end(nil, 0, out...)
}

// leave gives c up; err is what its context says.
func (m *model) leave(c *call, err error) {
	is := func(d *call) bool { return d == c }
	m.getters = slices.DeleteFunc(m.getters, is)
	m.putters = slices.DeleteFunc(m.putters, is)
	m.joining = slices.DeleteFunc(m.joining, is)
	c.end(err, c.n)
}

func (m *model) stats() queue.Stats {
	return queue.Stats{
		Len: len(m.items), Cap: m.capacity, Peak: m.peak, Reserved: m.slots,
		Getters: len(m.getters), Putters: len(m.putters),
		Puts: m.puts, Gets: m.gets, Discarded: m.discarded,
		Unfinished: m.unfinished(), WaitCount: m.waits,
	}
}
