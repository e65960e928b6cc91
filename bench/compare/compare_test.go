package compare

import (
	"flag"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/bench/internal/suite"
)

// BenchmarkCompare is every comparison as ordinary benchmarks, for benchstat:
//
//	go test -bench 'Compare/of=point-read' -cpu 1,2 -count 10 ./bench/compare
func BenchmarkCompare(b *testing.B) {
	for _, c := range append(Comparisons(), Controls()...) {
		b.Run("of="+c.Name, c.Bench)
	}
}

// What a new file may get wrong: a name that benchstat cannot split, a bar or a control about an
// implementation or a shape that there is not, a comparison without ours, without a rival, or a run that
// measures it, and has no row of it at GOMAXPROCS=1.
func TestListsAreSound(t *testing.T) {
	fit := regexp.MustCompile(`^[A-Za-z0-9.%-]*[A-Za-z.%]$`) // no slash or space, no digits at the end
	names := map[string]bool{}
	for _, c := range append(Comparisons(), Controls()...) {
		require.False(t, names[c.Name], "%s is there twice", c.Name)
		names[c.Name] = true
		require.Regexp(t, fit, c.Name)
		impls, ours := map[string]bool{}, 0
		for _, i := range c.Impls {
			require.Regexp(t, fit, i.Name)
			impls[i.Name] = true
			if i.Ours {
				ours++
			}
		}
		require.True(t, 0 < ours && ours < len(impls), "%s: ours and rivals", c.Name)
		shapes := map[string]bool{}
		for _, s := range c.Shapes {
			require.False(t, shapes[s.Name], "%s: %s is there twice", c.Name, s.Name)
			shapes[s.Name] = true
			require.Regexp(t, fit, s.Name)
		}
		for l := suite.Quick; l <= suite.Full; l++ {
			at := func(procs int) bool {
				return slices.ContainsFunc(c.Shapes, func(s suite.Shape) bool { return s.At(l, procs) })
			}
			require.True(t, at(1) || !at(2), "%s has no row at GOMAXPROCS=1", c.Name)
		}
		for _, b := range c.Bars {
			require.True(t, impls[b.Subject] && impls[b.Rival], "%s: %s", c.Name, b.Text)
			require.Contains(t, c.Units, b.Unit)
			require.True(t, b.On == nil || slices.ContainsFunc(c.Shapes, b.On), "%s: %s: on no shape", c.Name, b.Text)
		}
		for _, e := range c.Expect {
			require.True(t, impls[e.A] && impls[e.B], c.Name)
		}
	}
	for _, s := range Scenes() {
		require.False(t, names[s.Name], "%s is there twice", s.Name)
		names[s.Name] = true
	}
}

// Every implementation runs on its first shape and reports the units that it is judged by.
func TestEveryImplementationRuns(t *testing.T) {
	benchtime := flag.Lookup("test.benchtime").Value
	before := benchtime.String()
	require.NoError(t, benchtime.Set("1x"))
	defer func() { require.NoError(t, benchtime.Set(before)) }()
	for _, c := range append(Comparisons(), Controls()...) {
		for _, i := range c.Impls {
			first := slices.IndexFunc(c.Shapes, i.Runs)
			require.NotEqual(t, -1, first, "%s: %s runs on no shape", c.Name, i.Name)
			r := testing.Benchmark(i.Func(c.Shapes[first]))
			require.NotZero(t, r.N, "%s: %s failed", c.Name, i.Name)
			for _, u := range c.Units {
				if u != "ns/op" && u != "B/op" {
					require.Contains(t, r.Extra, u, "%s: %s", c.Name, i.Name)
				}
			}
		}
	}
}

// However they come, 1,000 callers with the same snapshot cost one load and all are served. (That is
// the scene without its clock; the program checks the rest.)
func TestOneLoad(t *testing.T) {
	out, err := runOneLoad(t.Context())
	require.NoError(t, err)
	for _, c := range out.Checks {
		if !strings.HasPrefix(c.What, "callers came") {
			require.True(t, c.OK, "%s: %s", c.What, c.Got)
		}
	}
}

// However 10,000 workers end, everything that they held comes back once, with the cause on record.
func TestAllBack(t *testing.T) {
	out, err := runAllBack(t.Context())
	require.NoError(t, err)
	for _, c := range out.Checks {
		require.True(t, c.OK, "%s: %s", c.What, c.Got)
	}
}

// A client that is late to read gets all of the answer if the server lingers, and not if it just closes.
func TestLingers(t *testing.T) {
	out, err := runLingers(t.Context())
	require.NoError(t, err)
	require.Len(t, out.Checks, 2)
	for _, c := range out.Checks {
		require.True(t, c.OK, "%s: %s", c.What, c.Got)
	}
}
