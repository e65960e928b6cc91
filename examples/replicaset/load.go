package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxMembers = 9
	maxRanks   = maxMembers + 2 // two are added at most
	sendTime   = 5 * time.Second
	readTries  = 3
)

// load is the senders and readers of one client. Each sends or reads, thinks, and does so again, until it
// is stopped between two requests: what was begun is ended, so each insert has one known outcome.
type load struct {
	c     client
	m     *meter
	think time.Duration
	stop  chan struct{}
	all   sync.WaitGroup

	senders    []sender
	reads      [maxRanks]atomic.Int64 // by the rank that answered
	firstRead  [maxRanks]atomic.Int64 // the client's count of refreshes when that rank answered first
	readErrors atomic.Int64
}

// sender is what one of them knows. Only it writes acked and took; they are read when all have stopped.
type sender struct {
	acked  []int           // the numbers of its inserts that were acknowledged
	took   []time.Duration // by each insert, acknowledged or not
	served atomic.Int64    // when its latest acknowledged insert began, on the meter's clock
}

func startLoad(ctx context.Context, c client, m *meter, o options) *load {
	l := &load{
		c:       c,
		m:       m,
		think:   o.election / 4, // and up to twice that: everybody is back, twice at least, while they elect
		stop:    make(chan struct{}),
		senders: make([]sender, o.senders),
	}
	for i := range l.senders {
		l.all.Go(func() { l.send(ctx, i) })
	}
	for range o.readers() {
		l.all.Go(func() { l.read(ctx) })
	}
	l.all.Go(func() { m.sample(l.stop) })
	return l
}

func (l *load) end() {
	close(l.stop)
	l.all.Wait()
}

func (l *load) send(ctx context.Context, i int) {
	me := &l.senders[i]
	for seq := 0; l.pause(l.think); seq++ {
		begin := l.m.now()
		ctx, cancel := context.WithTimeout(ctx, sendTime)
		err := l.c.Insert(ctx, i, seq)
		cancel()
		me.took = append(me.took, l.m.now()-begin)
		if err != nil {
			l.m.failed()
		} else {
			l.m.acked()
			me.acked = append(me.acked, seq)
			me.served.Store(int64(begin))
		}
	}
}

func (l *load) read(ctx context.Context) {
	for l.pause(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(ctx, sendTime)
		rank, err := l.c.Read(ctx)
		cancel()
		switch {
		case err != nil:
			l.readErrors.Add(1)
			l.m.failed()
		case rank >= 0 && rank < maxRanks:
			l.m.answered()
			refreshes := l.m.refreshes.Load()
			if l.reads[rank].Add(1) == 1 {
				l.firstRead[rank].Store(refreshes)
			}
		}
	}
}

// pause thinks for d to 2d, and says whether to go on.
func (l *load) pause(d time.Duration) bool {
	t := time.NewTimer(d + rand.N(d))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-l.stop:
		return false
	}
}

// servedSince says whether every sender has begun an insert after t that was acknowledged.
func (l *load) servedSince(t time.Duration) bool {
	for i := range l.senders {
		if time.Duration(l.senders[i].served.Load()) <= t {
			return false
		}
	}
	return true
}

// p99 of all sends. After end.
func (l *load) p99() time.Duration {
	var all []time.Duration
	for i := range l.senders {
		all = append(all, l.senders[i].took...)
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)*99/100]
}

// audit is what the journals say about the acknowledgements.
type audit struct {
	Acked      int
	Lost       int // acknowledged, and in no journal
	OutOfOrder int // behind a later insert of the same sender, in one journal
	Again      int // written twice or more: the first acknowledgement died with the primary
}

// check reads all journals, those of the dead too. After end.
func (l *load) check(journals []string) (audit, error) {
	written := make([]map[int]bool, len(l.senders))
	for i := range written {
		written[i] = make(map[int]bool)
	}
	var a audit
	for _, name := range journals {
		text, err := os.ReadFile(name)
		if err != nil {
			return a, err
		}
		latest := make([]int, len(l.senders))
		for line := range strings.Lines(string(text)) {
			var i, seq int
			if _, err := fmt.Sscanf(line, "%d %d", &i, &seq); err != nil || i < 0 || i >= len(written) {
				return a, fmt.Errorf("%s: not an insert: %q", name, line)
			}
			if seq < latest[i] {
				a.OutOfOrder++
			}
			if written[i][seq] {
				a.Again++
			}
			latest[i] = seq
			written[i][seq] = true
		}
	}
	for i := range l.senders {
		for _, seq := range l.senders[i].acked {
			a.Acked++
			if !written[i][seq] {
				a.Lost++
			}
		}
	}
	return a, nil
}
