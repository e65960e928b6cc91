package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// bench.txt comes back as what was measured: every series, every sample, in benchstat's names; and
// compared with itself it shows no difference, with one that is 10% slower a difference in each.
func TestBenchTxtRoundTrip(t *testing.T) {
	d, groups := synthetic(t)
	path := filepath.Join(t.TempDir(), BenchName)
	var text bytes.Buffer
	require.NoError(t, WriteBench(&text, d.Meta, groups))
	require.NoError(t, os.WriteFile(path, text.Bytes(), 0o644))

	b, err := ReadBench(path)
	require.NoError(t, err)
	require.Equal(t, "1,2,8", b.Config["gomaxprocs"])
	series := 0
	for _, g := range groups {
		for _, s := range g.Series {
			series++
			require.Len(t, b.Samples[benchName(g, s)], 1+len(g.Comparison.Units), benchName(g, s))
		}
	}
	require.Len(t, b.Names, series)

	same := b.Compare(path, groups)
	require.Len(t, same.Rows, series)
	require.Zero(t, same.Missing+same.Few)
	for _, c := range same.Rows {
		require.False(t, c.V.Difference, c.Name)
	}
	for _, g := range groups {
		for _, s := range g.Series {
			for _, sample := range s.Samples {
				sample.Values[g.Comparison.Units[0]] *= 2
			}
		}
	}
	for _, c := range b.Compare(path, groups).Rows {
		require.True(t, c.V.Difference, c.Name)
		require.InDelta(t, 2, c.V.Ratio, 1e-6, c.Name)
	}
}

// A file without results is refused before anything is measured.
func TestReadBenchWithoutResults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "empty.txt")
	require.NoError(t, os.WriteFile(path, []byte("goos: linux\n"), 0o644))
	_, err := ReadBench(path)
	require.ErrorContains(t, err, "no benchmark results")
}

// The summary is about ten lines, tells missed bars, and says loudly what cannot be trusted.
func TestSummary(t *testing.T) {
	d, _ := synthetic(t)
	var b strings.Builder
	d.Summary(&b)
	require.False(t, d.Trusted())
	require.False(t, d.OK())
	for _, want := range []string{"point-read", "speed bars", "WRONG", "PARTIAL", "NOT TO BE TRUSTED"} {
		require.Contains(t, b.String(), want)
	}
}

// A bar below 1 is told as "times better", one above as a ratio.
func TestBarDescribe(t *testing.T) {
	require.Equal(t, "b, s at GOMAXPROCS=2: missed by 2.0x (10.0x, bar 20x)",
		Bar{Text: "b", Shape: "s", Procs: 2, Ratio: 0.1, Max: 0.05}.Describe())
	require.Equal(t, "b, s at GOMAXPROCS=2: met (1.10x, bar 1.15x)",
		Bar{Text: "b", Shape: "s", Procs: 2, Ratio: 1.1, Max: 1.15, Met: true}.Describe())
}

// Figures are printed in the unit that reads best.
func TestValue(t *testing.T) {
	for _, tc := range []struct {
		v    float64
		unit string
		want string
	}{
		{0.687, "ns/load", "0.69 ns"},
		{12_345, "p99-ns", "12.3 µs"},
		{1.5e9, "ns/op", "1.50 s"},
		{1.66, "copies/op", "1.66"},
	} {
		require.Equal(t, tc.want, Value(tc.v, tc.unit))
	}
}
