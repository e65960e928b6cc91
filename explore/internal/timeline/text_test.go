package timeline

import (
	"errors"
	"strings"
	"testing"

	"github.com/petiole-go/petiole/explore/internal/sched"
	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func text(t *testing.T, s Schedule) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, Text(&b, s))
	return b.String()
}

// The whole of it, as it stands in an error: columns, margin and words, who waits, the trace.
func TestTextDeadlock(t *testing.T) {
	require.Equal(t, `deadlock: no goroutine can go on
TestExploreTransfer, schedule 7, 6 steps, 1 preemptive switch

  1  scenario    Mutex.Lock #1               bank/transfer.go:9
  2  left        Mutex.Lock #1               bank/transfer.go:40
> 3  right       Mutex.Lock #2               bank/transfer.go:40  preempts left
* 4  cancel ctx  cancel #3                   bank/transfer.go:11  event
  5  right       select         case 1 of 2  ring/ring.go:118
  6  left        Int64.Add #4                ?

waiting:
  left   Mutex.Lock #2  bank/transfer.go:41
  right  Mutex.Lock #1  ring/ring.go:119

trace: p1:0.1.1.2.e.1
`, text(t, abba()))
}

// Without choices there is no column for them, and goroutines of one name are told apart.
func TestTextLostUpdate(t *testing.T) {
	require.Equal(t, `assertion: counter is 1 after 2 increments
TestExploreCounter, schedule 3, 4 steps, 1 preemptive switch

  1  increment/1  Int64.Load #1   bank/transfer.go:14
> 2  increment/2  Int64.Load #1   bank/transfer.go:14  preempts increment/1
  3  increment/2  Int64.Store #1  bank/transfer.go:15
  4  increment/1  Int64.Store #1  bank/transfer.go:15

trace: p1:1.2.2.1
`, text(t, lostUpdate()))
}

// A livelock shows how it began, its switch, and how it turns; what is left out is counted.
func TestTextLong(t *testing.T) {
	lines := strings.Split(text(t, livelock(10_000)), "\n")
	require.Equal(t, "scenario, schedule 1042, 10000 steps, 1 preemptive switch", lines[1])
	steps := lines[3 : 3+headSteps+1+2+1+tailSteps]
	require.Equal(t, "      1  spinner  Bool.Load #1  ring/ring.go:77", steps[0])
	require.Equal(t, "     20  spinner  Gosched #1    ring/ring.go:78", steps[19])
	require.Equal(t, "  ... 4979 steps left out (21 to 4999)", steps[20])
	require.Equal(t, "   5000  spinner  Gosched #1    ring/ring.go:78", steps[21])
	require.Equal(t, ">  5001  setter   Bool.Load #1  ring/ring.go:77  preempts spinner", steps[22])
	require.Equal(t, "  ... 4959 steps left out (5002 to 9960)", steps[23])
	require.Equal(t, "   9961  spinner  Bool.Load #1  ring/ring.go:77", steps[24])
	require.Equal(t, "  10000  spinner  Gosched #1    ring/ring.go:78", steps[63])
	require.Equal(t, "not ended:", lines[3+64+1])
}

// What is shown has a bound, whatever the schedule is: with more switches than
// are kept, with as many steps as are shown whole, with a crowd that waits.
func TestRowsBounded(t *testing.T) {
	require.Len(t, livelock(wholeSteps).rows(), wholeSteps)

	s := livelock(10_000)
	for i := range s.Steps {
		s.Steps[i].Switched = i%10 == 0
	}
	require.Len(t, s.rows(), headSteps+tailSteps)
	require.Contains(t, text(t, s), "1000 preemptive switches")

	for i := range 200 {
		s.Waiting = append(s.Waiting, sched.Wait{Thread: 3 + i, Op: "Mutex.Lock"})
	}
	require.Contains(t, text(t, s), "  goroutine 50")
	require.Contains(t, text(t, s), "  ... and 152 more\n")
}

// A failure before the first step, and one without words, are shown as what they are.
func TestTextEmpty(t *testing.T) {
	require.Equal(t, "panic: boom\nscenario, schedule 1, 0 steps, 0 preemptive switches\n",
		text(t, Schedule{Kind: "panic", Message: "boom", Schedule: 1}))
}

// A name cannot make lines or columns of its own, and no text a terminal's escapes.
func TestTextHostileNames(t *testing.T) {
	s := lostUpdate()
	s.Steps[0].Name = "a\tb\nc\x1b[31m\xff"
	s.Steps[3].Name = s.Steps[0].Name
	s.Title, s.Trace = "Test\nX", "\x1b"
	s.Message = "one\n\ttwo\x1b"
	out := text(t, s)
	require.Contains(t, out, "1  a\ufffdb\ufffdc\ufffd[31m\ufffd")
	require.NotContains(t, out, "\x1b")
	require.Contains(t, out, "assertion: one\n\ttwo\ufffd\nTest\ufffdX, ")
	require.Equal(t, strings.Count(text(t, lostUpdate()), "\n")+1, strings.Count(out, "\n"))
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.ErrUnsupported }

// A writer that fails is told of, by both.
func TestWriterFails(t *testing.T) {
	require.ErrorIs(t, Text(full{}, abba()), errors.ErrUnsupported)
	require.ErrorIs(t, HTML(full{}, abba()), errors.ErrUnsupported)
}

// An event is no goroutine's, whatever its number says: it interrupts nobody, is
// not interrupted, and names no goroutine.
func TestTextEvent(t *testing.T) {
	s := abba()
	s.Steps[3].Thread, s.Steps[3].Switched = 0, true
	s.Steps[4].Thread, s.Steps[4].Name, s.Steps[4].Switched = 1, "left", true
	out := text(t, s)
	require.Contains(t, out, "6 steps, 2 preemptive switches\n\n  1  scenario ")
	require.Contains(t, out, "\n* 4  cancel ctx  cancel #3                   bank/transfer.go:11  event\n")
	require.Contains(t, out, "\n> 5  left        select         case 1 of 2  ring/ring.go:118     preempts right\n")
}
