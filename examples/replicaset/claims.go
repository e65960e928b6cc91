package main

import (
	"fmt"
	"time"
)

// result is what one scene measured.
type result struct {
	Client  string
	Members int
	Senders int
	Readers int

	LookupFailures int64
	Errors         int   // told to a sender or a reader
	ReadErrors     int   // of these, to a reader
	LineOfSenders  int64 // the longest: waiting for a lock, a refresh or a primary
	LineOfReaders  int64
	P99            time.Duration // of a send, however it ended
	Refreshes      int64         // in all
	Connections    int64         // opened, in all
	Recovered      time.Duration // from the kill until every sender had been served again

	FailoverRefreshes int64         // of the refreshes, those between the kill and the recovery
	Discovered        int           // members found from the one seed that answers
	Elected           time.Duration // from the kill until there was a primary
	ReadsMeanwhile    int           // answered while there was no primary
	ReachedAfter      int64         // the most refreshes that began between a member's joining and its first read
	ReachedIn         time.Duration // the longest between these two
	StayedOpen        bool          // the pool of a member that had gone, while it was read
	ClosedAfter       bool          // the same pool, when its last reader had let go
	ClosedUnderReader int64
	LeftOpen          int64 // connections after Close
	ForPrimary        int64 // refreshes that began without a primary (nest)
	Reports           int64 // of states that had failed somebody (nest)
	Asked             int64 // in the failover: how many reports asked for a refresh (nest; WaitFor does not tell)
	Journals          audit

	Claims []claim
}

// claim is one thing that the example shows. If it did not hold, the program fails.
type claim struct {
	Text string
	OK   bool
}

// commonClaims hold for every design.
func commonClaims(r *result) []claim {
	return []claim{
		{fmt.Sprintf("the whole set is found from one seed that answers: %d of %d members", r.Discovered, r.Members),
			r.Discovered == r.Members},
		{fmt.Sprintf("every sender is served again after the kill, and of %d acknowledged inserts %d are lost and %d out of order",
			r.Journals.Acked, r.Journals.Lost, r.Journals.OutOfOrder),
			r.Journals.Acked > 0 && r.Journals.Lost == 0 && r.Journals.OutOfOrder == 0},
		{fmt.Sprintf("when the client is closed %d connections are open", r.LeftOpen), r.LeftOpen == 0},
	}
}

// naiveClaims are the harm: without them there would be nothing to repair.
func naiveClaims(r *result) []claim {
	return []claim{
		{fmt.Sprintf("the race: %d lookups met half a table", r.LookupFailures), r.LookupFailures > 0},
		{fmt.Sprintf("the herd: %d refreshes by %d senders, up to %d at once", r.FailoverRefreshes, r.Senders, r.LineOfSenders),
			r.FailoverRefreshes >= int64(r.Senders/2)},
	}
}

func mutexClaims(r *result) []claim {
	return []claim{
		{fmt.Sprintf("no lookup met half a table: %d", r.LookupFailures), r.LookupFailures == 0},
		{fmt.Sprintf("everyone queues: %d senders, and %d readers whose members were well; %d reads were answered while there was no primary",
			r.LineOfSenders, r.LineOfReaders, r.ReadsMeanwhile),
			r.LineOfSenders >= int64(r.Senders/2) && r.LineOfReaders > 0},
	}
}

// nestClaims hold whether the callers fail fast or wait.
func nestClaims(r *result) []claim {
	return []claim{
		{fmt.Sprintf("no lookup met half a table: %d", r.LookupFailures), r.LookupFailures == 0},
		{fmt.Sprintf("one refresh per failover: %d, and of %d reports %d asked for one", r.ForPrimary, r.Reports, r.Asked),
			r.ForPrimary == 1 && r.Asked <= 1},
		{fmt.Sprintf("readers went on: %d reads of %d readers were answered while there was no primary, %d failed in all",
			r.ReadsMeanwhile, r.Readers, r.ReadErrors),
			r.ReadsMeanwhile >= r.Readers && r.LineOfReaders == 0 && r.ReadErrors == 0},
		{fmt.Sprintf("reads reached the new member with the first refresh after it joined: after %v and %d refresh",
			r.ReachedIn.Round(time.Millisecond), r.ReachedAfter),
			r.ReachedAfter <= 1},
		{fmt.Sprintf("the pool of a dead member stayed open under its reader (%t), was closed after it (%t); %d connections were closed in use",
			r.StayedOpen, r.ClosedAfter, r.ClosedUnderReader),
			r.StayedOpen && r.ClosedAfter && r.ClosedUnderReader == 0},
	}
}

func failFastClaims(r *result) []claim {
	return append(nestClaims(r),
		claim{fmt.Sprintf("nobody waited: %d senders in line; %d calls failed at once instead", r.LineOfSenders, r.Errors),
			r.LineOfSenders == 0 && r.Errors > 0})
}

func waitClaims(r *result) []claim {
	return append(nestClaims(r),
		claim{fmt.Sprintf("no call failed: %d; up to %d senders waited for the election", r.Errors, r.LineOfSenders),
			r.Errors == 0 && r.LineOfSenders > 0})
}

// comparisons are the claims between the designs of one set, in the order of designs.
func comparisons(rs []*result) []claim {
	herd, fast, waits := rs[0], rs[2], rs[3]
	return []claim{
		{fmt.Sprintf("in the failover the nest refreshes less than a fifth as often as the herd: %d and %d, not %d",
			fast.FailoverRefreshes, waits.FailoverRefreshes, herd.FailoverRefreshes),
			5*max(fast.FailoverRefreshes, waits.FailoverRefreshes) < herd.FailoverRefreshes},
	}
}
