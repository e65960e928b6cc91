package main

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
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
	overlay := testkit.Overlay(t,
		testkit.Change{File: "nest.go", Old: "c.rs.ScheduleFrom(s)", New: "c.rs.Schedule()"},        // every late report asks for a run
		testkit.Change{File: "nest.go", Old: closing, New: "\t\t\tg.Do((*pool).Close)\n" + closing}, // a pool is closed under its readers
		testkit.Change{File: "member.go", Old: writing, New: thirdNot + writing},                    // an insert is acknowledged and not written
	)
	bin := filepath.Join(t.TempDir(), "broken.exe")
	text, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "-o", bin, ".").CombinedOutput()
	require.NoError(t, err, "%s", text)
	out, err := exec.CommandContext(t.Context(), bin, "-senders", "100", "-limit", "1m").CombinedOutput()
	require.Error(t, err)
	for _, claim := range []string{"one refresh per failover", "stayed open under its reader", "acknowledged inserts"} {
		require.Regexp(t, "FAILED .*"+claim, string(out))
	}
}
