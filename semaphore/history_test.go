package semaphore_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/semaphore"
)

// A moment is a semaphore between two calls, as a list of numbers would have it. It knows nothing of lines: who is
// first in line is for [model], and who waits in vain for [TestQuiet].
type moment struct {
	limit, held int64
	closed      bool
}

// step is whether c may come next, and is then, and what comes of it. What ended with its context has had no
// effect. A Try may fail at any time, as others may be in line.
func (m moment) step(c call, o outcome) (bool, moment) {
	free := m.limit - m.held
	switch c.do {
	case "acquire", "take", "try", "try take":
		if m.held += c.n; o.ok {
			return !m.closed && (c.n == 0 || c.n <= free), m
		}
		m.held -= c.n
		if o.err == closed {
			return m.closed, m
		}
		var want, limit int64
		if _, err := fmt.Sscanf(o.err, "semaphore: want %d, limit is %d", &want, &limit); err == nil {
			return !m.closed && want == c.n && limit == m.limit && c.n > limit && limit > 0, m
		}
		return o.err == "context canceled" || o.err == "", m
	case "release":
		m.held -= c.n
	case "give back":
		if o.ok {
			m.held -= c.n
		}
	case "forget":
		m.limit -= max(0, c.n-max(0, -free))
		m.held -= c.n
	case "resize":
		m.limit = c.n
	case "close":
		m.closed = true
	case "drain":
		return !o.ok || m.held == 0, m
	case "stats":
		return c.n == m.held*1000+m.limit, m
	}
	return true, m
}

// An asker is a client of a semaphore. It gives back only what it holds.
type asker struct {
	*testkit.Client
	s       *semaphore.Semaphore
	loose   int64
	permits []*taken
	came    map[string]*atomic.Int64
}

func (a *asker) ask() (any, any) {
	c := call{do: []string{
		"acquire", "acquire", "acquire", "take", "take", "try", "try take", "release", "release", "release", "give back", "give back",
		"forget", "resize", "drain", "stats",
	}[a.IntN(16)], n: int64(a.IntN(4))}
	switch {
	case a.IntN(60) == 0:
		c.do = "close"
	case c.do == "release" && a.loose < c.n || (c.do == "give back" || c.do == "forget") && len(a.permits) == 0:
		c.do = "acquire"
	case c.do == "give back" || c.do == "forget":
		c.permit, a.permits = a.permits[0], a.permits[1:]
		c.n = c.permit.n
	case c.do == "take" || c.do == "try take":
		c.permit = &taken{n: c.n}
	}
	ctx, cancel := context.WithCancel(context.Background())
	yields := a.IntN(40)
	go func() { // there may be nobody to give back what is waited for
		for range yields {
			runtime.Gosched()
		}
		cancel()
	}()
	var o outcome
	if c.do == "stats" {
		s := a.s.Stats()
		c.n = s.InUse*1000 + s.Limit
	} else {
		toSemaphore(ctx, a.s, &c, &o)
	}
	switch {
	case !o.ok:
	case c.do == "acquire" || c.do == "try":
		a.loose += c.n
	case c.do == "take" || c.do == "try take":
		a.permits = append(a.permits, c.permit)
	case c.do == "release":
		a.loose -= c.n
	}
	why := o.err
	if strings.HasPrefix(why, "semaphore: want") {
		why = "too large"
	}
	if n := a.came[why]; n != nil {
		n.Add(1)
	}
	return c, o
}

// All that is done to a Semaphore at once can be put in an order in which a few numbers would have answered the
// same, each call between its beginning and its end, however contexts end. HISTORIES says how many are made.
func TestHistories(t *testing.T) {
	n := 3000
	if testing.Short() {
		n /= 2
	}
	if more, err := strconv.Atoi(os.Getenv("HISTORIES")); err == nil {
		n = more
	}
	came := map[string]*atomic.Int64{}
	for _, why := range []string{"", "context canceled", closed, "too large"} {
		came[why] = new(atomic.Int64)
	}
	var s *semaphore.Semaphore
	testkit.Histories(t, n, porcupine.Model{
		Init: func() any { return moment{limit: 2} },
		Step: func(m, in, out any) (bool, any) {
			ok, next := m.(moment).step(in.(call), out.(outcome))
			return ok, next
		},
	}, func(c *testkit.Client, first bool) func() (any, any) {
		if first {
			s = semaphore.New(2)
		}
		return (&asker{Client: c, s: s, came: came}).ask
	})
	for why, n := range came {
		t.Logf("%d calls came to %q", n.Load(), why)
		require.NotZero(t, n.Load(), "how many came to %q", why)
	}
}
