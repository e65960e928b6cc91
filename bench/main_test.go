package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/bench/internal/report"
)

// program is the real one, built once.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "bench-test-*")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(dir, "bench.exe")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		panic(string(out))
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// start runs the program and returns its exit code and output.
func start(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	return exitCode(t, cmd.Run()), out.String(), errs.String()
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	if err == nil {
		return 0
	}
	exit, ok := errors.AsType[*exec.ExitError](err)
	require.True(t, ok, "%v", err)
	return exit.ExitCode()
}

// Bad flags: exit 2, and one line that says what is wrong and what would be right.
func TestBadFlags(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.txt")
	require.NoError(t, os.WriteFile(empty, nil, 0o644))
	for _, tc := range []struct{ args, want string }{
		{"-nope", "listed by -h"},
		{"extra", `unexpected argument "extra"`},
		{"-quick -full", "use one"},
		{"-count 3", "want 6 to 1000"},
		{"-count 0", "want 6 to 1000"},
		{"-count many", "listed by -h"},
		{"-cpu 1,zero", "as 1,2,8"},
		{"-cpu 0", "as 1,2,8"},
		{"-run (", "no regular expression"},
		{"-run nothing-like-it", "there are point-read"},
		{"-out=", "names no directory"},
		{"-compare no-such-file", "wants a bench.txt"},
		{"-compare " + empty, "no benchmark results"},
	} {
		t.Run(tc.args, func(t *testing.T) {
			code, stdout, stderr := start(t, strings.Fields(tc.args)...)
			require.Equal(t, exitUsage, code)
			require.Empty(t, stdout)
			require.Contains(t, stderr, tc.want)
			require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
		})
	}
}

// -h explains with examples and exits 0.
func TestHelp(t *testing.T) {
	code, _, stderr := start(t, "-h")
	require.Zero(t, code)
	for _, want := range []string{"go run ./bench -quick", "-compare file", "Exit codes"} {
		require.Contains(t, stderr, want)
	}
}

// An output folder that cannot be written is said at once, before anything is measured.
func TestOutCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	code, stdout, stderr := start(t, "-out", filepath.Join(file, "sub"))
	require.Equal(t, exitFailed, code)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "cannot write to -out")
}

// A whole run: JSON on stdout and nothing else, both files, and -compare with the run before.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	args := []string{"-quick", "-run", "update", "-json", "-out", dir}
	code, stdout, stderr := start(t, args...)
	var d report.Doc
	require.NoError(t, json.Unmarshal([]byte(stdout), &d), stderr)
	// What is busy beside the tests may make the figures worthless; then the program must say so.
	require.Equal(t, d.OK(), code == exitOK, stderr)
	require.Len(t, d.Comparisons, 1)
	require.Equal(t, []int{1, 2}, d.Meta.Procs)
	require.GreaterOrEqual(t, d.Comparisons[0].Tables[0].Rows[0].Stats["ns/op"].N, 6)
	require.Contains(t, stderr, "no difference, as it must be")
	require.FileExists(t, filepath.Join(dir, report.HTMLName))

	if testing.Short() {
		return // -compare wants a second run; the reading back is tested in report
	}
	older := filepath.Join(dir, report.BenchName)
	_, stdout, _ = start(t, "-quick", "-run", "update", "-json", "-out", t.TempDir(), "-compare", older)
	require.NoError(t, json.Unmarshal([]byte(stdout), &d))
	require.NotEmpty(t, d.Older.Rows)
	require.Zero(t, d.Older.Missing)
}

// Ctrl-C keeps what was measured, says that it is partial, and exits 130. The first line comes within
// a second.
func TestInterruptKeepsWhatWasMeasured(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no SIGINT can be sent to a child there")
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), program, "-full", "-run", "guarded|load", "-out", dir)
	pipe, err := cmd.StdoutPipe()
	require.NoError(t, err)
	begun := time.Now()
	require.NoError(t, cmd.Start())
	out := bufio.NewReader(pipe)
	first, err := out.ReadString('\n')
	require.NoError(t, err)
	require.Less(t, time.Since(begun), time.Second)
	require.Contains(t, first, runtime.Version())

	for line := ""; !strings.Contains(line, "% "); { // a progress line: something is measured
		line, err = out.ReadString('\n')
		require.NoError(t, err)
	}
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	rest, err := io.ReadAll(out)
	require.NoError(t, err)
	require.Equal(t, exitInterrupted, exitCode(t, cmd.Wait()), string(rest))
	require.Contains(t, string(rest), "PARTIAL")

	b, err := report.ReadBench(filepath.Join(dir, report.BenchName))
	require.NoError(t, err)
	require.NotEmpty(t, b.Names)
	page, err := os.ReadFile(filepath.Join(dir, report.HTMLName))
	require.NoError(t, err)
	require.Contains(t, string(page), "Partial: the run was interrupted")
}

// Neither net/http nor crypto/tls is linked: they would double a cold build.
func TestDependencies(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	require.NoError(t, err)
	deps := strings.Fields(string(out))
	require.NotContains(t, deps, "net/http")
	require.NotContains(t, deps, "crypto/tls")
	require.Contains(t, deps, "github.com/petiole-go/petiole/rcu")
}
