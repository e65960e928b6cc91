package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What was found in golang.org/x/sync, and mended or not, is found in it as it is in
// the module cache: a cancelled waiter strands the one behind it (golang/go#37852),
// also since if that one wants nothing. The version is named in go.mod, in the file
// of -modfile, or in a workspace whose directory is no module.
func TestXSync(t *testing.T) {
	builds(t)
	t.Parallel()
	for _, c := range []struct{ version, gomod, env, from, head, line string }{
		{"v0.0.0-20190911185100-cd5d95a43a6e", "other.mod", "GOFLAGS=-modfile=other.mod", ".", "FAILED: deadlock", "60"},
		{"v0.24.0", "go.mod", "GOWORK=off", ".", "yes", "80"},
		{"v0.25.0", "go.mod", "GOWORK=", "..", "yes", "80"},
	} {
		t.Run(c.version, func(t *testing.T) {
			t.Parallel()
			dir := xsync(t, c.version, c.gomod)
			from := filepath.Join(dir, c.from)
			pattern, err := filepath.Rel(from, dir)
			require.NoError(t, err)
			r := explore(t, from, []string{c.env}, "-html", t.TempDir(), "-also", "golang.org/x/sync/semaphore", "./"+pattern)
			require.Equal(t, exitFailed, r.code, r.stderr)
			require.Equal(t, map[string]string{
				"xsync.TestExploreCancelledHead": c.head,
				"xsync.TestExploreWeightless":    "FAILED: deadlock",
			}, r.ends(), r.stdout)
			require.Regexp(t, `(?m)^  light +select #\d+ +semaphore/semaphore\.go:`+c.line+`$`, r.scenarios["xsync.TestExploreWeightless"].failure)
		})
	}
}

// xsync copies testdata/xsync to where gomod requires that version of x/sync,
// without a network if it is in the cache.
func xsync(t *testing.T, version, gomod string) (dir string) {
	t.Helper()
	dir = user(t, filepath.Join("..", "..", "testdata", "xsync"))
	for _, ext := range []string{".mod", ".sum"} {
		text, err := os.ReadFile(filepath.Join(dir, "go"+ext))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, strings.TrimSuffix(gomod, ".mod")+ext), text, 0o600))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "..", "go.work"), []byte("go 1.26.0\n\nuse ./xsync\n"), 0o600))
	module := "golang.org/x/sync@" + version
	gocmd(t, dir, nil, "mod", "edit", "-require="+module, gomod)
	cmd := exec.CommandContext(t.Context(), "go", "mod", "download", "-modfile="+gomod, module)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("%s is not in the module cache, and cannot be had: %s", module, out)
	}
	return dir
}

// user copies a module of testdata to where a user may have it.
func user(t *testing.T, testdata string) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "the user's own", filepath.Base(testdata))
	require.NoError(t, os.CopyFS(dir, os.DirFS(testdata)))
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	gocmd(t, dir, nil, "mod", "edit", "-replace="+toolkit+"="+root)
	return dir
}

// gocmd runs the go command in dir, with env added to the environment.
func gocmd(t *testing.T, dir string, env []string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "GOWORK=off"), env...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}
