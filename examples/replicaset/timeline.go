package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"os"
	"strings"
	"time"
)

//go:embed timeline.html
var timelineHTML string

var timelinePage = template.Must(template.New("timeline").Parse(timelineHTML))

// recording is what the timeline shows of one scene. Nothing changes it any more.
type recording struct {
	m       *meter
	end     time.Duration
	members []life
}

// life is one member's.
type life struct {
	rank       int
	from, to   time.Duration
	wasKilled  bool
	wasPrimary time.Duration // since when; 0: never
}

// record takes the recording when the scene is over and the set still stands.
func record(s *scene) *recording {
	rec := &recording{m: s.m, end: s.m.now()}
	for _, p := range s.set.all {
		l := life{rank: p.rank, from: p.started, to: rec.end}
		select {
		case <-p.ended:
			l.to, l.wasKilled = p.died, true
		default:
		}
		for _, t := range s.m.terms {
			if t.Rank == p.rank {
				l.wasPrimary = t.At
			}
		}
		rec.members = append(rec.members, l)
	}
	return rec
}

// The page: for each size of the set a table, and for each client its lanes, one above the other, on one
// scale of time for all. A lane's drawing is stretched to the width there is, so all text is outside of it.
type (
	pageShow struct {
		Senders, Members int
		Results          []*result
		Between          []claim
		Ticks            []pageTick
		Clients          []pageClient
	}
	pageTick struct {
		Left float64 // percent
		Text string
	}
	pageClient struct {
		*result
		Lanes  []pageLane
		Events []event
		Marks  []pageShape // the events, across every lane
	}
	pageLane struct {
		Title  string
		Height int // pixels; the width is 1000 units
		Shapes []pageShape
	}
	pageShape struct {
		Class string
		Path  string
	}
)

const laneWidth = 1000.0

// scale turns times into widths: whole is the length of the longest scene.
type scale struct{ whole time.Duration }

func (s scale) x(d time.Duration) float64 { return laneWidth * float64(d) / float64(s.whole) }

// box draws a rectangle; one that would be too thin to see gets a width.
func (s scale) box(from, to time.Duration, top, height float64) string {
	width := max(s.x(to)-s.x(from), 1)
	return fmt.Sprintf("M%.1f %.1fh%.1fv%.1fh-%.1fz", s.x(from), top, width, height, width)
}

const binWidth = 20 * time.Millisecond

// bins counts moments per bin.
func (s scale) bins(at []time.Duration) []int64 {
	counts := make([]int64, s.whole/binWidth+1)
	for _, t := range at {
		if i := int(t / binWidth); i < len(counts) {
			counts[i]++
		}
	}
	return counts
}

// bars draws counts per bin, the highest as high as the lane.
func (s scale) bars(counts []int64, most int64, height float64) string {
	var b strings.Builder
	for i, n := range counts {
		if n > 0 {
			h := max(height*float64(n)/float64(most), 1)
			from := time.Duration(i) * binWidth
			b.WriteString(s.box(from, from+binWidth, height-h, h))
		}
	}
	return b.String()
}

func highest(counts []int64) int64 {
	most := int64(1)
	for _, n := range counts {
		most = max(most, n)
	}
	return most
}

// lanes draws one scene.
func (rec *recording) lanes(s scale) []pageLane {
	const row, bar, high = 12, 9, 44
	members := pageLane{Title: "members, lowest rank on top; strong: primary; crossed: killed", Height: row * len(rec.members)}
	for i, l := range rec.members {
		top := float64(i * row)
		draw := func(class, path string) { members.Shapes = append(members.Shapes, pageShape{class, path}) }
		draw("alive", s.box(l.from, l.to, top, bar))
		if l.wasPrimary > 0 {
			draw("primary", s.box(l.wasPrimary, l.to, top, bar))
		}
		if l.wasKilled {
			x := s.x(l.to)
			draw("cross", fmt.Sprintf("M%.1f %.1fl8 %dm0 -%dl-8 %d", x-4, top, bar, bar, bar))
		}
	}
	acks, errs := s.bins(rec.m.acks), s.bins(rec.m.errs)
	most := max(highest(acks), highest(errs))
	inserts := pageLane{Title: fmt.Sprintf("inserts acknowledged, up to %d in %v", highest(acks), binWidth), Height: high,
		Shapes: []pageShape{{"acks", s.bars(acks, most, high)}}}
	failures := pageLane{Title: fmt.Sprintf("errors: %d; lookups that met half a table: %d", len(rec.m.errs), rec.m.lookupFailures.Load()), Height: high,
		Shapes: []pageShape{{"errs", s.bars(errs, most, high)}}}
	answered := s.bins(rec.m.reads)
	reads := pageLane{Title: fmt.Sprintf("reads answered, up to %d in %v", highest(answered), binWidth), Height: high,
		Shapes: []pageShape{{"reads", s.bars(answered, highest(answered), high)}}}
	return []pageLane{members, inserts, reads, failures, rec.waiting(s, high), rec.refreshes(s, high)}
}

