package vigil_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/petiole-go/petiole/vigil"
)

// A ware is an R, as the model knows it. It has the number of the Acquire that opened it.
type ware struct {
	id, lot  int
	spoilt   bool // its Check and its Close fail
	since    time.Time
	closed   int
	detached bool
}

// An acquiring is an Acquire that was made of both sides.
type acquiring struct {
	id     int
	worker *hand // nil: none
	plan   string
	lease  bool

	outcome
	lot     int // of what it opens
	opening bool
	loan    *loan
}

// A shutting is a Shutdown that was made of both sides.
type shutting struct {
	outcome
	errs []string
}

// An outcome is what came of a call.
type outcome struct {
	over bool
	err  string // or what it panicked with
}

func (o *outcome) end(err string) { *o = outcome{true, err} }

// A hand is a worker.
type hand struct {
	ended bool
	loans []*loan
}

type loan struct {
	ware     *ware
	worker   *hand
	gone     bool
	deadline time.Time // zero: none
}

const (
	modelIdle  = 10300 * time.Millisecond
	modelLease = 3500 * time.Millisecond
	newFails   = "New fails"
	newPanics  = "New panics"
	spoilt     = "spoilt"
)

// A shop is what a pool is held to: everything in the plainest way, one thing after the other.
type shop struct {
	now    time.Time
	reuse  []vigil.Cause
	checks bool
	stats  vigil.PoolStats // but for what is counted below
	keeps  vigil.Stats     // of the keeper, but for Fault
	lot    int
	idle   []*ware
	line   []*acquiring
	loans  []*loan
	wares  []*ware
	shuts  []*shutting // that wait

	ended, keeperClosed bool
}

// acquire is an Acquire that comes.
func (s *shop) acquire(c *acquiring) {
	switch n := len(s.idle); {
	case s.keeperClosed, s.ended:
		c.end(vigil.ErrClosed.Error())
	case c.worker != nil && c.worker.ended:
		c.end(vigil.ErrEnded.Error())
	case n > 0:
		w := s.idle[n-1]
		s.idle = s.idle[:n-1]
		s.ready(c, w)
	case s.stats.Open < s.stats.Max:
		s.stats.Open++
		s.opens(c)
	default:
		s.stats.WaitCount++
		s.line = append(s.line, c)
	}
}

// head takes the first out of line, or returns nil.
func (s *shop) head() *acquiring {
	if len(s.line) == 0 {
		return nil
	}
	c := s.line[0]
	s.line = s.line[1:]
	return c
}

// ready is for one who has got w.
func (s *shop) ready(c *acquiring, w *ware) {
	if !w.spoilt || !s.checks {
		s.lend(c, w)
		return
	}
	s.fault(s.close(w))
	s.opens(c)
}

// opens is for one who has a place.
func (s *shop) opens(c *acquiring) {
	switch c.lot = s.lot; c.plan {
	case newFails, newPanics:
		c.end(c.plan)
		s.free()
	case "waits":
		c.opening = true
	default:
		s.opened(c)
	}
}

func (s *shop) opened(c *acquiring) {
	c.opening = false
	w := &ware{id: c.id, lot: c.lot}
	s.wares = append(s.wares, w)
	s.lend(c, w)
}

func (s *shop) lend(c *acquiring, w *ware) {
	switch {
	case s.ended, s.keeperClosed:
		c.end(vigil.ErrClosed.Error())
	case c.worker != nil && c.worker.ended:
		c.end(vigil.ErrEnded.Error())
	default:
		c.end("")
		c.loan = &loan{ware: w, worker: c.worker}
		if c.lease {
			c.loan.deadline = s.now.Add(modelLease)
		}
		if c.worker != nil {
			c.worker.loans = append(c.worker.loans, c.loan)
		}
		s.loans = append(s.loans, c.loan)
		s.keeps.Bound++
		s.keeps.Live++
		return
	}
	s.fault(s.back(w, true))
}

// back is for what comes back, and returns what its Close came to.
func (s *shop) back(w *ware, reuse bool) string {
	if !reuse || s.ended || w.lot != s.lot {
		err := s.close(w)
		s.free()
		return err
	}
	if c := s.head(); c != nil {
		s.ready(c, w)
	} else {
		w.since = s.now
		s.idle = append(s.idle, w)
	}
	return ""
}

