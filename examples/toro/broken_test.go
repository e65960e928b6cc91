package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
)

const (
	lockInTurn  = "if m.LockContext(ctx) == nil {\n\t\t\tdefer m.Unlock()\n\t\t\tvisit()"
	writeInTurn = "if m.LockContext(ctx) == nil {\n\t\t\tdefer m.Unlock()\n\t\t\twrite()"
)

// faults break what a claim is about, and want is what the claim says then. FAULT in them is whether it is its turn.
var faults = []struct{ lesson, file, old, broken, want string }{
	{"Queue", "queues.go", "for i := range items {\n\t\t\tq.Put", "if FAULT { items-- }\nfor i := range items {\n\t\t\tq.Put", "99 of 100 items came"},
	{"Queue", "queues.go", "return got, q.Stats().Peak", "if FAULT { return got, 3 }\nreturn got, q.Stats().Peak", "never more than 2 were in: 3"},
	{"Queue", "queues.go", "\tvar room", "if FAULT { q = queue.New[string](workers) }\n\tvar room", "and 0 were refused"},
	{"PriorityQueue", "queues.go", "q := queue.NewPriority", "if FAULT { byRank = func(a, b job) int { return b.rank - a.rank } }\nq := queue.NewPriority", "[c z a]"},
	{"LifoQueue", "queues.go", "q := queue.NewLIFO[int](queue.Unbounded)", "q := queue.NewLIFO[int](queue.Unbounded)\nif FAULT { q = queue.New[int](queue.Unbounded) }", "the last first"},
	{"JoinableQueue", "queues.go", "q.PutBatch", "if FAULT { items-- }\nq.PutBatch", "99 of 100 were finished"},
	{"JoinableQueue", "queues.go", "return q.Len(), q.Stats()", "if FAULT { q.TaskDone() }\nreturn q.Len(), q.Stats()", "0 was unfinished"},
	{"Timeout", "queues.go", "_, late = q.Get(soon)", "if FAULT { q.TryPut(``) }\n_, late = q.Get(soon)", "gave up: <nil>"},
	{"Timeout", "queues.go", "q.TryPut(\"late\")", "if !FAULT { q.TryPut(`late`) }", "took nothing: 0 is in"},

	{"Semaphore", "permits.go", "s.With(", "if FAULT { visit(); return }\ns.With(", "2 were in at once, and never more: "},
	{"Semaphore", "permits.go", "s.With(", "if FAULT { return }\ns.With(", "each had its turn: 0"},
	{"Semaphore", "permits.go", "s.Grow(1)", "if !FAULT { s.Grow(1) }", "2 after Grow, 1 after Forget"},
	{"Semaphore", "permits.go", "p.Forget()", "if FAULT { p.Release() }\np.Forget()", "3 after Grow, 3 after Forget"},
	{"BoundedSemaphore", "permits.go", "again = mine.Release()", "if FAULT { s.Release(1) }\nagain = mine.Release()", "let one more in: true"},
	{"BoundedSemaphore", "permits.go", "theirs.Release()", "if !FAULT { theirs.Release() }", "panics: <nil>"},
	{"BoundedSemaphore", "permits.go", "s.Release(1)    // I", "if FAULT { return false }\ns.Release(1)    // I", "one more got in: false"},
	{"Lock", "permits.go", lockInTurn, "m := &m\nif FAULT { m = new(semaphore.Mutex) }\n" + lockInTurn, "64 of 64 workers were in, at most "},
	{"Lock", "permits.go", "late = m.LockContext(soon)", "if !FAULT { late = m.LockContext(soon) }", "may give up: <nil>"},
	{"RWLock", "permits.go", "\tread()", "if !FAULT { read() }", "0 of 64 readers"},
	{"RWLock", "permits.go", writeInTurn, "m := &m\nif FAULT { m = new(semaphore.RWMutex) }\n" + writeInTurn, "64 of 64 writers were in, at most "},
	{"RWLock", "permits.go", "readers := semaphore.New(2)", "readers := semaphore.New(2)\nif FAULT { readers.Grow(2) }", "one by one 0 stood there"},

	{"Event", "facts.go", "before = through.Load()", "if FAULT { start.Set(); crew.Wait() }\nbefore = through.Load()", "before Set 64 of 64"},
	{"Event", "facts.go", "start.Clear()", "if !FAULT { start.Clear() }", "waits again: <nil>"},
	{"Condition", "facts.go", "saw.Add(1)", "if !FAULT { saw.Add(1) }", "0 of 64 saw it"},
	{"Condition", "facts.go", "return heard, c.Wait(soon)", "if FAULT { return heard, nil }\nreturn heard, c.Wait(soon)", "who came then waits: <nil>"},
	{"AsyncResult", "facts.go", "answer.Set(\"Ada\")", "if !FAULT { answer.Set(`Ada`) }", "0 of 64 got the first answer"},
	{"AsyncResult", "facts.go", "second = answer.Set(\"Grace\")", "second = answer.Set(`Grace`) || FAULT", "the second one counts: true"},
	{"AsyncResult", "facts.go", "answer.Fail(errNobody)", "if FAULT { answer.Set(``) }\nanswer.Fail(errNobody)", "and failed"},
}

// Each claim fails when what it is about is broken. (One build, for the time that a build takes; which fault it has
// is told to it.)
func TestToroBrokenBuild(t *testing.T) {
	var changes []testkit.Change
	for _, file := range []string{"queues.go", "permits.go", "facts.go"} {
		changes = append(changes, testkit.Change{File: file, Old: "import (\n", New: "import (\n\t\"os\"\n"})
	}
	for i, f := range faults {
		turn := fmt.Sprintf("(os.Getenv(`FAULT`) == `%d`)", i)
		changes = append(changes, testkit.Change{File: f.file, Old: f.old, New: strings.ReplaceAll(f.broken, "FAULT", turn)})
	}
	overlay := testkit.Overlay(t, changes...)
	bin := filepath.Join(t.TempDir(), "broken.exe")
	text, err := testkit.Go(t, nil, "build", "-overlay", overlay, "-o", bin, ".")
	require.NoError(t, err, text)

	program := func(fault string, args ...string) (string, int) {
		cmd := exec.CommandContext(t.Context(), bin, append(args, "-workers", "64")...)
		cmd.Env = append(os.Environ(), "FAULT="+fault)
		text, _ := cmd.CombinedOutput()
		return string(text), cmd.ProcessState.ExitCode()
	}
	asItIs, code := program("")
	require.Zero(t, code, asItIs)
	verdict := regexp.MustCompile(`(?m)^  (ok    |FAILED) `)
	failed := map[string]bool{} // claims, by their lesson and place
	for i, f := range faults {
		text, code := program(strconv.Itoa(i), "-only", f.lesson)
		require.Equal(t, 1, code, f.want)
		require.Regexp(t, "(?m)^  FAILED .*"+regexp.QuoteMeta(f.want), text)
		for place, v := range verdict.FindAllStringSubmatch(text, -1) {
			if v[1] == "FAILED" {
				failed[fmt.Sprint(f.lesson, place)] = true
			}
		}
	}
	require.Len(t, failed, len(verdict.FindAllString(asItIs, -1)), "each claim has failed")
}