// waiting draws the lines of senders and readers as they were sampled. A line goes on until the next
// sample, which comes late where there is most to see.
func (rec *recording) waiting(s scale, height float64) pageLane {
	n := int(s.whole/binWidth) + 1
	senders, readers := make([]int64, n), make([]int64, n)
	from, was := 0, crowd{}
	for _, c := range rec.m.crowds {
		to := min(int(c.At/binWidth), n-1)
		for i := from + 1; i < to; i++ {
			senders[i], readers[i] = was.Senders, was.Readers
		}
		senders[to], readers[to] = max(senders[to], c.Senders), max(readers[to], c.Readers)
		from, was = to, c
	}
	most := max(highest(senders), highest(readers))
	return pageLane{
		Title:  fmt.Sprintf("waiting: senders, up to %d; before them readers, up to %d", rec.m.senders.most.Load(), rec.m.readers.most.Load()),
		Height: int(height),
		Shapes: []pageShape{{"senders", s.bars(senders, most, height)}, {"readers", s.bars(readers, most, height)}},
	}
}

// refreshes draws how many were under way at once.
func (rec *recording) refreshes(s scale, height float64) pageLane {
	atOnce := make([]int64, s.whole/binWidth+1)
	for _, sp := range rec.m.spans {
		for i := int(sp.From / binWidth); i <= int(sp.To/binWidth) && i < len(atOnce); i++ {
			atOnce[i]++
		}
	}
	return pageLane{
		Title:  fmt.Sprintf("refreshes: %d, up to %d within %v", len(rec.m.spans), highest(atOnce), binWidth),
		Height: int(height),
		Shapes: []pageShape{{"refreshes", s.bars(atOnce, highest(atOnce), height)}},
	}
}

// writeTimeline writes all shows as one page that needs nothing else.
func writeTimeline(name string, shows []*show) error {
	var pages []pageShow
	for _, sh := range shows {
		var s scale
		for _, rec := range sh.recordings {
			s.whole = max(s.whole, rec.end)
		}
		page := pageShow{Members: sh.members, Senders: sh.results[0].Senders, Results: sh.results, Between: sh.between}
		for t := time.Duration(0); t < s.whole; t += (s.whole / 8).Round(500*time.Millisecond) + 500*time.Millisecond {
			page.Ticks = append(page.Ticks, pageTick{100 * float64(t) / float64(s.whole), fmt.Sprintf("%.1f s", t.Seconds())})
		}
		for i, rec := range sh.recordings {
			c := pageClient{result: sh.results[i], Lanes: rec.lanes(s), Events: rec.m.events}
			for _, e := range rec.m.events {
				c.Marks = append(c.Marks, pageShape{"mark " + e.Kind, fmt.Sprintf("M%.1f 0V1000", s.x(e.At))})
			}
			page.Clients = append(page.Clients, c)
		}
		pages = append(pages, page)
	}
	var b bytes.Buffer
	if err := timelinePage.Execute(&b, pages); err != nil {
		return err
	}
	return os.WriteFile(name, b.Bytes(), 0o666)
}

// Round makes durations short enough for a table.
func (r *result) Round(d time.Duration) string { return d.Round(100 * time.Microsecond).String() }

// Millis is a moment as the page prints it.
func (e event) Millis() string { return fmt.Sprintf("%d ms", e.At.Milliseconds()) }
