package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/petiole-go/petiole/explore/internal/report"
)

// tell prints the table and every failure, and returns the exit code.
func (s *session) tell(t *outcome) int {
	s.table(t)
	code := exitOK
	if len(s.records) == 0 && len(t.failed) == 0 {
		fmt.Fprintln(s.out, "explore: the tests ran, and none of them called explore.Check (were they skipped?)")
		return exitUsage
	}
	s.silent(t)
	for _, r := range s.records {
		if r.Kind != "" {
			s.failure(r)
			code = exitFailed
		}
	}
	if len(t.failed) > 0 {
		code = exitFailed
	}
	s.unexplained(t)
	return code
}

// silent names the scenarios that came to nothing: neither a record nor a failure.
func (s *session) silent(t *outcome) {
	for _, k := range s.chosen {
		is := func(other key) bool {
			return other.Package == k.Package && (other.Test == k.Test || strings.HasPrefix(other.Test, k.Test+"/"))
		}
		_, broken := t.broken[k.Package]
		if !broken && !slices.ContainsFunc(t.failed, is) &&
			!slices.ContainsFunc(s.records, func(r report.Record) bool { return is(key{r.Package, r.Test}) }) {
			fmt.Fprintf(s.out, "explore: %s has not called explore.Check\n", scenario(report.Record{Package: k.Package, Test: k.Test}))
		}
	}
}

// write writes the records to the file of -json.
func (s *session) write(t *outcome) error {
	for i, r := range s.records {
		s.records[i].Failed = slices.Contains(t.failed, key{r.Package, r.Test})
	}
	if s.json == "" {
		return nil
	}
	text, err := json.MarshalIndent(s.records, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(s.json, append(text, '\n'), 0o666)
}

// table prints a line for each scenario.
func (s *session) table(t *outcome) {
	if len(s.records) == 0 {
		return
	}
	fmt.Fprintln(s.out)
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "scenario\tthreads x steps\tbound\tschedules\texhausted\ttime\t")
	for _, r := range s.records {
		end := "no"
		switch {
		case r.Kind != "":
			end = "FAILED: " + r.Kind
		case !r.Explored:
			end = "not explored: run as stress"
		case r.Exhausted:
			end = "yes"
		}
		if r.Failed && !s.explained(key{r.Package, r.Test}) {
			end += "; FAILED otherwise" // a data race, or the test's own doing
		}
		fmt.Fprintf(w, "%s\t%d x %d\t%s\t%d\t%s\t%s\t\n", scenario(r), r.Threads, r.Steps, r.Bound, r.Schedules, end, short(r.Elapsed))
	}
	w.Flush()
}

// scenario names a test with the end of its package's path.
func scenario(r report.Record) string {
	return r.Package[strings.LastIndex(r.Package, "/")+1:] + "." + r.Test
}

func short(d time.Duration) time.Duration {
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond)
	case d >= time.Millisecond:
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(time.Microsecond)
}

// failure prints all that is known of a scenario that failed.
func (s *session) failure(r report.Record) {
	fmt.Fprintf(s.out, "\n--- %s %s\n%s\n", r.Package, r.Test, strings.TrimSpace(r.Text))
	if r.Trace != "" {
		fmt.Fprintf(s.out, "\nagain: %s\n", s.again(r))
	}
	if r.HTML != "" {
		fmt.Fprintf(s.out, "timeline: %s\n", r.HTML)
	}
}

// again is the command that replays the failure r, for a shell.
func (s *session) again(r report.Record) string {
	var names []string
	for name := range strings.SplitSeq(r.Test, "/") {
		names = append(names, "^"+regexp.QuoteMeta(name)+"$")
	}
	words := []string{"go run github.com/petiole-go/petiole/explore/cmd/explore"}
	if s.race {
		words = append(words, "-race")
	}
	if s.overlay != "" {
		words = append(words, "-overlay", quote(s.overlay))
	}
	if len(s.also) > 0 {
		words = append(words, "-also", quote(strings.Join(s.also, ",")))
	}
	return strings.Join(append(words, "-run", quote(strings.Join(names, "/")), "-replay", "'"+r.Trace+"'", quote(r.Package)), " ")
}

// quote makes a word that a shell takes as it is.
func quote(word string) string {
	if regexp.MustCompile(`^[\w./,@:+-]+$`).MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// unexplained prints what failed without a record: packages that did not build, and
// tests that failed by themselves.
func (s *session) unexplained(t *outcome) {
	var told []string
	for _, k := range t.failed {
		if what, ok := t.broken[k.Package]; ok {
			if text := t.builds[what]; text != nil && !slices.Contains(told, what) {
				told = append(told, what)
				s.build(k.Package, text.String())
			}
			continue
		}
		text := said(t.output[k])
		if s.explained(k) {
			text = strings.Join(races.FindAllString(text, -1), "")
		}
		if text != "" {
			fmt.Fprintf(s.out, "\n--- %s failed:\n%s", strings.TrimSpace(k.Package+" "+k.Test), text)
		}
	}
	if text := strings.TrimSpace(t.other.String()); text != "" {
		fmt.Fprintln(s.out, "\n"+text)
	}
}

// explained says whether a record tells why the test k has failed.
func (s *session) explained(k key) bool {
	return slices.ContainsFunc(s.records, func(r report.Record) bool {
		return r.Kind != "" && r.Package == k.Package && r.Test == k.Test
	})
}

// races matches what the race detector says.
var races = regexp.MustCompile(`(?ms)^=+\nWARNING: DATA RACE$.*?^=+\n`)

var frame = regexp.MustCompile(`^(\s*(=== |--- )|FAIL$|FAIL\t|exit status )`)

// said is a test's output without the lines that go test puts round it.
func said(output *strings.Builder) string {
	if output == nil {
		return ""
	}
	var lines strings.Builder
	for line := range strings.Lines(output.String()) {
		if !frame.MatchString(strings.TrimSuffix(line, "\n")) {
			lines.WriteString(line)
		}
	}
	return lines.String()
}

// build prints what the compiler said of copies, in terms of the originals.
func (s *session) build(pkg, text string) {
	dir, err := os.Getwd()
	if err != nil {
		dir = "."
	}
	fmt.Fprintf(s.out, "\n--- %s does not build under the scheduler:\n%s", pkg, s.built.Explain(dir, text))
}
