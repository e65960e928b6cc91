package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A build in which three things are wrong, by -overlay, must fail by the three claims that are about them.
// (One build, for the time that a build takes.)
func TestReplicasetBrokenBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	if err := supported(); err != nil {
		t.Skip(err)
	}
	t.Parallel()
	const (
		closing  = "\t\t\tg.Close()\n"
		writing  = "\tif _, err := fmt.Fprintf(m.journal"
		thirdNot = "\tif seq == \"3\" {\n\t\treturn \"ok\"\n\t}\n"
	)
	bin := build(t, []fault{
		{"nest.go", "c.rs.ScheduleFrom(s)", "c.rs.Schedule()"},        // every late report asks for a run
		{"nest.go", closing, "\t\t\tg.Do((*pool).Close)\n" + closing}, // a pool is closed under its readers
		{"member.go", writing, thirdNot + writing},                    // an insert is acknowledged and not written
	})
	out, err := exec.CommandContext(t.Context(), bin, "-senders", "100", "-limit", "1m").CombinedOutput()
	require.Error(t, err)
	for _, claim := range []string{"one refresh per failover", "stayed open under its reader", "acknowledged inserts"} {
		require.Regexp(t, "FAILED .*"+claim, string(out))
	}
}

// fault is a piece of a file and what stands there in a broken build.
type fault struct{ file, right, wrong string }

// build makes the program with all faults in it.
func build(t *testing.T, faults []fault) (bin string) {
	dir := t.TempDir()
	replace := make(map[string]string)
	for _, f := range faults {
		original, err := filepath.Abs(f.file)
		require.NoError(t, err)
		mutant := filepath.Join(dir, f.file)
		from := original
		if replace[original] != "" {
			from = mutant
		}
		text, err := os.ReadFile(from)
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(string(text), f.right), "the code has moved on: %s", f.right)
		require.NoError(t, os.WriteFile(mutant, []byte(strings.Replace(string(text), f.right, f.wrong, 1)), 0o666))
		replace[original] = mutant
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	list := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(list, overlay, 0o666))
	bin = filepath.Join(dir, "broken.exe")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", list, "-o", bin, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return bin
}
