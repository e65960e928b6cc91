package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
)

// faults break what the claims are about, and want is what these say then. FAULT in them is whether it is its turn.
var faults = []struct {
	file, old, broken string
	want              []string
}{
	{"limit_unix.go", "\tl.Cur = descriptors", "if !FAULT { l.Cur = descriptors }", []string{"the harm: it dies, with exit code 0"}},
	{"naive.go", "\tvar c *conn\n", "if FAULT { p.net.dial(context.WithoutCancel(ctx)) }\nvar c *conn\n", []string{"each had taken its socket along"}},
	{"socket.go", "\tline, err := c.lines", "if FAULT { c.send(1); defer c.lines.ReadString('\\n') }\nline, err := c.lines", []string{"no socket was used by two"}},
	{"vigil.go", "New: n.dial, ", "New: n.dial, Reuse: map[bool][]vigil.Cause{true: {vigil.Returned, vigil.Panicked}}[FAULT], ", []string{"it finishes, with exit code 1.* the answer to .* was one to"}},
	{"request.go", "case 0: ", "case 0: if FAULT { return r.end() }; ", []string{"every loan came back, as its worker ended: .*released"}},
	{"socket.go", "\tn.count.Open--", "if !FAULT { n.count.Open-- }", []string{"never more than 20 sockets were open"}},
	{"socket.go", "\terr := c.Close()", "left.Store(c, true)\nvar err error\nif !FAULT { err = c.Close() }", []string{"the server's count comes down", "as many descriptors are open"}},
	{"web.go", "\t\tpanic(\"", "if FAULT { return }\npanic(\"", []string{"the requests ended as they should", "every loan came back: .* handlers that panicked"}},
}

// Each claim fails when what it is about is broken. (One build, for the time that a build takes; which fault it has
// is told to it, and to its children.)
func TestConnpoolBrokenBuild(t *testing.T) {
	if err := supported(); err != nil {
		t.Skip(err)
	}
	t.Parallel()
	changes := []testkit.Change{
		{File: "socket.go", Old: "// conn is", New: "var left sync.Map // or the collector closes them\n\n// conn is"},
		{File: "parent.go", Old: "const byeTime = 5 * time.Second", New: "var byeTime = map[bool]time.Duration{true: 5 * time.Second, false: 500 * time.Millisecond}[os.Getenv(`FAULT`) == ``]"},
	}
	for _, file := range []string{"limit_unix.go", "naive.go", "socket.go", "vigil.go", "request.go", "web.go"} {
		src, err := os.ReadFile(file)
		require.NoError(t, err)
		if !strings.Contains(string(src), "\t\"os\"\n") {
			changes = append(changes, testkit.Change{File: file, Old: "import ", New: "import \"os\"\nimport "})
		}
	}
	for i, f := range faults {
		turn := fmt.Sprintf("(os.Getenv(`FAULT`) == `%d`)", i)
		changes = append(changes, testkit.Change{File: f.file, Old: f.old, New: strings.ReplaceAll(f.broken, "FAULT", turn)})
	}
	overlay := testkit.Overlay(t, changes...)
	bin := filepath.Join(t.TempDir(), "broken.exe")
	text, err := testkit.Go(t, nil, "build", "-overlay", overlay, "-o", bin, ".")
	require.NoError(t, err, text)

	program := func(fault string) (string, int) {
		cmd := exec.CommandContext(t.Context(), bin, small...)
		cmd.Env = append(os.Environ(), "FAULT="+fault)
		text, _ := cmd.CombinedOutput()
		return string(text), cmd.ProcessState.ExitCode()
	}
	asItIs, code := program("")
	require.Zero(t, code, asItIs)
	verdict := regexp.MustCompile(`(?m)^  (ok    |FAILED) `)
	failed := map[int]bool{} // claims, by their place
	for i, f := range faults {
		text, code := program(fmt.Sprint(i))
		require.Equal(t, 1, code, "fault %d: %s", i, text)
		for _, want := range f.want {
			require.Regexp(t, "(?m)^  FAILED "+want, text)
		}
		for place, v := range verdict.FindAllStringSubmatch(text, -1) {
			if v[1] == "FAILED" {
				failed[place] = true
			}
		}
	}
	require.Len(t, failed, len(verdict.FindAllString(asItIs, -1)), "each claim has failed")
}
