package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var testdataUser = filepath.Join("testdata", "user")

// A module's packages at once: what its scenarios do outside of Check, and what its
// tests are besides, is told too.
func TestUser(t *testing.T) {
	builds(t)
	t.Parallel()
	args, html := []string{"./..."}, filepath.Join(t.TempDir(), "html")
	raced := hasDetector(t)
	if raced {
		args = []string{"-race", "./..."}
	}
	r := explore(t, user(t, testdataUser), nil, append([]string{"-html", html}, args...)...)
	require.Equal(t, exitFailed, r.code, r.stderr)
	require.Equal(t, map[string]string{
		"bare.TestExploreBare":            "yes",
		"fails.TestExploreBoth":           "FAILED: assertion",
		"fails.TestExploreFirst":          "yes; FAILED otherwise",
		"fails.TestExploreSub/right":      "yes",
		"fails.TestExploreSub/it's_wrong": "FAILED: assertion",
		"fails.TestExploreTwice":          "yes, FAILED: assertion",
		"outside.TestExploreOutside":      "yes",
	}, r.ends(), r.stdout)
	for _, want := range []string{
		"explore: no TestExplore test in example.com/user/nothing\n",
		"explore: bare.TestExploreNot has not called explore.Check\n",
		"--- example.com/user/fails TestExploreFirst failed:\n    fails_test.go:33: failed before Check\n",
		"--- example.com/user/fails TestExploreOnly failed:\n    fails_test.go:37: failed without Check\n",
	} {
		require.Contains(t, r.stdout, want)
	}
	require.NotContains(t, r.stdout, "not to be run")
	both := r.scenarios["fails.TestExploreBoth"].failure
	require.Equal(t, raced, strings.Contains(both, "DATA RACE"), both)

	pages, err := os.ReadDir(html)
	require.NoError(t, err)
	require.Len(t, pages, 3, "a timeline of each failure")
	for _, page := range pages {
		text, err := os.ReadFile(filepath.Join(html, page.Name()))
		require.NoError(t, err)
		require.Contains(t, r.stdout, "\ntimeline: "+filepath.Join(html, page.Name())+"\n")
		require.Contains(t, string(text), "n is 1")
		require.NotRegexp(t, `(?i)https?://|\ssrc=|<script|@import|url\(`, string(text), "not self-contained")
	}
}

// The flags that say what is run.
func TestChosen(t *testing.T) {
	builds(t)
	t.Parallel()
	dir := user(t, testdataUser)
	t.Run("subtest", func(t *testing.T) {
		r := explore(t, dir, nil, "-v", "-schedules", "1", "-run", "Sub/^right$", "./fails")
		require.Equal(t, exitOK, r.code, r.stdout)
		row := r.scenarios["fails.TestExploreSub/right"]
		require.Equal(t, "1 no", row.schedules+" "+row.end)
		require.Len(t, r.scenarios, 1)
		require.Contains(t, r.stdout, "=== RUN   TestExploreSub/right\n")
	})
	t.Run("preemptions", func(t *testing.T) {
		r := explore(t, dir, nil, "-preemptions", "-1", "-run", "Sub/^right$", "./fails")
		require.Equal(t, "none, reduced", r.scenarios["fails.TestExploreSub/right"].bound)
	})
	t.Run("replay", func(t *testing.T) {
		r := explore(t, dir, nil, "-replay", "1,2x2", "-run", "Sub/it's", "-html", t.TempDir(), "./fails")
		require.Equal(t, exitFailed, r.code, r.stdout)
		row := r.scenarios["fails.TestExploreSub/it's_wrong"]
		require.Equal(t, "replay 1 FAILED: assertion", row.bound+" "+row.schedules+" "+row.end)
		require.Contains(t, row.failure, ` -run '^TestExploreSub$/^it'\''s_wrong$' -replay '1,2x2' example.com/user/fails`)
	})
}

// What GOFLAGS has for the go command is heeded, or set right: build tags, a vendor
// directory (which no overlay reaches), coverage (which would rewrite what is
// rewritten). A package of the module that is not named is left, and that is told.
func TestGOFLAGS(t *testing.T) {
	builds(t)
	t.Parallel()
	dir := user(t, testdataUser)
	gocmd(t, dir, nil, "mod", "vendor")
	r := explore(t, dir, []string{"GOFLAGS=-mod=vendor -cover -tags=special"}, "-v", "./tagged")
	require.Equal(t, exitOK, r.code, r.stderr)
	require.NotContains(t, r.stdout, "coverage:")
	require.Equal(t, map[string]string{"tagged.TestExploreTagged": "yes"}, r.ends(), r.stdout)
	require.Contains(t, r.stdout, "left as it is, locks and all: example.com/user/lib (-also example.com/user/lib rewrites it)\n")
}

// A lock that a package takes which is not rewritten is told in words.
func TestNotRewritten(t *testing.T) {
	builds(t)
	t.Parallel()
	r := explore(t, user(t, testdataUser), nil, "./outside")
	require.Equal(t, exitFailed, r.code, r.stdout)
	require.Contains(t, r.stdout, "--- example.com/user/outside does not build under the scheduler:\n")
	require.Regexp(t, `(?m)outside_test\.go:17: passes a sync\.Mutex to package example\.com/user/lib, which is not rewritten; add -also example\.com/user/lib$`, r.stdout)
	require.NotContains(t, r.stdout, "petiole-explore-", "names a copy")
}

