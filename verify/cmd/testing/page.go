package main

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/petiole-go/petiole/verify/internal/mutant"
)

// The parts that are written by hand.
var (
	//go:embed head.md
	head string
	//go:embed notproven.md
	notProven string
)

// A page is what TESTING.md is made of.
type page struct {
	where     []string // machine, Go, commit: a line each
	module    string
	sources   []*source
	tests     mutant.Verdict
	scenarios mutant.Verdict
	mutants   []mutant.Outcome
	notProven string
}

func (p *page) String() string {
	var b strings.Builder
	b.WriteString(head)
	tests, schedules := 0, 0
	for _, s := range p.sources {
		tests += len(s.tests)
	}
	for _, r := range p.scenarios.Records {
		schedules += r.Schedules
	}
	fmt.Fprintf(&b, "\n## What ran\n\n%d tests; %d scenarios among them, in %d schedules; %d faults.\n\n",
		tests, len(p.scenarios.Records), schedules, len(p.mutants))
	for _, line := range p.where {
		fmt.Fprintf(&b, "- %s\n", line)
	}
	for _, s := range p.sources {
		var parts strings.Builder
		p.writeTests(&parts, s)
		p.writeScenarios(&parts, s)
		p.writeMutants(&parts, s)
		if parts.Len() > 0 {
			fmt.Fprintf(&b, "\n## %s\n%s", title(s.dir), parts.String())
		}
	}
	b.WriteString("\n" + p.notProven)
	return b.String()
}

func title(dir string) string {
	if dir == "." {
		return "The repository"
	}
	return dir
}

func (p *page) writeTests(b *strings.Builder, s *source) {
	t := table{"property", "id", "test", "passed"}
	for _, f := range s.tests {
		if scenario(f.name) {
			continue
		}
		passed := "yes"
		if got := p.tests.Tests[p.key(s, f.name)]; got == "" {
			passed = "not run here"
		} else if got != "pass" {
			passed = got
		}
		t.row(b, f.property, ids(f.ids), f.name, passed)
	}
}

func (p *page) key(s *source, test string) mutant.Key {
	return mutant.Key{Package: strings.TrimSuffix(p.module+"/"+s.dir, "/."), Test: test}
}

func scenario(name string) bool { return strings.HasPrefix(name, "TestExplore") }

func (p *page) writeScenarios(b *strings.Builder, s *source) {
	t := table{"scenario", "id", "test", "threads x steps", "bound", "schedules", "exhausted", "time"}
	for _, f := range s.tests {
		for _, r := range p.scenarios.Records {
			top, _, _ := strings.Cut(r.Test, "/")
			if p.key(s, f.name) != (mutant.Key{Package: r.Package, Test: top}) {
				continue
			}
			end := "no"
			switch {
			case r.Kind != "":
				end = r.Kind
			case r.Failed:
				end = "failed"
			case r.Exhausted:
				end = "yes"
			}
			t.row(b, f.property, ids(f.ids), r.Test, fmt.Sprintf("%d x %d", r.Threads, r.Steps), r.Bound,
				fmt.Sprint(r.Schedules), end, r.Elapsed.Round(time.Millisecond).String())
			f.property, f.ids = "", nil // once
		}
	}
}

func (p *page) writeMutants(b *strings.Builder, s *source) {
	t := table{"fault", "in", "noticed by"}
	for _, o := range p.mutants {
		if o.List != s.dir {
			continue
		}
		by := o.Test
		switch {
		case o.Err != nil:
			by = "NOBODY: " + o.Test
		case o.Test == "":
			by = "nobody can: " + o.Equivalent
		}
		t.row(b, o.What, strings.TrimPrefix(o.File, s.dir+"/"), by)
	}
}

// ids names invariants, without the directory.
func ids(all []invariant) string {
	var words []string
	for _, i := range all {
		if !slices.Contains(words, i.id) {
			words = append(words, i.id)
		}
	}
	return strings.Join(words, " ")
}

// A table is its heads until its first row is written.
type table []string

func (t *table) row(b *strings.Builder, cells ...string) {
	if *t != nil {
		fmt.Fprintf(b, "\n| %s |\n|%s\n", strings.Join(*t, " | "), strings.Repeat("---|", len(*t)))
		*t = nil
	}
	for i := range cells {
		cells[i] = escape.Replace(cells[i])
	}
	fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
}

var escape = strings.NewReplacer("|", `\|`, "<", `\<`, "*", `\*`)

// varies is what is another each time: the lines of where, and times at the end of a row.
var varies = regexp.MustCompile(`^- (?:Go|Machine|Commit): .*|\| [0-9.]+(?:ms|m?s|m[0-9.]+s) \|$`)

// result is what came of a test, at the end of its row.
var result = regexp.MustCompile(`\| (?:yes|skip|not run here) \|$`)

// difference returns the lines that one of two pages has and the other has not, "" if
// they are the same but for what varies; and for the results of the tests, if those were not run for want.
func difference(is, want string, tested bool) string {
	a, b := lines(is), lines(want)
	if tested {
		for _, all := range [][]string{a, b} {
			for i := range all {
				all[i] = result.ReplaceAllString(all[i], "~")
			}
		}
	}
	if slices.Equal(a, b) {
		return ""
	}
	var d strings.Builder
	for _, side := range []struct {
		mark string
		in   []string
		not  []string
	}{{"-", a, b}, {"+", b, a}} {
		for _, line := range side.in {
			if !slices.Contains(side.not, line) {
				fmt.Fprintln(&d, side.mark, line)
			}
		}
	}
	if d.Len() == 0 {
		return "the order is another\n"
	}
	return d.String()
}

func lines(text string) []string {
	all := strings.Split(text, "\n")
	for i, line := range all {
		all[i] = varies.ReplaceAllString(line, "~")
	}
	return all
}