func (s *shop) close(w *ware) string {
	w.closed++
	if w.spoilt {
		return spoilt
	}
	return ""
}

func (s *shop) fault(err string) {
	if err != "" {
		s.keeps.Faults++
	}
}

// free is for a place that nobody has any more.
func (s *shop) free() {
	if c := s.head(); c != nil {
		s.opens(c)
		return
	}
	s.stats.Open--
	if s.ended && s.stats.Open == 0 {
		for _, c := range s.shuts {
			c.close()
		}
		s.shuts = nil
	}
}

func (c *shutting) close(more ...string) {
	var errs []error
	for _, err := range append(c.errs, more...) {
		errs = append(errs, errors.New(err))
	}
	c.end("")
	if len(errs) > 0 {
		c.end(errors.Join(errs...).Error())
	}
}

// takeBack ends a loan, and returns what that came to.
func (s *shop) takeBack(l *loan, cause vigil.Cause) string {
	if l.gone {
		return vigil.ErrReclaimed.Error()
	}
	l.gone = true
	s.keeps.Live--
	s.keeps.Reclaimed[cause]++
	return s.back(l.ware, slices.Contains(s.reuse, cause))
}

func (s *shop) detach(l *loan) {
	l.gone = true
	l.ware.detached = true
	s.keeps.Live--
	s.keeps.Detached++
	s.free()
}

// ends has a worker end, and its loans, the last first.
func (s *shop) ends(h *hand, cause vigil.Cause) {
	h.ended = true
	for _, l := range slices.Backward(h.loans) {
		if !l.gone {
			s.takeBack(l, cause)
		}
	}
}

// leave is for one whose context ends.
func (s *shop) leave(c *acquiring) {
	if i := slices.Index(s.line, c); i >= 0 {
		s.line = slices.Delete(s.line, i, i+1)
		c.end("context canceled")
	}
}

func (s *shop) leaveShut(c *shutting) {
	if i := slices.Index(s.shuts, c); i >= 0 {
		s.shuts = slices.Delete(s.shuts, i, i+1)
		c.close(fmt.Sprintf("vigil: Shutdown of a pool: context canceled; %d are out", s.stats.Open))
	}
}

func (s *shop) reset() {
	s.lot++
	for _, w := range s.empty() {
		s.fault(s.close(w))
		s.free()
	}
}

func (s *shop) refuse() {
	for c := s.head(); c != nil; c = s.head() {
		c.end(vigil.ErrClosed.Error())
	}
}

// empty takes what is idle.
func (s *shop) empty() []*ware {
	idle := s.idle
	s.idle = nil
	return idle
}

func (s *shop) shutdown(c *shutting) {
	s.ended = true
	s.refuse()
	for _, w := range s.empty() {
		if err := s.close(w); err != "" {
			c.errs = append(c.errs, err)
		}
		s.free()
	}
	if s.stats.Open == 0 {
		c.close()
	} else {
		s.shuts = append(s.shuts, c)
	}
}

// keeperShutdown refuses who waits before anything comes back that he would get.
func (s *shop) keeperShutdown() {
	s.keeperClosed = true
	s.refuse()
	for _, l := range s.loans {
		if !l.gone {
			s.takeBack(l, vigil.Shutdown)
		}
	}
}

// until does what comes with time, in its order.
func (s *shop) until(now time.Time) {
	for {
		var next *loan
		for _, l := range s.loans {
			if !l.gone && !l.deadline.IsZero() && (next == nil || l.deadline.Before(next.deadline)) {
				next = l
			}
		}
		old := slices.MinFunc(append(s.idle, &ware{since: now}), func(a, b *ware) int { return cmp.Compare(a.since.UnixNano(), b.since.UnixNano()) })
		idles := old.since.Add(modelIdle)
		switch {
		case next != nil && !next.deadline.After(now) && !next.deadline.After(idles):
			s.now = next.deadline
			s.takeBack(next, vigil.Expired)
		case !idles.After(now):
			s.now = idles
			s.idle = slices.DeleteFunc(s.idle, func(w *ware) bool { return w == old })
			s.fault(s.close(old))
			s.free()
		default:
			s.now = now
			return
		}
	}
}

func (s *shop) counts() vigil.PoolStats {
	is := s.stats
	is.Idle, is.Waiting = len(s.idle), len(s.line)
	is.InUse = is.Open - is.Idle
	return is
}
