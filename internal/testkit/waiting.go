package testkit

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// Waiting has n goroutines call wait, in a bubble of testing/synctest, and returns when they wait or
// have returned. Errs gives what they return.
func Waiting(n int, wait func() error) (errs <-chan error) {
	all := make(chan error, n)
	for range n {
		go func() { all <- wait() }()
	}
	synctest.Wait()
	return all
}

// All receives what n of those who waited returned, which are all that have.
func All(t *testing.T, errs <-chan error, n int) (got []error) {
	t.Helper()
	synctest.Wait()
	require.Len(t, errs, n)
	for range n {
		got = append(got, <-errs)
	}
	return got
}

// Ended returns a context that has been cancelled.
func Ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
