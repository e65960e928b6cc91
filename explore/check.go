package explore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/petiole-go/petiole/explore/internal/report"
	"github.com/petiole-go/petiole/explore/internal/sched"
)

// Check is Run in a test. A failure fails t, with the schedule step by step, how
// to run it again, and where its picture is. The flags -replay, -preemptions and
// -schedules of the command take the place of what o says (of the bound not where it
// is Random).
func Check(t testing.TB, o Options, scenario func(s *S)) Result {
	t.Helper()
	settings, commanded, err := report.Load()
	if err != nil {
		t.Fatal(err)
	}
	if settings.Replay != "" {
		o.Replay, o.Random, o.Seed = settings.Replay, false, 0
	}
	if settings.Preemptions != 0 && !o.Random {
		o.Preemptions = settings.Preemptions
	}
	if settings.Schedules > 0 {
		o.Schedules = settings.Schedules
	}
	res, inner, err := run(o, scenario)
	f, failed := errors.AsType[*Failure](err)
	page := ""
	if failed {
		f.title = t.Name()
		if f.Trace != "" {
			page = picture(t, f, settings.HTML)
		}
	}
	if commanded {
		if err := report.Write(settings.Dir, record(t, o, res, inner, f, page)); err != nil {
			t.Error(err)
		}
	}
	if failed && f.Trace != "" {
		t.Errorf("%s\n\nagain: explore.Options{Replay: %q}\n       or the command explore with -replay '%s'\npicture: %s", f.Error(), f.Trace, f.Trace, page)
	} else if err != nil {
		t.Error(err)
	}
	return res
}

// picture writes the timeline and gives the name of its file.
func picture(t testing.TB, f *Failure, dir string) string {
	t.Helper()
	if dir == "" {
		dir = os.TempDir()
	}
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>| `, r) {
			return '_'
		}
		return r
	}, t.Name())
	file, err := os.CreateTemp(dir, "explore-"+name+"-*.html")
	if err != nil {
		t.Error(err)
		return ""
	}
	if err := errors.Join(f.HTML(file), file.Close()); err != nil {
		t.Error(fmt.Errorf("%s: %w", file.Name(), err))
	}
	if abs, err := filepath.Abs(file.Name()); err == nil {
		return abs
	}
	return file.Name()
}

func record(t testing.TB, o Options, res Result, inner sched.Result, f *Failure, page string) report.Record {
	r := report.Record{
		Package: binary(), Test: t.Name(),
		Threads: inner.Threads, Steps: inner.Longest, Bound: o.bound(inner.Fair),
		Schedules: res.Schedules, Total: res.Steps,
		Explored: res.Explored, Exhausted: res.Exhausted, Elapsed: res.Elapsed,
	}
	if f != nil {
		r.Kind, r.Message, r.Trace, r.Text, r.HTML = f.Kind, f.Message, f.Trace, f.Error(), page
	}
	return r
}

// binary is the import path of the package that is tested.
func binary() string {
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		return ""
	}
	return strings.TrimSuffix(info.Path, ".test")
}

// bound tells in words what was searched; fair: but for schedules that fairness left
// out, as Options.Yields has it.
func (o Options) bound(fair bool) string {
	switch {
	case fair:
		return o.bound(false) + ", " + count(max(o.Yields, 1), "yield")
	case o.Replay != "":
		return "replay"
	case o.Random:
		return fmt.Sprintf("random, seed %d", o.Seed)
	case o.Preemptions < 0:
		return "none, reduced"
	case o.Preemptions == 0:
		return "2 preemptions"
	}
	return count(o.Preemptions, "preemption")
}

// count says n things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
