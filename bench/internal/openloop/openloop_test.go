package openloop

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A stall of 1 ms is charged to everyone who was due during it, each from his own moment: one request
// waited 1 ms, the next 0.9 ms, and so on, although only one was in flight.
func TestServeChargesAStallToAllWhoWereDue(t *testing.T) {
	var now time.Duration
	clock := Clock{
		Now:   func() time.Duration { return now },
		Yield: func() { now += time.Microsecond },
	}
	calls := 0
	op := func() {
		if calls++; calls == 5 {
			now += time.Millisecond
		}
	}
	h := NewHistogram()
	Serve(clock, h, 20, func() time.Duration { return 100 * time.Microsecond }, op)

	charged := 0
	for _, bar := range h.Distribution() {
		if bar.From >= int64(50*time.Microsecond) {
			charged += int(bar.Count)
		}
	}
	require.EqualValues(t, 20, h.TotalCount())
	require.Equal(t, 10, charged) // 1000, 900, ..., 100 microseconds
	require.InEpsilon(t, float64(time.Millisecond), float64(h.Max()), 0.01)
	require.InEpsilon(t, float64(600*time.Microsecond), float64(h.ValueAtQuantile(80)), 0.01) // the 16th of 20
}

// A writer that always takes longer than its period neither catches up nor goes on for ever: it ends
// when it is told to. (It once did not look.)
func TestEveryEndsThoughAlwaysLate(t *testing.T) {
	var now time.Duration
	clock := Clock{
		Now:   func() time.Duration { return now },
		Yield: func() { now += time.Microsecond },
	}
	done := make(chan struct{})
	calls := 0
	n := clock.Every(time.Millisecond, done, func() {
		now += 5 * time.Millisecond
		if calls++; calls == 10 {
			close(done)
		}
	})
	require.Equal(t, 10, n)
	require.Less(t, now, 60*time.Millisecond)
}
