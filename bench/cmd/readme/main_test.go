package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/bench/compare"
)

// What the README says is what the kept run says.
func TestReadmeDoesNotDrift(t *testing.T) {
	require.NoError(t, run(filepath.Join("..", "..", ".."), true))
}

// Writing makes the check pass, a changed figure or table makes it fail, and the rest of the README
// stays as it was.
func TestCheckFindsDrift(t *testing.T) {
	root := t.TempDir()
	results := filepath.Join(root, "bench", "results")
	require.NoError(t, os.MkdirAll(results, 0o755))
	readme := filepath.Join(root, "README.md")
	require.NoError(t, os.WriteFile(readme, []byte("before\n"+begin+"\n"+end+"\nafter\n"), 0o644))
	require.ErrorIs(t, run(root, true), errNoResults)
	keep(t, filepath.Join(results, "2026-01-31-linux-amd64-2cpu.txt"))

	require.Error(t, run(root, true))
	require.NoError(t, run(root, false))
	require.NoError(t, run(root, true))
	text, err := os.ReadFile(readme)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(text), "before\n"+begin) && strings.HasSuffix(string(text), end+"\nafter\n"))
	require.Contains(t, string(text), "| table-read, 1reader, p99 | 2 |")

	require.NoError(t, os.WriteFile(readme, []byte(strings.Replace(string(text), "Cell", "Sell", 1)), 0o644))
	require.ErrorContains(t, run(root, true), "is not what")
	require.NoError(t, run(root, false))
	require.NoError(t, os.Remove(filepath.Join(results, "2026-01-31-linux-amd64-2cpu.svg")))
	require.ErrorContains(t, run(root, true), "svg is not what")
}

// keep writes an invented run of every comparison.
func keep(t *testing.T, path string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("goos: linux\ngoarch: amd64\ncpu: invented\ngo: go1.26\ncpus: 2\ngomaxprocs: 1,2\ndate: 2026-01-31T12:00:00Z\ncommand: go run ./bench -full\n\n")
	for _, c := range compare.Comparisons() {
		for i, impl := range c.Impls {
			for _, s := range c.Shapes {
				for _, procs := range []string{"", "-2"} {
					for k := range 6 {
						fmt.Fprintf(&b, "BenchmarkCompare/of=%s/impl=%s/shape=%s%s 100", c.Name, impl.Name, s.Name, procs)
						for j, u := range c.Units {
							fmt.Fprintf(&b, " %d %s", 10*(i+1)*(j+1)+k, u)
						}
						b.WriteString("\n")
					}
				}
			}
		}
	}
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o644))
}
