package testkit

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// inChild is the test for which a process was started by [Child].
const inChild = "PETIOLE_TESTKIT_CHILD"

// Child runs f in a process of its own, in which the test has come as far as this, and which should end with f. It returns what
// that process has printed, and its exit code.
func Child(t *testing.T, f func()) (out string, code int) {
	t.Helper()
	if os.Getenv(inChild) == t.Name() {
		f()
	}
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), exe, "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), inChild+"="+t.Name())
	text, err := cmd.CombinedOutput()
	require.NotNil(t, cmd.ProcessState, "%v", err)
	return string(text), cmd.ProcessState.ExitCode()
}
