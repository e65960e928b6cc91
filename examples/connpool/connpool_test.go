package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
)

// The test binary is the program too, and its children: this says so.
const programEnv = "PETIOLE_CONNPOOL_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programEnv) != "" {
		os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	testkit.Main(m)
}

// small is the smallest with which the naive pool must die.
var small = strings.Fields("-workers 512 -max 20 -requests 300 -parallel 40 -limit 1m")

// program runs the example as a process of its own.
func program(t *testing.T, args ...string) (stdout, stderr string, code int) {
	if err := supported(); err != nil {
		t.Skip(err)
	}
	exe, err := os.Executable()
	require.NoError(t, err)
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), exe, args...)
	cmd.Env = append(os.Environ(), programEnv+"=1")
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run()
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// The claims, from the numbers: not from the program's own verdict, which must agree by its exit code.
func TestConnpoolClaims(t *testing.T) {
	t.Parallel()
	args := []string{"-limit", "1m"}
	if testing.Short() {
		args = small
	}
	o, _, err := parse(args)
	require.NoError(t, err)
	numbers := filepath.Join(t.TempDir(), "numbers")
	stdout, stderr, code := program(t, append(args, "-json", numbers)...)
	require.Zero(t, code, "%s%s", stdout, stderr)
	require.Empty(t, stderr)

	text, err := os.ReadFile(numbers)
	require.NoError(t, err)
	var r results
	require.NoError(t, json.Unmarshal(text, &r))
	require.Len(t, r.Children, 2)
	dies, ends := r.Children[0], r.Children[1]

	require.Len(t, dies.Moments, 1)
	m := dies.Moments[0]
	require.Equal(t, 1, dies.Exit)
	require.True(t, m.Child.EMFILE)
	require.Greater(t, m.Child.Open, descriptors/2)
	require.LessOrEqual(t, m.Child.Open, descriptors)
	require.Equal(t, m.Child.Open, m.Child.Talked)
	require.Equal(t, m.Child.Open, m.Server.Open)

	require.Len(t, ends.Moments, 2)
	m = ends.Moments[0]
	require.Zero(t, ends.Exit)
	require.Equal(t, map[string]int{"returned": o.workers / 2, "panicked": o.workers / 4, "goexited": o.workers / 4}, m.Child.Ended)
	require.Equal(t, m.Child.Ended, m.Child.Loans)
	require.Zero(t, m.Child.Lost)
	require.LessOrEqual(t, m.Child.Most, o.max)
	require.LessOrEqual(t, m.Server.Open, o.max)
	require.Zero(t, ends.Moments[1].Server.Open)
	require.Greater(t, m.Server.Accepted, o.workers/2, "those of who was cut short are closed")
	require.Equal(t, o.workers*asks+o.workers/2, m.Server.Lines)
	require.Zero(t, m.Server.Mixed)

	require.Equal(t, map[string]int{"answered": o.requests * 17 / 15, "panicked": o.requests / 5, "cancelled": o.requests * 2 / 3}, r.Web.Got)
	require.LessOrEqual(t, r.Web.Sockets.Most, o.max)
	require.Zero(t, r.Web.Sockets.Open)
	require.Zero(t, r.Web.Server.Open)
	require.Zero(t, r.Web.Server.Mixed)
	require.Len(t, r.Web.Descriptors, 4)
	require.Equal(t, r.Web.Descriptors[0], r.Web.Descriptors[3])
	require.Equal(t, runtime.GOOS == "linux", r.Web.Descriptors[0] > 0)
}

// What takes too long is ended, with one line that says so, and exit code 1.
func TestConnpoolLimit(t *testing.T) {
	t.Parallel()
	_, stderr, code := program(t, "-limit", "1ms")
	require.Equal(t, 1, code)
	require.Equal(t, "connpool: not done within 1ms (-limit)\n", stderr)
}

// A bad flag is one line that says what would be right, and exit code 2.
func TestConnpoolBadFlags(t *testing.T) {
	for args, right := range map[string]string{
		"-workers 256":    "from 512 to 1000000",
		"-workers many":   "from 512 to 1000000",
		"-max 201":        "from 2 to 200",
		"-requests 0":     "from 300 to 1000000",
		"-parallel 1":     "from 10 to 1000",
		"-limit 5":        "-limit",
		"-timeout 1s":     "-h lists",
		"-max 50 sockets": "only flags",
		"-json":           "needs an argument",
		"-child nobody":   `one of "a map by worker", "vigils"`,
	} {
		var stdout, stderr bytes.Buffer
		require.Equal(t, 2, run(strings.Fields(args), nil, &stdout, &stderr), args)
		require.Empty(t, stdout.String())
		require.Equal(t, 1, strings.Count(stderr.String(), "\n"))
		require.Contains(t, stderr.String(), right)
	}
}
