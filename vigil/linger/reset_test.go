package linger_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/vigil/linger"
)

// A reset is one however it is wrapped; what this side did, what never was, and silence are none.
func TestIsReset(t *testing.T) {
	for want, errs := range map[bool][]error{
		true:  {syscall.ECONNRESET, syscall.EPIPE, syscall.ENOTCONN, syscall.Errno(10054)},
		false: {net.ErrClosed, syscall.ETIMEDOUT, syscall.ECONNREFUSED, io.EOF, io.ErrClosedPipe, os.ErrDeadlineExceeded, context.Canceled},
	} {
		for _, err := range errs {
			for _, err := range []error{
				err,
				&net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", err)},
				fmt.Errorf("get: %w", err),
				errors.Join(io.ErrUnexpectedEOF, fmt.Errorf("get: %w", err)),
			} {
				require.Equal(t, want, linger.IsReset(err), "%v", err)
			}
		}
	}
	require.False(t, linger.IsReset(nil))
	require.False(t, linger.IsReset(errors.New("connection reset by peer")))
}
