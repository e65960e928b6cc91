package rcu_test

import (
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
)

// The compiler inlines Load of a Cell and of a Refresher into their caller, and
// makes of it the very instructions that it makes of atomic.Pointer's, but for
// such as do nothing.
func TestLoadIsInlined(t *testing.T) {
	report, err := testkit.Go(t, nil, "test", "-c", "-race=false", "-gcflags=-m -S",
		"-o", filepath.Join(t.TempDir(), "test"), "./testdata/inline")
	require.NoError(t, err, report)
	require.Regexp(t, `inline_test.go:\S+ inlining call to rcu\.\(\*Cell\[.*\]\)\.Load`, report)
	require.Regexp(t, `inline_test.go:\S+ inlining call to rcu\.\(\*Refresher\[.*\]\)\.Load`, report)
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		return // elsewhere an atomic load may be a call, with other frames
	}
	want := instructions(report, "pointer")
	require.NotEmpty(t, want)
	require.Equal(t, want, instructions(report, "cell"))
	require.Equal(t, want, instructions(report, "refresher"))
}

var instruction = regexp.MustCompile(`^\t0x[0-9a-f]+ \d+ \(.*\)\t([A-Z0-9]+)(.*)$`)

// instructions lists those of one function in the compiler's report.
func instructions(report, function string) (list []string) {
	_, body, _ := strings.Cut(report, "testdata/inline."+function+" STEXT ")
	for line := range strings.Lines(body) {
		if strings.Contains(line, " STEXT ") {
			break // the next function
		}
		m := instruction.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue
		}
		switch op := m[1] + strings.ReplaceAll(m[2], "\t", " "); {
		case m[1] == "TEXT", m[1] == "FUNCDATA", m[1] == "PCDATA":
		case m[1] == "NOP", op == "XCHGL AX, AX", op == "HINT $0":
		default:
			list = append(list, op)
		}
	}
	return list
}
