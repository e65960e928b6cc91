package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore/internal/report"
	"github.com/petiole-go/petiole/internal/testkit"
)

// -overlay has a fault explored that is not in the source, and -json tells the
// outcome of either; the command that replays the failure has the overlay too.
func TestOverlay(t *testing.T) {
	if testing.Short() {
		t.Skip("builds two tests")
	}
	dir := t.TempDir()
	records := filepath.Join(dir, "records.json")
	scenario := []string{"-html", dir, "-json", records, "-run", "^TestExploreCellUpdate$", "../../../rcu"}
	explored := func(args ...string) (report.Record, int, string) {
		var out strings.Builder
		code := run(t.Context(), args, &out, &out)
		text, err := os.ReadFile(records)
		require.NoError(t, err, "%s", out.String())
		var all []report.Record
		require.NoError(t, json.Unmarshal(text, &all))
		require.Len(t, all, 1)
		require.NoError(t, os.Remove(records))
		return all[0], code, out.String()
	}
	r, code, out := explored(scenario...)
	require.Equal(t, exitOK, code, "%s", out)
	require.True(t, r.Exhausted)
	require.False(t, r.Failed)
	require.Greater(t, r.Schedules, 1)

	overlay := testkit.Overlay(t, testkit.Change{
		File: "../../../rcu/cell.go", Old: "\tc.mu.Lock()\n\tdefer func() {", New: "\tdefer func() {\n\t\tc.mu.Lock()",
	})
	r, code, out = explored(append([]string{"-overlay", overlay}, scenario...)...)
	require.Equal(t, exitFailed, code, "%s", out)
	require.Equal(t, "assertion", r.Kind)
	require.True(t, r.Failed)
	require.Contains(t, out, " -overlay "+overlay)
}