// What cannot be rewritten, or does not compile, is told once, with its place.
func TestRefused(t *testing.T) {
	builds(t)
	t.Parallel()
	dir := user(t, testdataUser)
	lines := func(sources map[string]string, want ...string) {
		t.Helper()
		var patterns []string
		for name, source := range sources {
			require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o700))
			file := filepath.Join(dir, name, "x.go")
			require.NoError(t, os.WriteFile(file, []byte("package "+name+"\n\n"+source+"\n"), 0o600))
			file = filepath.Join(dir, name, "x_test.go")
			require.NoError(t, os.WriteFile(file, []byte("package "+name+"\n\nimport \"testing\"\n\nfunc TestExploreX(*testing.T) {}\n"), 0o600))
			patterns = append(patterns, "./"+name)
		}
		r := explore(t, dir, nil, patterns...)
		require.Equal(t, exitFailed, r.code, r.stderr)
		head, rest, _ := strings.Cut(strings.TrimSpace(r.stderr), "\n")
		require.Equal(t, "explore: cannot rewrite this:", head)
		require.ElementsMatch(t, want, strings.Split(strings.ReplaceAll(rest, dir+string(filepath.Separator), ""), "\n"))
	}
	lines(map[string]string{
		"parse":   "func F( {}",
		"types":   "func F() int { return nil }",
		"missing": `import _ "example.org/not/there"`,
	},
		"parse/x.go:3: syntax error: unexpected {, expected )",
		"types/x.go:3: cannot use nil as int value in return statement",
		"missing/x.go:3:8: cannot find module providing package example.org/not/there: import lookup disabled by -mod=readonly",
	)
	sources := map[string]string{
		"reflected": "import \"reflect\"\n\nvar _ = reflect.Select",
		"linked":    "import _ \"unsafe\"\n\n//go:linkname park runtime.gopark\nfunc park()",
	}
	want := []string{
		"reflected/x.go:5: reflect.Select is a channel operation by reflection, which cannot be rewritten",
		"linked/x.go:5: links to runtime.gopark, past the scheduler",
	}
	if hasCgo(t) {
		sources["c"] = `import "C"`
		want = append(want, `c/x.go:1: imports "C": cgo cannot be rewritten`)
	}
	lines(sources, want...)
}

// Wrong usage is told in one line, and is 2; so is nothing to run.
func TestUsage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for want, args := range map[string][]string{
		"no packages;":                        nil,
		"not defined: -nope;":                 {"-nope", "."},
		"-v comes after a package":            {".", "-v"},
		"-schedules -1;":                      {"-schedules", "-1", "."},
		"-preemptions -2;":                    {"-preemptions", "-2", "."},
		`"many" for flag -schedules`:          {"-schedules", "many", "."},
		"-run \"(\" is no regular expression": {"-run", "(", "."},
		`-replay: "1y" is no part of a trace`: {"-replay", "2,1y", "."},
	} {
		r := explore(t, dir, nil, args...)
		require.Equal(t, exitUsage, r.code, want)
		require.Empty(t, r.stdout)
		require.Regexp(t, `^explore: .*`+regexp.QuoteMeta(want)+`.*\n$`, r.stderr)
	}
	r := explore(t, dir, nil, "-h")
	require.Equal(t, exitOK, r.code)
	require.Contains(t, r.stderr, "Exit codes: 0 ")
	require.Contains(t, r.stderr, "go run exits 1 for all of them but 0")

	builds(t)
	dir = user(t, testdataUser)
	for want, args := range map[string][]string{
		"no scenario was found":           {"./nothing"},
		`-run "Nope" matches no scenario`: {"-run", "Nope", "./bare"},
		"-replay is for one scenario":     {"-replay", "1", "./bare"},
	} {
		r := explore(t, dir, nil, args...)
		require.Equal(t, exitUsage, r.code, want)
		require.Regexp(t, `^explore: .*`+regexp.QuoteMeta(want)+`.*\n$`, r.stderr)
	}
	r = explore(t, dir, nil, "-run", "Not", "./bare") // which is skipped
	require.Equal(t, exitUsage, r.code, r.stdout)
	require.Contains(t, r.stdout, "none of them called explore.Check")
}

// hasDetector says whether there is a race detector.
func hasDetector(t *testing.T) bool {
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOARCH").Output()
	require.NoError(t, err)
	arch := strings.TrimSpace(string(out))
	return hasCgo(t) && (arch == "amd64" || arch == "arm64")
}

// hasCgo says whether there are cgo and a C compiler.
func hasCgo(t *testing.T) bool {
	out, err := exec.CommandContext(t.Context(), "go", "env", "CGO_ENABLED", "CC").Output()
	require.NoError(t, err)
	enabled, cc, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	_, err = exec.LookPath(cc)
	return enabled == "1" && err == nil
}
