// Package testkit holds what the tests of several packages share.
package testkit

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// Main runs the tests of a package and fails if a goroutine is left.
func Main(m *testing.M) { goleak.VerifyTestMain(m) }

// Poll waits until ok reports true, for what no channel announces (a
// collection, a goroutine that has gone). It fails the test after ten seconds.
func Poll(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); {
		require.True(t, time.Now().Before(end), "still not so: %s", what)
		runtime.Gosched()
	}
}

// Collect runs the collector until ok reports true, for what depends on it. It
// fails the test after a hundred collections: inside a bubble no clock goes on.
func Collect(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for n := 0; !ok(); n++ {
		require.Less(t, n, 100, "not collected: %s", what)
		runtime.GC()
	}
}

// Exited is what [Run] returns for a function that called [runtime.Goexit].
const Exited = "exited"

// Run calls f on a goroutine of its own, and returns how that ended: nil, what
// f panicked with, or [Exited].
func Run(f func()) any {
	end := make(chan any, 1)
	go func() {
		returned := false
		defer func() {
			switch v := recover(); {
			case v != nil:
				end <- v
			case !returned:
				end <- Exited
			default:
				end <- nil
			}
		}()
		f()
		returned = true
	}()
	return <-end
}
