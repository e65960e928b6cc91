package testkit

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// A Break is one fault, put into a copy of one source file, that tests must notice.
type Break struct {
	File, Old, New string // Old, which is there once, becomes New; File is relative to the package
	Run            string // the tests to run, as for go test -run
	Want           string // what they must print; "": that a test of that name failed
}

// inBroken tells a test binary that it was built by [Broken].
const inBroken = "PETIOLE_BROKEN"

var shown sync.Map // Breaks done in this process: once is enough under -count and -cpu

// Broken builds the package under test with the fault in it and requires that
// its tests fail there: a check that never failed shows nothing.
func Broken(t *testing.T, b Break) {
	t.Helper()
	gocmd, err := exec.LookPath("go")
	switch _, again := shown.LoadOrStore(b, true); {
	case testing.Short(), again, os.Getenv(inBroken) != "":
		t.Skip("shown by the full run, once")
	case err != nil:
		t.Skip("needs the go command")
	}

	file, err := filepath.Abs(b.File)
	require.NoError(t, err)
	src, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(src), b.Old), "%s has this how often: %s", b.File, b.Old)
	dir := t.TempDir()
	broken, overlay := filepath.Join(dir, "broken.go"), filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(broken, []byte(strings.Replace(string(src), b.Old, b.New, 1)), 0o600))
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{file: broken}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(overlay, list, 0o600))

	cmd := exec.CommandContext(t.Context(), gocmd, "test", "-race=false", "-vet=off", "-ldflags=-s -w",
		"-count=1", "-timeout=60s", "-overlay="+overlay, "-run=^"+b.Run+"$")
	cmd.Env = append(os.Environ(), inBroken+"=1", "RAPID_NOFAILFILE=1")
	out, err := cmd.CombinedOutput()
	require.Error(t, err, "the tests passed on a broken build:\n%s", out)
	want := b.Want
	if want == "" {
		want = "--- FAIL: " + b.Run
	}
	require.Contains(t, string(out), want)
}
