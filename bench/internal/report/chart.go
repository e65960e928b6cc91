package report

import (
	"fmt"
	"math"
	"time"

	"github.com/petiole-go/petiole/bench/internal/suite"
)

// The charts are laid out for a narrow screen, 360 units wide, and grow with the page up to where the
// text is comfortable; several stand beside each other on a wide one. Labels stand above their bar,
// names to the left and figures to the right, so that they cannot meet whatever they say.
const (
	chartWidth = 360.0
	margin     = 24.0 // left and right of the plot: half of the widest tick label
	rowHeight  = 36.0
	barY       = 24.0 // of a bar, in its row
	axisHeight = 44.0
)

// chart is one drawing: interval rows with an axis below, or lines over time.
type chart struct {
	Title      string // for screen readers
	W, H       float64
	Left       float64 // of the plot
	Right      float64
	Top        float64
	Bottom     float64
	Rows       []chartRow
	Ticks      []tick
	YTicks     []tick
	AxisTitle  string
	Lines      []chartLine
	Shade      *shade
	Standalone bool // a file of its own: carries its style
}

type chartRow struct {
	Y, LabelY   float64
	Name, Value string
	Ours        bool
	Marks       []mark
	From, To    float64 // of the thin line that joins the marks
}

// mark is a median and its interval.
type mark struct {
	Kind      string // circle, diamond, square
	X, Lo, Hi float64
}

type tick struct {
	Pos   float64
	Label string
}

type chartLine struct {
	Ours   bool
	Points string
}

type shade struct {
	X, W  float64
	Label string
}

var markKinds = []string{"circle", "diamond", "square"}

// intervals draws a table. All tables of a comparison share the scale, so that they compare by eye.
func intervals(c Comparison, t Table) chart {
	ch := chart{Title: fmt.Sprintf("%s, %s at GOMAXPROCS=%d", c.Name, t.Shape, t.Procs), W: chartWidth, Left: margin, Right: chartWidth - margin}
	ch.H = float64(len(t.Rows))*rowHeight + axisHeight
	ch.Bottom = ch.H - axisHeight
	units := c.drawn()
	sc := scaleFor(c, units, ch.Left, ch.Right)
	for i, r := range t.Rows {
		row := chartRow{Y: float64(i)*rowHeight + barY, LabelY: float64(i)*rowHeight + 14, Name: r.Impl, Ours: r.Ours}
		lead := r.Stats[c.Units[0]]
		row.Value = Value(lead.Median, c.Units[0])
		if c.Tails {
			row.Value = UnitName(c.Units[0]) + " " + row.Value
		}
		row.From, row.To = math.Inf(1), math.Inf(-1)
		for k, u := range units {
			s := r.Stats[u]
			m := mark{Kind: markKinds[k], X: sc.at(s.Median), Lo: sc.at(s.Lo), Hi: sc.at(s.Hi)}
			row.Marks = append(row.Marks, m)
			row.From, row.To = min(row.From, sc.at(s.Min)), max(row.To, sc.at(s.Max))
		}
		ch.Rows = append(ch.Rows, row)
	}
	ch.Ticks = sc.ticks(c.Units[0])
	ch.AxisTitle = sc.title(c)
	return ch
}

// drawn are the units on the axis, p50 before p99 before p99.9.
func (c *Comparison) drawn() []string {
	if !c.Tails {
		return c.Units[:1]
	}
	return []string{c.Units[1], c.Units[0], c.Units[2]}
}

// scale maps figures to positions: from nothing on a line, or by decades where the figures span many.
type scale struct {
	lo, hi      float64
	left, right float64
	log         bool
}

func scaleFor(c Comparison, units []string, left, right float64) scale {
	lo, hi := math.Inf(1), 0.0
	for _, t := range c.Tables {
		for _, r := range t.Rows {
			for _, u := range units {
				lo, hi = min(lo, r.Stats[u].Min), max(hi, r.Stats[u].Max)
			}
		}
	}
	s := scale{left: left, right: right}
	if s.log = lo > 0 && hi/lo > 8; s.log {
		s.lo, s.hi = lo*0.9, hi*1.1
	} else {
		s.hi = max(hi*1.05, 1e-9)
	}
	return s
}

func (s scale) at(v float64) float64 {
	part := (v - s.lo) / (s.hi - s.lo)
	if s.log {
		part = math.Log(max(v, s.lo)/s.lo) / math.Log(s.hi/s.lo)
	}
	return s.left + min(max(part, 0), 1)*(s.right-s.left)
}

func (s scale) title(c Comparison) string {
	name := UnitName(c.Units[0])
	if c.Tails {
		name = "latency"
	}
	if s.log {
		return name + " (log scale; less is better)"
	}
	return name + " (less is better)"
}

// ticks are round numbers, as many as there is room for.
func (s scale) ticks(unit string) []tick {
	var out []tick
	for _, v := range s.round() {
		if v >= s.lo && v <= s.hi {
			out = append(out, tick{s.at(v), tickLabel(v, unit)})
		}
	}
	return out
}

func (s scale) round() []float64 {
	var vs []float64
	if !s.log {
		step := niceStep(s.hi / 4)
		for i := range 6 {
			vs = append(vs, float64(i)*step)
		}
		return vs
	}
	first, last := math.Floor(math.Log10(s.lo)), math.Ceil(math.Log10(s.hi))
	factors := []float64{1}
	if last-first <= 3 {
		factors = []float64{1, 3}
	}
	every := math.Ceil((last - first) / 7)
	for d := first; d <= last; d += every {
		for _, f := range factors {
			vs = append(vs, f*math.Pow(10, d))
		}
	}
	return vs
}

// niceStep is 1, 2 or 5 times a power of ten, at least v.
func niceStep(v float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 2, 5} {
		if f*p >= v {
			return f * p
		}
	}
	return 10 * p
}

// timeline draws lines over time, with a span shaded.
func timeline(name string, t *suite.Timeline) chart {
	ch := chart{Title: name + ": " + t.YLabel + " over time", W: chartWidth, H: 200, Left: 44, Right: chartWidth - margin, Top: 22}
	ch.Bottom = ch.H - axisHeight
	hi, n := 0.0, 0
	for _, l := range t.Lines {
		n = max(n, len(l.Values))
		for _, v := range l.Values {
			hi = max(hi, v)
		}
	}
	x := scale{hi: float64(t.Step) * float64(n), left: ch.Left, right: ch.Right}
	y := scale{hi: max(hi*1.1, 1e-9), left: ch.Bottom, right: ch.Top}
	for _, l := range t.Lines {
		line := chartLine{Ours: l.Ours}
		for i, v := range l.Values {
			line.Points += fmt.Sprintf("%.1f,%.1f ", x.at((float64(i)+0.5)*float64(t.Step)), y.at(v))
		}
		ch.Lines = append(ch.Lines, line)
	}
	for _, v := range x.round() {
		if v <= x.hi {
			ch.Ticks = append(ch.Ticks, tick{x.at(v), time.Duration(v).String()})
		}
	}
	for _, v := range y.round() {
		if v <= y.hi {
			ch.YTicks = append(ch.YTicks, tick{y.at(v), plain(v)})
		}
	}
	ch.AxisTitle = "time; upwards: " + t.YLabel
	from, to := x.at(float64(t.From)), x.at(float64(t.To))
	ch.Shade = &shade{X: from, W: max(to-from, 1), Label: t.Shaded}
	return ch
}
