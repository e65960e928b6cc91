package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/verify/internal/mutant"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// sources makes a package of these files, and reads it.
func sources(t *testing.T, files map[string]string) (*source, error) {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "p"), 0o700))
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(root, "p", name), []byte("package p\n\n"+text), 0o600))
	}
	return read(root, "p")
}

var (
	essays = map[string]string{
		"map.go":       "// Idea.\n//\n//\tI1  One.\n//\tI2  Two.\n",
		"guarded_n.go": "//\tI1. Another.\n//\tI3. Three.\n",
	}
	wrong = map[string]string{
		"// Says it (I4).\nfunc TestX() {}": "TestX: map_test.go: which invariant is I4?",
		"func TestX() {}":                   "TestX has no comment",
	}
)

// A test's property is the first sentence of its comment, its invariants those that the
// comment names, each of the file that is meant.
func TestRead(t *testing.T) {
	files := map[string]string{
		"map_test.go":             "// One thing\n// holds: v1. Another too. I1 to I3\nfunc TestMap(t *testing.T) {}\nfunc TestMain() {}\nfunc help() {}\n",
		"explore_guarded_test.go": "// It holds (I1, I2).\nfunc TestExploreGuarded(t *testing.T) {}\n",
	}
	maps.Copy(files, essays)
	s, err := sources(t, files)
	require.NoError(t, err)
	of := func(file, id string) invariant { return invariant{"p/" + file, id} }
	require.Equal(t, []test{
		{"TestExploreGuarded", "It holds (I1, I2).", []invariant{of("guarded_n.go", "I1"), of("map.go", "I2")}},
		{"TestMap", "One thing holds: v1.", []invariant{of("map.go", "I1"), of("map.go", "I2"), of("guarded_n.go", "I3")}},
	}, s.tests)
	for text, want := range wrong {
		files["map_test.go"] = text
		_, err = sources(t, files)
		require.ErrorContains(t, err, want)
	}
}

// An invariant that nothing names is an error, unless it is told not to be proven; so is
// one that is told so and is named.
func TestInvariants(t *testing.T) {
	s, err := sources(t, map[string]string{"map.go": essays["map.go"], "map_test.go": "// Says it (I2).\nfunc TestX() {}\n"})
	require.NoError(t, err)
	fault := []mutant.Mutant{{File: "p/map.go", What: "a guard is gone (I1)"}}
	for _, c := range []struct {
		faults    []mutant.Mutant
		notProven string
		want      string
	}{
		{fault, "", ""},
		{nil, "", "p/map.go I1 is named by no test"},
		{nil, "- p/map.go I1: who knows", ""},
		{fault, "- p/map.go I1: who knows", "p/map.go I1 is shown, and notproven.md says that it is not"},
		{[]mutant.Mutant{{File: "p/map.go", What: "a guard (I9)"}}, "", "which invariant is I9?"},
	} {
		err := (&page{sources: []*source{s}, notProven: c.notProven}).invariants(c.faults)
		if c.want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, c.want)
		}
	}
}

// Two pages are the same if they differ by times, machine, version and commit, and not
// if they do by anything else.
func TestDifference(t *testing.T) {
	s, err := sources(t, map[string]string{"p_test.go": "// A | b < c.\nfunc TestExploreX() {}\n// Two.\nfunc TestY() {}\n// Three.\nfunc TestZ() {}\n"})
	require.NoError(t, err)
	make := func(change func(p *page, r *mutant.Record)) string {
		p := &page{module: "m", where: []string{"Go: 1", "Machine: 1", "Commit: 1"}, sources: []*source{s}, notProven: "nothing\n"}
		p.tests.Tests = map[mutant.Key]string{{Package: "m/p", Test: "TestY"}: "pass"}
		p.scenarios.Records = []mutant.Record{{Package: "m/p", Test: "TestExploreX/sub", Threads: 2, Steps: 3, Bound: "1 preemption", Schedules: 4, Exhausted: true, Elapsed: 5 * time.Second}}
		p.mutants = []mutant.Outcome{{Mutant: mutant.Mutant{List: "p", File: "p/q/x.go", What: "gone", Test: "TestY"}}}
		change(p, &p.scenarios.Records[0])
		return p.String()
	}
	is := make(func(*page, *mutant.Record) {})
	for _, row := range []string{
		`| A \| b \< c. |  | TestExploreX/sub | 2 x 3 | 1 preemption | 4 | yes | 5s |`, "| Two. |  | TestY | yes |", "| Three. |  | TestZ | not run here |", "| gone | q/x.go | TestY |",
	} {
		require.Contains(t, is, row)
	}
	for want, change := range map[string]func(p *page, r *mutant.Record){
		"":                       func(p *page, r *mutant.Record) { r.Elapsed = 6789 * time.Microsecond; p.where[2] = "Commit: 2" },
		"+ - Elsewhere: 1\n":     func(p *page, _ *mutant.Record) { p.where[2] = "Elsewhere: 1" },
		"| 5 | yes ~\n":          func(_ *page, r *mutant.Record) { r.Schedules = 5 },
		"| 4 | no ~\n":           func(_ *page, r *mutant.Record) { r.Exhausted = false },
		"| Two. |  | TestY | no": func(p *page, _ *mutant.Record) { p.tests.Tests = nil },
		"nobody can: no reason": func(p *page, _ *mutant.Record) {
			p.mutants[0].Test, p.mutants[0].Equivalent = "", "no reason"
		},
	} {
		d := difference(is, make(change), false)
		require.Contains(t, d, want)
		require.Equal(t, want == "", d == "")
	}
	require.Empty(t, difference(is, make(func(p *page, _ *mutant.Record) { p.tests.Tests = nil }), true), "they were not run")
	swapped := strings.Replace(is, "| Two. |  | TestY | yes |\n| Three.", "| Three.", 1)
	require.NotEmpty(t, difference(is, swapped, false))
	require.Equal(t, "the order is another\n", difference("a\nb\n", "b\na\n", false))
}
