package timeline

import (
	_ "embed"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/petiole-go/petiole/explore/internal/sched"
)

//go:embed timeline.tmpl
var pageText string

//go:embed timeline.css
var pageStyle string

var pageTemplate = template.Must(template.New("timeline").Funcs(template.FuncMap{
	"style": func() template.CSS { return template.CSS(pageStyle) },
	"count": count,
	"hover": hover,
}).Parse(pageText))

// HTML writes the schedule as one file that needs nothing else: no script, no
// network. It shows the same rows twice, drawn in lanes and as a table.
func HTML(w io.Writer, s Schedule) error {
	return pageTemplate.Execute(w, s.page())
}

// The figure is a grid: column 1 has the numbers, each goroutine a column from 2
// on, and events the last one. Between two rows of it stands a line, whose
// two ends are the middles of two lanes; as lanes are equally wide, these are known
// in percent and the boxes may be as high as their text needs.
type (
	page struct {
		Schedule
		Name        string
		Preemptions int
		Lanes       []lane
		Rows        []pageRow
		WaitHeading string
		Waits       []pageWait
		More        int
	}
	lane struct {
		Name   string
		Event  bool
		Column int
	}
	pageRow struct {
		row
		Column int
		Line   *line // from the step before; nil where there is none
		Beside *line // for an event: the goroutine that is running meanwhile
	}
	pageWait struct {
		wait
		Column int
	}
	// line leads from one lane to another, or down in one.
	line struct {
		Class       string // straight, right or left; preempt; pass: by an event, no arrow
		Start, Span int    // the columns it lies in
		Inset       float64
	}
)

const firstLane = 2

func (s Schedule) page() page {
	rows := s.rows()
	waits, more := s.waits()
	p := page{
		Schedule: s, Name: s.title(), Preemptions: s.preemptions(),
		WaitHeading: s.waitHeading(), More: more,
	}
	columns := p.addLanes(rows, waits)
	p.addRows(rows, columns)
	for _, w := range waits {
		p.Waits = append(p.Waits, pageWait{w, columns[w.Thread]})
	}
	return p
}

// addLanes makes a lane for each goroutine that is shown, in order of creation,
// and one for events if there are any; it returns the goroutines' columns.
func (p *page) addLanes(rows []row, waits []wait) map[int]int {
	names, events := map[int]string{}, false
	for _, r := range rows {
		if r.Event {
			events = true
		} else {
			names[r.Thread] = r.Who
		}
	}
	for _, w := range waits {
		names[w.Thread] = w.Who
	}
	columns := map[int]int{}
	for i, thread := range slices.Sorted(maps.Keys(names)) {
		columns[thread] = firstLane + i
		p.Lanes = append(p.Lanes, lane{Name: names[thread], Column: firstLane + i})
	}
	if events {
		p.Lanes = append(p.Lanes, lane{Name: "events", Event: true, Column: firstLane + len(columns)})
	}
	return columns
}

func (p *page) addRows(rows []row, columns map[int]int) {
	running := 0 // the column of the goroutine that ran last; 0: not known
	for _, r := range rows {
		if r.Skipped > 0 {
			running = 0 // no line over what is not shown
		}
		pr := pageRow{row: r, Column: columns[r.Thread]}
		if r.Event {
			pr.Column = firstLane + len(columns)
			if running > 0 {
				pr.Line = between(running, running, false)
				pr.Line.Class += " pass"
				pr.Beside = pr.Line
			}
		} else {
			if running > 0 {
				pr.Line = between(running, pr.Column, r.Preempts())
			}
			running = pr.Column
		}
		p.Rows = append(p.Rows, pr)
	}
}

func between(from, to int, preempts bool) *line {
	l := &line{Class: "straight", Start: min(from, to), Span: max(from, to) - min(from, to) + 1}
	switch {
	case from < to:
		l.Class = "right"
	case from > to:
		l.Class = "left"
	}
	if preempts {
		l.Class += " preempt"
	}
	l.Inset = 50 / float64(l.Span)
	return l
}

// hover is what a pointer that rests on a box is told: the function, and the file with its whole path.
func hover(at sched.Place) string { return strings.TrimSpace(at.Func + "\n" + at.String()) }
