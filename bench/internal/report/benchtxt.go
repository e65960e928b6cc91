package report

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchunit"

	"github.com/petiole-go/petiole/bench/internal/measure"
	"github.com/petiole-go/petiole/bench/internal/stats"
)

// benchPrefix is how `go test -bench` names the comparisons, so that benchstat lines up both.
const benchPrefix = "Compare/of="

// WriteBench writes every sample as benchstat reads it.
func WriteBench(w io.Writer, m Meta, groups []*measure.Group) error {
	out := benchfmt.NewWriter(w)
	res := benchfmt.Result{Config: []benchfmt.Config{
		config("goos", m.OS), config("goarch", m.Arch), config("pkg", "github.com/petiole-go/petiole/bench/compare"), config("cpu", m.CPU),
		config("go", m.GoVersion), config("cpus", strconv.Itoa(m.NumCPU)), config("gomaxprocs", Ints(m.Procs)),
		config("date", m.Date.UTC().Format(time.RFC3339)), config("command", m.Command),
	}}
	for _, g := range groups {
		for _, s := range g.Series {
			res.Name = benchfmt.Name(benchName(g, s))
			for _, sample := range s.Samples {
				res.Iters = sample.Iters
				res.Values = nil
				for _, unit := range unitsOf(g, sample) {
					res.Values = append(res.Values, benchfmt.Value{Value: sample.Values[unit], Unit: unit})
				}
				if err := out.Write(&res); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func benchName(g *measure.Group, s *measure.Series) string {
	name := benchPrefix + g.Comparison.Name + "/impl=" + s.Impl.Name + "/shape=" + g.Shape.Name
	if g.Procs > 1 { // testing leaves out -1
		name += "-" + strconv.Itoa(g.Procs)
	}
	return name
}

// unitsOf lists the comparison's own units first, then the others by name.
func unitsOf(g *measure.Group, s measure.Sample) []string {
	var rest []string
	for u := range s.Values {
		if !slices.Contains(g.Comparison.Units, u) {
			rest = append(rest, u)
		}
	}
	slices.Sort(rest)
	return append(slices.Clone(g.Comparison.Units), rest...)
}

func config(k, v string) benchfmt.Config {
	return benchfmt.Config{Key: k, Value: []byte(v), File: true}
}

// Ints prints a list as flags take it.
func Ints(xs []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(xs), " ", ","), "[]")
}

// Bench is a bench.txt that was read back: its samples by name and unit, in benchstat's base units,
// and its configuration.
type Bench struct {
	Config  map[string]string
	Names   []string // in the order of the file
	Samples map[string]map[string][]float64
}

// ReadBench reads a file in benchstat's format and fails if there is no result in it.
func ReadBench(path string) (*Bench, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := parseBench(f, path)
	if err == nil && len(b.Names) == 0 {
		err = fmt.Errorf("%s: no benchmark results in it", path)
	}
	return b, err
}

func parseBench(r io.Reader, name string) (*Bench, error) {
	b := &Bench{Config: map[string]string{}, Samples: map[string]map[string][]float64{}}
	in := benchfmt.NewReader(r, name)
	for in.Scan() {
		switch rec := in.Result().(type) {
		case *benchfmt.SyntaxError:
			return nil, rec
		case *benchfmt.Result:
			key := rec.Name.String()
			if b.Samples[key] == nil {
				b.Names = append(b.Names, key)
				b.Samples[key] = map[string][]float64{}
			}
			for _, v := range rec.Values {
				b.Samples[key][v.Unit] = append(b.Samples[key][v.Unit], v.Value)
			}
			for _, c := range rec.Config {
				b.Config[c.Key] = string(c.Value)
			}
		}
	}
	return b, in.Err()
}

// Older compares this run with an older bench.txt.
type Older struct {
	Path    string   `json:"path"`
	Rows    []Change `json:"rows"`
	Missing int      `json:"missing"` // measured now, not in the older file
	Few     int      `json:"few"`     // too few samples on one side to tell
}

// Change is one benchmark, then and now, in the first unit of its comparison.
type Change struct {
	Name string        `json:"name"`
	Unit string        `json:"unit"`
	Then float64       `json:"then"`
	Now  float64       `json:"now"`
	V    stats.Verdict `json:"verdict"`
}

// Compare looks up every series in the older file, by the statistics that judge everything else.
func (b *Bench) Compare(path string, groups []*measure.Group) *Older {
	o := &Older{Path: path}
	for _, g := range groups {
		unit := g.Comparison.Units[0]
		factor, tidied := benchunit.Tidy(1, unit)
		for _, s := range g.Series {
			old, now := slices.Clone(b.Samples[benchName(g, s)][tidied]), s.Values(unit)
			switch {
			case len(old) == 0:
				o.Missing++
			case min(len(old), len(now)) < stats.MinSamples:
				o.Few++
			default:
				for i := range old {
					old[i] /= factor
				}
				o.Rows = append(o.Rows, Change{benchName(g, s), unit,
					stats.Summarize(old).Median, stats.Summarize(now).Median, stats.Compare(old, now)})
			}
		}
	}
	return o
}
