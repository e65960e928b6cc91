package semaphore_test

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/petiole-go/petiole/semaphore"
)

// A call is one that was made of both sides, and what the model says of it.
type call struct {
	do     string
	key    int
	n      int64
	permit *taken // of a take, and what is done to one

	outcome
	since time.Duration // it has stood in line
}

// An outcome is what came of a call.
type outcome struct {
	over     bool
	ok       bool
	err      string // empty: none
	panicked string
}

// A taken is a permit of both sides.
type taken struct {
	real *semaphore.Permit
	key  int
	n    int64
	held bool // of the model's
}

func (c *call) end(ok bool, err string) { c.outcome = outcome{over: true, ok: ok, err: err} }

func (c *call) panics(with string) { c.outcome = outcome{over: true, panicked: with} }

// A model is what permits are held to: everything in the plainest way, on a list.
type model struct {
	clock  *time.Duration
	limit  int64
	held   int64
	loose  int64 // of held, those that no Permit has
	closed bool
	line   []*call
	drains []*call
	counts semaphore.Stats // but for what can be seen above
}

const (
	closed       = "semaphore: closed"
	overReleased = "semaphore: released more than held"
)

// grants reports whether n may be had now.
func (m *model) grants(n int64) bool {
	return !m.closed && (n == 0 || len(m.line) == 0 && n <= m.limit-m.held)
}

func (m *model) refuses(n int64) (why string) {
	switch {
	case m.closed:
		return closed
	case n > semaphore.MaxLimit:
		return fmt.Sprintf("semaphore: want %d, limit is %d", n, semaphore.MaxLimit)
	case m.limit > 0 && n > m.limit:
		return fmt.Sprintf("semaphore: want %d, limit is %d", n, m.limit)
	}
	return ""
}

func (m *model) grant(c *call) {
	m.held += c.n
	m.counts.Acquired++
	if c.permit != nil {
		c.permit.held = true
	} else {
		m.loose += c.n
	}
	c.end(true, "")
}

// left is told of a call that has stood in line.
func (m *model) left(c *call) {
	m.line = slices.DeleteFunc(m.line, func(d *call) bool { return d == c })
	d := *m.clock - c.since
	m.counts.WaitDuration += d
	m.counts.MaxWait = max(m.counts.MaxWait, d)
	if !c.ok {
		m.counts.Canceled++
	}
}

// settle does what can be done for those who wait.
func (m *model) settle() {
	for _, c := range slices.Clone(m.line) {
		if why := m.refuses(c.n); why != "" {
			c.end(false, why)
			m.left(c)
		}
	}
	for len(m.line) > 0 && m.line[0].n <= m.limit-m.held {
		c := m.line[0]
		m.grant(c)
		m.left(c)
	}
	if m.held == 0 {
		for _, c := range m.drains {
			c.end(true, "")
		}
		m.drains = nil
	}
}

// do does c, or has it stand in line.
func (m *model) do(c *call) {
	switch c.do {
	case "acquire", "take":
		if why := m.refuses(c.n); why != "" {
			c.end(false, why)
		} else if m.grants(c.n) {
			m.grant(c)
		} else {
			m.counts.WaitCount++
			c.since = *m.clock
			m.line = append(m.line, c)
		}
	case "try", "try take":
		if c.end(false, ""); m.grants(c.n) {
			m.grant(c)
		}
	case "release":
		if c.n > m.held {
			c.panics(overReleased)
			break
		}
		m.held -= c.n
		m.loose -= c.n
		c.end(true, "")
	case "give back":
		c.end(c.permit.held, "")
		if c.permit.held {
			m.held -= c.n
		}
		c.permit.held = false
	case "forget":
		if c.end(true, ""); c.permit.held {
			owed := max(0, m.held-m.limit)
			m.held -= c.n
			m.limit -= max(0, c.n-owed)
		}
		c.permit.held = false
	case "resize":
		m.resize(c, c.n)
	case "grow":
		if c.n > 0 && m.limit > semaphore.MaxLimit-c.n || m.limit+c.n < 0 {
			c.panics(fmt.Sprintf("semaphore: a limit of %d and %d more", m.limit, c.n))
			return
		}
		m.resize(c, m.limit+c.n)
	case "close":
		m.closed = true
		c.end(true, "")
	case "drain":
		m.drains = append(m.drains, c)
	}
	m.settle()
}

func (m *model) resize(c *call, limit int64) {
	if limit < 0 || limit > semaphore.MaxLimit {
		c.panics(fmt.Sprintf("semaphore: a limit of %d", limit))
		return
	}
	m.limit = limit
	c.end(true, "")
}

// leave gives c up.
func (m *model) leave(c *call) {
	c.end(false, "context canceled")
	if slices.Contains(m.line, c) {
		m.left(c)
	}
	m.drains = slices.DeleteFunc(m.drains, func(d *call) bool { return d == c })
	m.settle()
}

func (m *model) stats() semaphore.Stats {
	s := m.counts
	s.Limit, s.InUse, s.Waiting = m.limit, m.held, int64(len(m.line))
	for _, c := range m.line {
		s.WaitingWeight += min(c.n, math.MaxInt64-s.WaitingWeight)
	}
	return s
}

// sum adds what a Keyed counts over its keys.
func sum(ms []*model) (s semaphore.Stats) {
	for _, m := range ms {
		t := m.stats()
		s.Limit = t.Limit
		s.InUse += t.InUse
		s.Waiting += t.Waiting
		s.WaitingWeight += min(t.WaitingWeight, math.MaxInt64-s.WaitingWeight)
		s.Acquired += t.Acquired
		s.Canceled += t.Canceled
		s.WaitCount += t.WaitCount
		s.WaitDuration += t.WaitDuration
		s.MaxWait = max(s.MaxWait, t.MaxWait)
	}
	return s
}
