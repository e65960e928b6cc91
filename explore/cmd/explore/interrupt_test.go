//go:build unix

package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
)

// An interrupt ends the command with 130, and with it the tests that it runs; its
// copies are gone.
func TestInterrupted(t *testing.T) {
	builds(t)
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, "-v", "./endless")
	tmp := t.TempDir()
	cmd.Dir = user(t, testdataUser)
	cmd.Env = append(os.Environ(), asCommand+"=1", "GOWORK=off", "GOFLAGS=-tags=endless", "TMPDIR="+tmp)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	pid := 0 // of the tests, which say it when the scenario runs
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if n, _ := fmt.Sscanf(lines.Text(), "process %d", &pid); n == 1 {
			require.NoError(t, cmd.Process.Signal(os.Interrupt))
		}
	}
	require.Error(t, cmd.Wait())
	require.NotZero(t, pid, "the scenario has not run: %s", stderr.String())
	require.Equal(t, exitInterrupted, cmd.ProcessState.ExitCode(), stderr.String())
	require.Equal(t, "explore: interrupted\n", stderr.String())
	testkit.Poll(t, "the tests have ended", func() bool { return syscall.Kill(pid, 0) == syscall.ESRCH })
	left, err := filepath.Glob(filepath.Join(tmp, "petiole-explore-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}
