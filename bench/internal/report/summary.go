package report

import (
	"fmt"
	"io"
	"strings"
)

// Summary prints about ten lines: what each comparison found, wins and losses alike, and whether the
// figures can be trusted.
func (d *Doc) Summary(w io.Writer) {
	fmt.Fprintln(w)
	for _, c := range d.Comparisons {
		fmt.Fprintf(w, "%-15s %s\n", c.Name, c.headline())
	}
	for _, s := range d.Scenes {
		fmt.Fprintf(w, "%-15s %s: %s\n", s.Name, s.Word(), s.headline())
	}
	if line := d.barsLine(); line != "" {
		fmt.Fprintf(w, "%-15s %s\n", "speed bars", line)
	}
	if o := d.Older; o != nil {
		fmt.Fprintf(w, "%-15s %s\n", "compare", o.headline())
	}
	fmt.Fprintf(w, "%-15s %s\n", "controls", d.controlsLine())
	if d.Meta.Partial {
		fmt.Fprintln(w, "PARTIAL: interrupted; the report holds what was measured until then")
	}
	if !d.Trusted() {
		fmt.Fprintln(w, "NOT TO BE TRUSTED: on this machine, now, these figures cannot tell a difference from noise")
	}
}

// headline is the table that tells most: the shape that stands for the comparison, at the most processors.
func (c *Comparison) headline() string {
	t := c.Tables[len(c.Tables)-1]
	for _, other := range c.Tables {
		if other.Procs == t.Procs && c.stands(other, t.Procs) {
			t = other
			break
		}
	}
	ours := t.ours()
	parts := []string{fmt.Sprintf("%s %s", ours[0].Impl, Value(ours[0].Stats[c.Units[0]].Median, c.Units[0]))}
	for _, r := range t.Rows {
		if !r.Ours {
			parts = append(parts, fmt.Sprintf("%s %s", r.Impl, r.Versus[0].Short()))
		}
	}
	return fmt.Sprintf("%s, %s, %d procs: %s", UnitName(c.Units[0]), t.Shape, t.Procs, strings.Join(parts, ", "))
}

// ours are petiole's rows, the first of them leads.
func (t *Table) ours() []Row {
	var out []Row
	for _, r := range t.Rows {
		if r.Ours {
			out = append(out, r)
		}
	}
	return out
}

func (s *Scene) headline() string {
	if s.Err != "" {
		return s.Err
	}
	var parts []string
	for _, c := range s.Outcome.Checks {
		if !c.OK {
			return fmt.Sprintf("not so: %s (%s)", c.What, c.Got)
		}
		parts = append(parts, c.What+" ("+c.Got+")")
	}
	return strings.Join(parts[:min(1, len(parts))], "")
}

func (d *Doc) barsLine() string {
	met, total := 0, 0
	var missed []string
	for _, c := range d.Comparisons {
		for _, b := range c.Bars {
			total++
			if b.Met {
				met++
			} else {
				missed = append(missed, b.Describe())
			}
		}
	}
	if total == 0 {
		return ""
	}
	var line strings.Builder
	line.WriteString(fmt.Sprintf("%d of %d met", met, total))
	for _, m := range missed {
		line.WriteString("\n" + strings.Repeat(" ", 16) + m)
	}
	return line.String()
}

func (d *Doc) controlsLine() string {
	var parts []string
	for _, c := range d.Controls {
		parts = append(parts, fmt.Sprintf("%s/%s: %s, %s", c.A, c.B, c.Verdict.Short(), c.Word()))
	}
	return strings.Join(parts, "; ")
}

func (o *Older) headline() string {
	more, less := 0, 0
	for _, r := range o.Rows {
		switch {
		case r.V.Difference && r.V.Ratio > 1:
			more++
		case r.V.Difference:
			less++
		}
	}
	return fmt.Sprintf("with %s: %d cost more, %d less, %d no difference (%d not in it, %d with too few samples)",
		o.Path, more, less, len(o.Rows)-more-less, o.Missing, o.Few)
}
