package report

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

//go:embed testdata/probe.js
var probe string

// findings is what probe.js saw of the report.
type findings struct {
	Charts, Texts, Width int
	Dark                 bool
	Problems             []string
}

// The report in a browser, on a desk and on a phone, in light and in dark: no error in the console,
// every chart there, no text over another or cut off, and contrasts as WCAG AA wants them (4.5 for
// text, 3 for marks).
func TestReportInChromium(t *testing.T) {
	browser := findChromium(t)
	d, groups := synthetic(t)
	var page strings.Builder
	require.NoError(t, d.WriteHTML(&page))
	require.NotContains(t, strings.ReplaceAll(page.String(), "http://www.w3.org/", ""), "http", "the report refers to the network")

	for _, tc := range []struct {
		name        string
		width       int
		dark, short bool
	}{
		{"desk light", 1200, false, true},
		{"phone dark", 360, true, true},
		{"phone light", 360, false, false},
		{"desk dark", 1200, true, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if testing.Short() && !tc.short {
				t.Skip("-short: one light and one dark are enough")
			}
			f, console := look(t, browser, page.String(), tc.width, tc.dark)
			require.Empty(t, console)
			require.Empty(t, f.Problems)
			require.Equal(t, tc.dark, f.Dark)
			require.Equal(t, tc.width, f.Width)
			require.Equal(t, len(groups)+1, f.Charts, "a chart for each table and one for the scene")
			require.Greater(t, f.Texts, 500)
		})
	}
}

// The probe itself sees an overlap, a weak contrast and a missing chart when there is one.
func TestProbeFindsProblems(t *testing.T) {
	browser := findChromium(t)
	bad := `<!doctype html><body style="background:#fff"><p style="color:#ccc">weak</p>
<svg viewBox="0 0 100 50" width="300" aria-label="bad"><text x="5" y="20">one</text><text x="8" y="22">two</text><text x="90" y="40">cut off</text></svg>
<script>console.error("loud")</script></body>`
	f, console := look(t, browser, bad, 1200, false)
	require.Contains(t, console, "loud")
	all := strings.Join(f.Problems, "\n")
	for _, want := range []string{"contrast 1.6", `"one" and "two" overlap`, `"cut off" is cut off`} {
		require.Contains(t, all, want)
	}
}

func findChromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no chromium in PATH: the report is not looked at in a browser")
	return ""
}

// look shows the page in a frame of the given width (a window cannot be as narrow as a phone), lets the
// probe look at it, and returns what it found and what came out on the console.
func look(t *testing.T, browser, page string, width int, dark bool) (findings, string) {
	t.Helper()
	page = strings.Replace(page, "</body>", "<script>"+probe+"</script></body>", 1)
	path := filepath.Join(t.TempDir(), HTMLName)
	frame := fmt.Sprintf(`<!doctype html><html style="color-scheme: light dark"><link rel="icon" href="data:,"><body><iframe width="%d" height="800" style="border:0" srcdoc="%s"></iframe>`,
		width, html.EscapeString(page))
	require.NoError(t, os.WriteFile(path, []byte(frame), 0o644))
	args := []string{
		"--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-extensions", "--enable-logging=stderr",
		"--user-data-dir=" + t.TempDir(), "--window-size=1400,900",
	}
	if dark {
		args = append(args, "--blink-settings=preferredColorScheme=0", "--force-dark-mode")
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), browser, append(args, "--dump-dom", "file://"+path)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s", &stderr)

	var console []string
	for line := range strings.Lines(stderr.String()) {
		if strings.Contains(line, "CONSOLE") {
			console = append(console, line)
		}
	}
	_, rest, ok := strings.Cut(stdout.String(), `id="findings">`)
	require.True(t, ok, "the probe did not run: %s", &stderr)
	text, _, _ := strings.Cut(rest, "</script>")
	var f findings
	require.NoError(t, json.Unmarshal([]byte(html.UnescapeString(text)), &f))
	return f, strings.Join(console, "")
}
