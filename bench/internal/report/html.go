package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/petiole-go/petiole/bench/internal/stats"
)

//go:embed report.tmpl
var page string

//go:embed report.css
var style string

var tmpl = template.Must(template.New("report").Funcs(template.FuncMap{
	"style":     func() template.CSS { return template.CSS(style) },
	"unit":      UnitName,
	"stat":      statText,
	"cell":      func(r Row, unit string) cell { return cell{statText(r, unit), intervalText(r, unit)} },
	"versus":    versus,
	"chart":     intervals,
	"timeline":  timeline,
	"date":      func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") },
	"seconds":   func(d time.Duration) string { return d.Round(time.Second).String() },
	"ints":      Ints,
	"px":        func(v float64) string { return fmt.Sprintf("%.1f", v) },
	"sub":       func(a, b float64) float64 { return a - b },
	"p":         func(p float64) string { return fmt.Sprintf("%.4f", p) },
	"value":     Value,
	"diamond":   diamond,
	"hasAllocs": hasAllocs,
	"lastRow":   func(t Table) int { return len(t.Rows) - 1 },
	"card":      func(c Comparison, t Table) card { return card{c, t} },
}).Parse(page))

// WriteHTML writes the report: one file, no script, nothing fetched.
func (d *Doc) WriteHTML(w io.Writer) error {
	return tmpl.ExecuteTemplate(w, "report", d)
}

// WriteFigure writes one table's chart as an SVG file.
func WriteFigure(w io.Writer, c Comparison, t Table) error {
	ch := intervals(c, t)
	ch.Standalone = true
	var b strings.Builder
	if err := tmpl.ExecuteTemplate(&b, "chart", ch); err != nil {
		return err
	}
	_, err := io.WriteString(w, strings.TrimSpace(b.String())+"\n")
	return err
}

// card is one table of a comparison, with its chart.
type card struct {
	C Comparison
	T Table
}

// many tables are more than somebody reads one after the other.
const many = 30

// Shown are the tables that are open; Folded are those that only a full run has, where there are many.
func (c Comparison) Shown() []Table  { return c.fold(false) }
func (c Comparison) Folded() []Table { return c.fold(true) }

func (c Comparison) fold(folded bool) (out []Table) {
	for _, t := range c.Tables {
		if folded == (t.full && len(c.Tables) > many) {
			out = append(out, t)
		}
	}
	return out
}

// Differences are what each implementation promises more or less, in the order of the tables.
func (c Comparison) Differences() (out []Row) {
	for _, t := range c.Tables {
		for _, r := range t.Rows {
			if r.Differs != "" && !slices.ContainsFunc(out, func(o Row) bool { return o.Impl == r.Impl }) {
				out = append(out, r)
			}
		}
	}
	return out
}

// cell is one figure of a table.
type cell struct{ Median, Interval string }

func versus(r Row, ours string) *Versus {
	for _, v := range r.Versus {
		if v.Ours == ours {
			return &v
		}
	}
	return nil
}

func statText(r Row, unit string) string {
	s, ok := r.Stats[unit]
	if !ok {
		return ""
	}
	return Value(s.Median, unit)
}

// intervalText is the confidence interval, or the extremes where the samples are too few for one.
func intervalText(r Row, unit string) string {
	s, ok := r.Stats[unit]
	if !ok || s.Lo == s.Hi {
		return ""
	}
	lo, hi := Value(s.Lo, unit), Value(s.Hi, unit)
	if n, suffix, _ := strings.Cut(lo, " "); strings.HasSuffix(hi, " "+suffix) {
		lo = n // the unit once, if it is the same
	}
	text := lo + " to " + hi
	if s.Confidence < stats.Confidence {
		text += fmt.Sprintf(" (extremes of %d)", s.N)
	}
	return text
}

func hasAllocs(t Table) bool {
	for _, r := range t.Rows {
		if _, ok := r.Stats["allocs/op"]; ok {
			return true
		}
	}
	return false
}

// diamond is the outline of a mark around x, y.
func diamond(x, y float64) string {
	const r = 6
	return fmt.Sprintf("%.1f,%.1f %.1f,%.1f %.1f,%.1f %.1f,%.1f", x-r, y, x, y-r, x+r, y, x, y+r)
}
