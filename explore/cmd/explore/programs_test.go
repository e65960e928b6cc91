package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// programs are the scenarios of testdata/programs, with how they end.
var programs = map[string]string{
	"Account":            "yes",
	"AccountBroken":      "FAILED: assertion",
	"Exchange":           "yes",
	"ExchangeRacy":       "yes", // by the scheduler alone
	"Buffer":             "yes",
	"BufferSignalBroken": "FAILED: deadlock",
	"BufferIfBroken":     "FAILED: panic",
	"Counter":            "yes",
	"CounterBroken":      "FAILED: assertion",
	"Dial":               "yes",
	"DialBroken":         "FAILED: assertion",
	"Lazy":               "yes",
	"LazyBroken":         "FAILED: assertion",
	"Lock":               "yes",
	"LockBroken":         "FAILED: assertion",
	"Pool":               "yes",
	"PoolBroken":         "FAILED: deadlock",
	"Price":              "yes",
	"PriceBroken":        "FAILED: assertion",
	"Ring":               "yes",
	"RingBroken":         "FAILED: livelock",
	"Semaphore":          "yes",
	"SemaphoreBroken":    "FAILED: deadlock",
	"Tally":              "yes",
	"TallyRacy":          "yes", // by the scheduler alone
	"TallyRacyLate":      "yes", // too
	"Transfer":           "yes",
	"TransferBroken":     "FAILED: deadlock",
}

// Each broken program fails within a few schedules, and says which; the right ones
// are exhausted, with no more than there are in a fraction of a second. The printed
// command fails in the same way.
func TestPrograms(t *testing.T) {
	builds(t)
	t.Parallel()
	dir := filepath.Join("..", "..", "testdata", "programs")
	r := explore(t, dir, nil, "-html", t.TempDir(), ".")
	require.Equal(t, 1, r.code, r.stderr)
	require.Equal(t, expected(programs), r.ends())
	for name, row := range r.scenarios {
		most := 2000
		if strings.HasPrefix(row.end, "FAILED") {
			require.Regexp(t, trace, row.failure, name)
			require.Regexp(t, `(?m)^. +1  .*(\w+\.go:\d+|cancelled.*)`, row.failure, name)
			require.NotContains(t, row.failure, "lang.go", name) // the lines are the user's
			most = 20
		}
		schedules, err := strconv.Atoi(row.schedules)
		require.NoError(t, err, name)
		require.LessOrEqual(t, schedules, most, name)
	}
	again(t, dir, r.scenarios["programs.TestExploreLockBroken"])
	guided(t, dir, r.stdout)
}

var trace = regexp.MustCompile(`(?m)^trace: ([\d.,x]+)$`)

// again runs the command that row's failure names, in a shell.
func again(t *testing.T, dir string, row scenarioRow) {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if runtime.GOOS == "windows" || err != nil {
		t.Log("the printed command is for a shell, of which there is none")
		return
	}
	_, command, ok := strings.Cut(row.failure, "\nagain: ")
	require.True(t, ok, row.failure)
	command, _, _ = strings.Cut(command, "\n")
	cmd := exec.CommandContext(t.Context(), sh, "-c", command)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "GOWORK=off", "TMPDIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	require.ErrorContains(t, err, "exit status 1", "%s", out)
	require.Contains(t, string(out), strings.TrimPrefix(row.end, "FAILED: ")+": ")
	require.Equal(t, trace.FindString(row.failure), trace.FindString(string(out)), "%s", out)
}

// With the race detector plain data races are found, though one goroutine runs at a
// time, and in the first schedule. The other programs end as before: what mutexes,
// atomics, channels and contexts order is known to it.
func TestProgramsRaced(t *testing.T) {
	builds(t)
	t.Parallel()
	if !hasDetector(t) {
		t.Skip("no race detector: it needs cgo, a C compiler, and amd64 or arm64")
	}
	want := maps.Clone(programs)
	racy := []string{"ExchangeRacy", "TallyRacy", "TallyRacyLate"}
	for _, name := range racy {
		want[name] = "yes; FAILED otherwise"
	}
	r := explore(t, filepath.Join("..", "..", "testdata", "programs"), nil, "-race", "-html", t.TempDir(), ".")
	require.Equal(t, 1, r.code, r.stderr)
	require.Equal(t, expected(want), r.ends())
	for _, name := range racy {
		require.Contains(t, r.scenarios["programs.TestExplore"+name].failure, "DATA RACE")
	}
}

func expected(ends map[string]string) map[string]string {
	all := map[string]string{}
	for name, end := range ends {
		all["programs.TestExplore"+name] = end
	}
	return all
}

// What the package's guide and README quote is what the programs are, and what the command
// prints of them, but for times.
func guided(t *testing.T, dir, output string) {
	t.Helper()
	times := regexp.MustCompile(`\b[\d.]+(µs|ms|s)\b`)
	tidy := func(text string) string {
		var lines []string
		for line := range strings.Lines(text) {
			lines = append(lines, strings.Join(strings.Fields(times.ReplaceAllString(line, "")), " "))
		}
		return strings.Join(lines, "\n")
	}
	var said strings.Builder
	said.WriteString(tidy(output))
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	for _, name := range files {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		said.WriteString("\n" + tidy(string(text)))
	}
	guide, err := os.ReadFile(filepath.Join("..", "..", "guide.go"))
	require.NoError(t, err)
	quoted := 0
	for block := range strings.SplitSeq(string(guide), "\n//\n") {
		if lines, ok := strings.CutPrefix(block, "//\t"); ok && !strings.Contains(block, "go get -tool") {
			for line := range strings.SplitSeq(lines, "\n//\t") {
				require.Contains(t, said.String(), tidy(line))
				quoted++
			}
		}
	}
	require.Greater(t, quoted, 50)
	readme, err := os.ReadFile(filepath.Join("..", "..", "..", "README.md"))
	require.NoError(t, err)
	_, trace, ok := strings.Cut(string(readme), "```text\nassertion: ")
	trace, _, _ = strings.Cut(trace, "```")
	require.True(t, ok)
	require.Contains(t, said.String(), tidy(strings.TrimSpace("assertion: "+trace)))
}
