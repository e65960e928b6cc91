package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What was found in golang.org/x/sync, and mended or not, is found in it as it is in
// the module cache: a cancelled waiter strands the one behind it (golang/go#37852),
// also since if that one wants nothing.
func TestXSync(t *testing.T) {
	builds(t)
	t.Parallel()
	for version, head := range map[string]string{
		"v0.0.0-20190911185100-cd5d95a43a6e": "FAILED: deadlock",
		"v0.24.0":                            "yes",
		"v0.25.0":                            "yes",
	} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			dir := xsync(t, version)
			r := explore(t, dir, nil, "-html", t.TempDir(), "-also", "golang.org/x/sync/semaphore", ".")
			require.Equal(t, exitFailed, r.code, r.stderr)
			require.Equal(t, map[string]string{
				"xsync.TestExploreCancelledHead": head,
				"xsync.TestExploreWeightless":    "FAILED: deadlock",
			}, r.ends(), r.stdout)
			require.Regexp(t, `(?m)^  light +select #\d+ +semaphore/semaphore\.go:\d+$`, r.scenarios["xsync.TestExploreWeightless"].failure)
		})
	}
}

// xsync copies testdata/xsync to where it requires that version of x/sync, without
// a network if it is in the cache.
func xsync(t *testing.T, version string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "testdata", "xsync"))))
	module := "golang.org/x/sync@" + version
	out, err := gocmd(t, dir, "mod", "edit", "-replace="+core+"="+root(t), "-require="+module)
	require.NoError(t, err, out)
	if out, err := gocmd(t, dir, "mod", "download", module); err != nil {
		t.Skipf("%s is not in the module cache, and cannot be had: %s", module, out)
	}
	return dir
}

const core = "github.com/petiole-go/petiole"

// root is the directory of the toolkit.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	return dir
}

// gocmd runs the go command in dir.
func gocmd(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.CombinedOutput()
	return string(out), err
}
