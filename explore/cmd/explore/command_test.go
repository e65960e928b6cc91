package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
)

// asCommand tells this test binary to be the command.
const asCommand = "PETIOLE_EXPLORE_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		os.Unsetenv(asCommand)
		main()
	}
	testkit.Main(m)
}

// ran is what a process of the command did.
type ran struct {
	code           int
	stdout, stderr string
	scenarios      map[string]scenarioRow // by package.test
}

type scenarioRow struct {
	bound, schedules, end string
	failure               string // what was printed of it behind the table
}

// explore runs the command in dir, with env added to the environment, and reads its
// table. A module there stands alone, whatever go.work is above it.
func explore(t *testing.T, dir string, env []string, args ...string) ran {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	tmp := t.TempDir()
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), asCommand+"=1", "GOWORK=off", "TMPDIR="+tmp, "TMP="+tmp), env...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); !exited {
		require.NoError(t, err)
	}
	left, err := filepath.Glob(filepath.Join(tmp, "petiole-explore-*"))
	require.NoError(t, err)
	require.Empty(t, left, "the command left its copies")
	r := ran{code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
	r.scenarios = r.table()
	return r
}

var columns = regexp.MustCompile(`\s{2,}`)

func (r ran) table() map[string]scenarioRow {
	rows := map[string]scenarioRow{}
	_, text, _ := strings.Cut(r.stdout, "\nscenario ")
	text, failures, _ := strings.Cut(text, "\n\n")
	for line := range strings.Lines(text) {
		if f := columns.Split(line, -1); len(f) >= 6 && strings.Contains(f[0], ".Test") {
			end := f[4]
			if before, ok := rows[f[0]]; ok {
				end = before.end + ", " + end
			}
			rows[f[0]] = scenarioRow{bound: f[2], schedules: f[3], end: end}
		}
	}
	for text := range strings.SplitSeq("\n"+failures, "\n--- ") {
		head, text, _ := strings.Cut(text, "\n")
		pkg, test, _ := strings.Cut(strings.TrimSuffix(head, " failed:"), " ")
		name := pkg[strings.LastIndex(pkg, "/")+1:] + "." + test
		if row, ok := rows[name]; ok {
			row.failure = text
			rows[name] = row
		}
	}
	return rows
}

// ends is how each scenario ended.
func (r ran) ends() map[string]string {
	ends := map[string]string{}
	for name, row := range r.scenarios {
		ends[name] = row.end
	}
	return ends
}

var built sync.Map // the tests that have built something in this process

// builds skips a test that has the command build packages where that would not be
// worth its seconds.
func builds(t *testing.T) {
	t.Helper()
	switch _, again := built.LoadOrStore(t.Name(), true); {
	case testing.Short(), again:
		t.Skip("shown by the full run, once")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("needs the go command")
	}
}
