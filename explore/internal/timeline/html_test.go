package timeline

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// element is a start tag of the page, with the text below it.
type element struct {
	name, text string
	attr       map[string]string
}

func (e element) is(class string) bool {
	return slices.Contains(strings.Fields(e.attr["class"]), class)
}

// parse reads the page as strictly as it can be: each tag closed, but for those
// that HTML closes by itself.
func parse(t *testing.T, s Schedule) (page string, elements []*element) {
	t.Helper()
	var b strings.Builder
	require.NoError(t, HTML(&b, s))
	dec := xml.NewDecoder(strings.NewReader(b.String()))
	dec.Strict, dec.AutoClose, dec.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var open []*element
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			require.Empty(t, open)
			return b.String(), elements
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attr: map[string]string{}}
			for _, a := range token.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			open, elements = append(open, e), append(elements, e)
		case xml.EndElement:
			require.Equal(t, open[len(open)-1].name, token.Name.Local)
			open = open[:len(open)-1]
		case xml.CharData:
			for _, e := range open {
				e.text += string(token)
			}
		}
	}
}

// of picks elements and gives their words, one space between any two.
func of(elements []*element, pick func(*element) bool) []string {
	var texts []string
	for _, e := range elements {
		if pick(e) {
			texts = append(texts, strings.Join(strings.Fields(e.text), " "))
		}
	}
	return texts
}

// Each step is once in the figure, in its lane, and once in the table; the
// switch, the event, the end and those that wait are told in words in both.
func TestHTMLDeadlock(t *testing.T) {
	page, elements := parse(t, abba())
	class := func(name string) func(*element) bool { return func(e *element) bool { return e.is(name) } }
	require.Equal(t, []string{
		"scenario Mutex.Lock #1 bank/transfer.go:9",
		"left Mutex.Lock #1 bank/transfer.go:40",
		"right preempts left Mutex.Lock #2 bank/transfer.go:40",
		"cancel ctx event cancel #3 bank/transfer.go:11",
		"right select case 1 of 2 ring/ring.go:118",
		"left Int64.Add #4 ? last step: deadlock",
		"left waiting Mutex.Lock #2 bank/transfer.go:41",
		"right waiting Mutex.Lock #1 ring/ring.go:119",
	}, of(elements, class("box")))
	var lanes []string
	for _, e := range elements {
		if e.is("box") {
			lanes = append(lanes, e.attr["data-step"]+" "+e.attr["style"])
		}
	}
	require.Equal(t, []string{
		"1 grid-column:2", "2 grid-column:3", "3 grid-column:4", "4 grid-column:5", "5 grid-column:4", "6 grid-column:3",
		" grid-column:3", " grid-column:4",
	}, lanes)
	require.Equal(t, []string{"#scenarioleftrightevents"}, of(elements, class("head")))

	rows := of(elements, func(e *element) bool { return e.name == "tr" })
	require.Len(t, rows, 1+6+2)
	require.Contains(t, rows[3], "preempts left")
	require.Contains(t, rows[6], "last step: deadlock")
	require.Equal(t, "rightMutex.Lock #1ring/ring.go:119example.com/other/ring.(*Ring).Putwaiting", rows[8])
	require.Equal(t, []string{"p1:0.1.1.2.e.1"}, of(elements, func(e *element) bool { return e.name == "code" }))

	for _, fetched := range []string{"http", "src=", "url(", "@import", "<script"} {
		require.NotContains(t, page, fetched, "the page needs nothing else")
	}
}

// A line leads from the lane of the step before to that of the step, and past an
// event in the lane of who is running; only a preemptive one is drawn as such.
func TestHTMLLines(t *testing.T) {
	_, elements := parse(t, abba())
	var lines []string
	for _, e := range elements {
		if e.is("line") {
			lines = append(lines, strings.TrimPrefix(e.attr["class"], "line ")+" "+e.attr["style"])
		}
	}
	require.Equal(t, []string{
		"right grid-column:2 / span 2;margin:0 25%",
		"right preempt grid-column:3 / span 2;margin:0 25%",
		"straight pass grid-column:4 / span 1;margin:0 50%",
		"straight pass grid-column:4 / span 1;margin:0 50%", // beside the event
		"straight grid-column:4 / span 1;margin:0 50%",
		"left grid-column:3 / span 2;margin:0 25%",
	}, lines)
}

// A long schedule is cut where Text cuts it, and no line crosses a cut.
func TestHTMLLong(t *testing.T) {
	_, elements := parse(t, livelock(10_000))
	var steps []string
	lines := 0
	for _, e := range elements {
		if n := e.attr["data-step"]; n != "" {
			steps = append(steps, n)
		}
		if e.is("line") {
			lines++
		}
	}
	var want []string
	for _, r := range livelock(10_000).rows() {
		want = append(want, strconv.Itoa(r.Number))
	}
	require.Equal(t, want, steps)
	require.Equal(t, len(want)-1-2, lines)
	require.Equal(t, []string{"4979 steps left out (21 to 4999)", "4959 steps left out (5002 to 9960)"},
		of(elements, func(e *element) bool { return e.is("gap") }))
}

// A failure before the first step has no figure and no table.
func TestHTMLEmpty(t *testing.T) {
	page, elements := parse(t, Schedule{Kind: "panic", Message: "boom"})
	require.Empty(t, of(elements, func(e *element) bool { return e.name == "figure" || e.name == "table" }))
	require.Contains(t, page, "before its first step")
}

// Whatever the code under test calls its things stays text.
func TestHTMLEscapes(t *testing.T) {
	const evil = `"'></title></style><script>alert(1)</script>`
	s := abba()
	s.Title, s.Kind, s.Message, s.Trace = evil, evil, evil, evil
	for i := range s.Steps {
		step := &s.Steps[i]
		step.Name, step.Op, step.Object, step.Choice, step.Place.Func, step.Place.File = evil, evil, evil, evil, evil, evil
	}
	for i := range s.Waiting {
		w := &s.Waiting[i]
		w.Name, w.Op, w.Object, w.Place.Func, w.Place.File = evil, evil, evil, evil, evil
	}
	page, elements := parse(t, s)
	require.NotContains(t, page, "<script")
	require.Equal(t, 1, strings.Count(page, "</style>"))
	require.Equal(t, []string{evil}, of(elements, func(e *element) bool { return e.name == "h1" }))
}
