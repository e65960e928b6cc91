package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/cheggaaa/pb/v3"
	"golang.org/x/term"

	"github.com/petiole-go/petiole/bench/internal/measure"
)

// progress shows how far the run is: a bar on a terminal, a line now and then elsewhere. It draws only
// between samples and owns no goroutine, so that nothing runs beside what is measured.
type progress struct {
	w    io.Writer
	bar  *pb.ProgressBar // nil: plain lines
	last time.Time
}

// quiet is how long a plain log stays without a line.
const quiet = 5 * time.Second

func newProgress(w io.Writer) *progress {
	p := &progress{w: w, last: time.Now()}
	if f, ok := w.(*os.File); ok && wide(f) {
		p.bar = pb.New(0)
		p.bar.Set(pb.Static, true).SetWriter(w).SetTemplateString(`{{string . "what"}} {{bar . }} {{percent . }} {{string . "left"}}`)
		p.bar.Start()
	}
	return p
}

func (p *progress) step(done, total int, left time.Duration, g *measure.Group) {
	if p.bar != nil {
		p.bar.SetTotal(int64(total)).SetCurrent(int64(done))
		p.bar.Set("what", fmt.Sprintf("%-18s", g.Comparison.Name)).Set("left", fmt.Sprintf("%v left", left.Round(time.Second)))
		p.bar.Write()
		return
	}
	if now := time.Now(); now.Sub(p.last) >= quiet {
		p.last = now
		fmt.Fprintf(p.w, "%3d%%  %v left  (%s)\n", 100*done/total, left.Round(time.Second), g.Comparison.Name)
	}
}

// wide reports whether f is a terminal that has room for a bar.
func wide(f *os.File) bool {
	columns, _, err := term.GetSize(int(f.Fd()))
	return err == nil && columns >= 60
}

// say ends the bar and prints a line.
func (p *progress) say(format string, args ...any) {
	if p.bar != nil {
		p.bar.Finish()
		p.bar = nil
		fmt.Fprintln(p.w)
	}
	fmt.Fprintf(p.w, format+"\n", args...)
}
