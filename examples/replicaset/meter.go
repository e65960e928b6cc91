package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// meter counts what one client does and keeps what happened, for the table and the timeline.
type meter struct {
	begin time.Time

	lookupFailures    atomic.Int64 // the table named a primary that was not in it, or held nobody at all
	refreshes         atomic.Int64 // walks over the set, whoever began them
	opened, open      atomic.Int64 // connections that were made, and those that are not closed yet
	closedUnderReader atomic.Int64 // connections whose pool was closed while they were in use
	senders, readers  line

	mu     sync.Mutex // guards what follows; nothing is called under it
	events []event
	terms  []term
	spans  []span
	acks   []time.Duration // when each insert was acknowledged
	reads  []time.Duration // when each read was answered
	errs   []time.Duration // when a call ended in an error, told to its sender or reader
	crowds []crowd
}

// event is one moment of the timeline; At counts from the meter's begin.
type event struct {
	At   time.Duration
	Kind string // of "join", "kill", "primary", "well": the colour
	Text string
}

// term begins when a member becomes primary, and ends with that member.
type term struct {
	Rank int
	At   time.Duration
}

// crowd is how many senders and readers wait at one moment.
type crowd struct {
	At               time.Duration
	Senders, Readers int64
}

// span is one refresh on the timeline.
type span struct{ From, To time.Duration }

func newMeter() *meter { return &meter{begin: time.Now()} }

func (m *meter) now() time.Duration { return time.Since(m.begin) }

func (m *meter) event(kind, text string) {
	at := m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, event{at, kind, text})
}

// elected notes that a member became primary.
func (m *meter) elected(rank int) {
	at := m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.terms = append(m.terms, term{rank, at})
	m.events = append(m.events, event{at, "primary", fmt.Sprintf("member %d is primary", rank)})
}

// lastTerm is the newest primary's.
func (m *meter) lastTerm() term {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.terms[len(m.terms)-1]
}

// sample notes how many wait, until stop is closed.
func (m *meter) sample(stop <-chan struct{}) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-stop:
			return
		}
		c := crowd{m.now(), m.senders.now.Load(), m.readers.now.Load()}
		m.mu.Lock()
		m.crowds = append(m.crowds, c)
		m.mu.Unlock()
	}
}

// refreshing counts a refresh, and returns what ends it.
func (m *meter) refreshing() (done func()) {
	m.refreshes.Add(1)
	from := m.now()
	return func() {
		to := m.now()
		m.mu.Lock()
		defer m.mu.Unlock()
		m.spans = append(m.spans, span{from, to})
	}
}

// acked notes that an insert was acknowledged.
func (m *meter) acked() {
	at := m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.acks = append(m.acks, at)
}

// answered notes that a read was answered.
func (m *meter) answered() {
	at := m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads = append(m.reads, at)
}

// readsBetween counts the reads that were answered between two moments.
func (m *meter) readsBetween(from, to time.Duration) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, at := range m.reads {
		if from < at && at < to {
			n++
		}
	}
	return n
}

// failed notes that a call ended in an error.
func (m *meter) failed() {
	at := m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.errs = append(m.errs, at)
}

// dial opens a connection that is counted.
func (m *meter) dial(ctx context.Context, addr string) (*conn, error) {
	c, err := dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	m.opened.Add(1)
	m.open.Add(1)
	c.onClose = sync.OnceFunc(func() { m.open.Add(-1) })
	return c, nil
}

// line is a queue seen from outside: how many wait now, and how many did at most.
type line struct{ now, most atomic.Int64 }

func (l *line) enter() {
	n := l.now.Add(1)
	for most := l.most.Load(); n > most && !l.most.CompareAndSwap(most, n); most = l.most.Load() {
	}
}

func (l *line) leave() { l.now.Add(-1) }
