package timeline

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"
)

// Text writes the schedule as lines: kind and message, one step a line, those
// that wait, and the trace. In the margin, > is a preemptive switch and * an event;
// the end of the line says so in words.
func Text(w io.Writer, s Schedule) error {
	var b bytes.Buffer
	b.WriteString(clean(s.Kind))
	if s.Message != "" {
		fmt.Fprintf(&b, ": %s", replaceControls(s.Message, "\n\t")) // a panic's has lines
	}
	fmt.Fprintf(&b, "\n%s, schedule %d, %s, %s\n", clean(s.title()), s.Schedule,
		count(len(s.Steps), "step", "steps"), count(s.preemptions(), "preemptive switch", "preemptive switches"))

	if rows := s.rows(); len(rows) > 0 {
		b.WriteString("\n")
		for i, line := range stepLines(rows) {
			if rows[i].Skipped > 0 {
				fmt.Fprintf(&b, "  ... %s\n", rows[i].Gap())
			}
			b.WriteString(line + "\n")
		}
	}
	if waits, more := s.waits(); len(waits) > 0 {
		b.WriteString("\n" + s.waitHeading() + ":\n")
		for _, line := range waitLines(waits) {
			b.WriteString(line + "\n")
		}
		if more > 0 {
			fmt.Fprintf(&b, "  ... and %d more\n", more)
		}
	}
	if s.Trace != "" {
		fmt.Fprintf(&b, "\ntrace: %s\n", clean(s.Trace))
	}
	_, err := w.Write(b.Bytes())
	return err
}

// waitHeading names the list of those that have not ended: only in a deadlock
// does each of them wait.
func (s Schedule) waitHeading() string {
	if s.Kind == "deadlock" {
		return "waiting"
	}
	return "not ended"
}

// stepLines aligns all rows as one table, so that what is left out between them
// does not move the columns.
func stepLines(rows []row) []string {
	digits := len(fmt.Sprint(rows[len(rows)-1].Number))
	choices := false
	for _, r := range rows {
		choices = choices || r.Choice != ""
	}
	var table [][]string
	for _, r := range rows {
		margin := " "
		switch {
		case r.Event:
			margin = "*"
		case r.Preempts():
			margin = ">"
		}
		cells := []string{fmt.Sprintf("%s %*d", margin, digits, r.Number), r.Who, subject(r.Op, r.Object)}
		if choices { // else a gap would stand where no step has one
			cells = append(cells, r.Choice)
		}
		table = append(table, append(cells, r.Where, r.Note()))
	}
	return align(table)
}

func waitLines(waits []wait) []string {
	var table [][]string
	for _, w := range waits {
		table = append(table, []string{"  " + w.Who, subject(w.Op, w.Object), w.Where})
	}
	return align(table)
}

// align lays out cells in columns, a line for each row.
func align(table [][]string) []string {
	var b strings.Builder
	tw := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, cells := range table {
		for i, cell := range cells {
			cells[i] = clean(cell)
		}
		fmt.Fprintln(tw, strings.Join(cells, "\t")+"\t") // a last column that ends in no tab breaks the alignment of its neighbours
	}
	tw.Flush() // a strings.Builder does not fail
	var lines []string
	for line := range strings.Lines(b.String()) {
		lines = append(lines, strings.TrimRightFunc(line, unicode.IsSpace))
	}
	return lines
}

// clean keeps a name on its line and in its column: a tab or a line feed in it
// would make cells of its own, a byte that is no UTF-8 may be tabwriter's escape.
func clean(s string) string { return replaceControls(s, "") }

// replaceControls takes a terminal's escapes out of a text.
func replaceControls(s, but string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !strings.ContainsRune(but, r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
