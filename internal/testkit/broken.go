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

// A Change is made to a copy of one source file, for a build whose tests then run.
type Change struct {
	File, Old, New string   // Old, which is there once, becomes New; File is relative to the package
	Run            []string // the tests to run
	Want           []string // what they must print; none: that each of them failed
	With           []Change // others made beside it, as a pause where a race is tight
}

// Broken builds the package under test with a fault in it and requires that its
// tests fail there: a check that never failed shows nothing.
func Broken(t *testing.T, c Change) {
	t.Helper()
	if c.Want == nil {
		for _, name := range c.Run {
			c.Want = append(c.Want, "--- FAIL: "+name+" ")
		}
	}
	out, err := c.test(t)
	require.Error(t, err, "the tests passed on a broken build:\n%s", out)
	for _, want := range c.Want {
		require.Contains(t, out, want)
	}
}

// Slowed builds the package under test with a pause where a race is tight, and
// requires that its tests pass there too, and print what shows that it happened.
func Slowed(t *testing.T, c Change) {
	t.Helper()
	out, err := c.test(t)
	require.NoError(t, err, out)
	for _, want := range c.Want {
		require.Contains(t, out, want)
	}
}

func (c Change) test(t *testing.T) (string, error) {
	t.Helper()
	return Go(t, nil, "test", "-race=false", "-vet=off", "-ldflags=-s -w", "-v", "-count=1",
		"-timeout=60s", "-overlay="+Overlay(t, append([]Change{c}, c.With...)...), "-run=^("+strings.Join(c.Run, "|")+")$")
}

// Overlay makes the changes to copies of their files, and returns what goes behind
// -overlay= for a build with them.
func Overlay(t *testing.T, changes ...Change) (list string) {
	t.Helper()
	dir := t.TempDir()
	replace := map[string]string{} // files by their copies
	for _, c := range changes {
		file, err := filepath.Abs(c.File)
		require.NoError(t, err)
		from := file
		if replace[file] != "" {
			from = replace[file]
		}
		src, err := os.ReadFile(from)
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(string(src), c.Old), "how often %s has: %s", c.File, c.Old)
		replace[file] = filepath.Join(dir, filepath.Base(file))
		changed := strings.Replace(string(src), c.Old, c.New, 1)
		require.NoError(t, os.WriteFile(replace[file], []byte(changed), 0o600))
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	list = filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(list, text, 0o600))
	return list
}

// inGo tells a test binary that it was built by [Go].
const inGo = "PETIOLE_TESTKIT_GO"

var ran sync.Map // the tests that have used Go in this process

// Go runs the go command in the directory of the package under test, with env
// added to the environment, and returns what it printed. Builds are slow, so the
// test is skipped under -short, and after its first time under -count and -cpu;
// also where there is no go command, and in a build that was itself made here.
func Go(t *testing.T, env []string, args ...string) (string, error) {
	t.Helper()
	gocmd, err := exec.LookPath("go")
	switch _, again := ran.LoadOrStore(t.Name(), true); {
	case testing.Short(), again, os.Getenv(inGo) != "":
		t.Skip("shown by the full run, once")
	case err != nil:
		t.Skip("needs the go command")
	}
	cmd := exec.CommandContext(t.Context(), gocmd, args...)
	cmd.Env = append(append(os.Environ(), inGo+"=1", "RAPID_NOFAILFILE=1"), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
