package main

import (
	"bytes"
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
)

// The test binary is the program too: this says so.
const programEnv = "PETIOLE_TORO_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programEnv) != "" {
		os.Exit(run(os.Args[1:], lessons, os.Stdout, os.Stderr))
	}
	testkit.Main(m)
}

// The program shows every primitive and every name, nothing failed, and it fits a terminal.
func TestToroProgram(t *testing.T) {
	if runtime.GOOS == "js" || runtime.GOOS == "wasip1" {
		t.Skip("there are no processes")
	}
	exe, err := os.Executable()
	require.NoError(t, err)
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), programEnv+"=1")
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s%s", out, &stderr)
	require.Empty(t, stderr.String())
	text := string(out)
	for _, l := range lessons {
		require.Contains(t, text, "\n"+l.name+" ===")
	}
	for _, n := range names {
		require.Contains(t, text, "\n"+n.String()+" ")
	}
	require.NotContains(t, text, "FAILED")
	for line := range strings.Lines(text) {
		require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), width, line)
		if bar := strings.Index(line, "| "); bar >= 0 {
			require.Equal(t, leftWidth+1, bar, line)
		}
	}
}

// Each lesson's claims hold, with few and with many; -only is for each, and shows no other.
func TestToroLessons(t *testing.T) {
	for _, l := range lessons {
		for _, many := range []string{"-workers 2 -items 1", "-workers 100 -items 1000"} {
			var stdout, stderr bytes.Buffer
			require.Zero(t, run(strings.Fields(many+" -only "+l.name), lessons, &stdout, &stderr), "%s%s", &stdout, &stderr)
			require.Equal(t, 1, strings.Count(stdout.String(), " ==="), "lessons")
			require.Contains(t, stdout.String(), "  ok     ")
			require.Contains(t, stdout.String(), "\n"+l.name+" ")
		}
	}
}

// What the forms come to, from the numbers: not from the program's own verdict.
func TestToroForms(t *testing.T) {
	ctx := t.Context()
	got, peak := fifo(ctx, 5)
	require.Equal(t, []int{0, 1, 2, 3, 4}, got)
	require.LessOrEqual(t, peak, 2)
	saw, refused := looksIfFull(5)
	require.EqualValues(t, []int64{5, 4}, []int64{saw, refused})
	require.Equal(t, []string{"z", "a", "c"}, urgent(ctx))
	require.Equal(t, []int{4, 3, 2, 1, 0}, lifo(5))
	require.EqualValues(t, 5, joined(ctx, 5, 3))
	left, open := looksIfEmpty(ctx)
	require.Zero(t, left)
	require.EqualValues(t, 1, open)
	left, late := deadline(ctx)
	require.Equal(t, context.DeadlineExceeded, late)
	require.Equal(t, 1, left)

	two, one, three := room{want: 2}, room{want: 1}, room{want: 3}
	in := func(r *room) func() error { return func() error { return r.visit(ctx) } }
	grown, limit := permits(ctx, in(&two), 5)
	require.Equal(t, []int64{3, 2}, []int64{grown, limit})
	require.Equal(t, []int{2, 5}, []int{two.most, two.visits})
	again, another, said, held := bounded()
	require.False(t, again)
	require.False(t, another)
	require.Equal(t, "semaphore: released more than held", said)
	require.Zero(t, held)
	require.True(t, releasesTwice())
	require.Equal(t, context.DeadlineExceeded, exclusive(ctx, in(&one), 3))
	shared(ctx, in(&three), in(&one), 3)
	require.Equal(t, []int{1, 6}, []int{one.most, one.visits})
	require.Equal(t, []int{3, 3}, []int{three.most, three.visits})
	require.EqualValues(t, 2, oneByOne(ctx))

	before, after, late := started(ctx, 3)
	require.Equal(t, []int64{0, 3}, []int64{before, after})
	require.Equal(t, context.DeadlineExceeded, late)
	require.EqualValues(t, 3, changed(ctx, 3))
	heard, err := waitsBlindly(ctx)
	require.Zero(t, heard)
	require.Equal(t, context.DeadlineExceeded, err)
	same, second := answered(ctx, 3)
	require.EqualValues(t, 3, same)
	require.False(t, second)
}

// A claim that does not hold, or code that cannot be shown, is exit code 1.
func TestToroFails(t *testing.T) {
	fails := func(context.Context, options) []claim { return []claim{holds(true, "this"), holds(false, "that")} }
	for form, want := range map[string]string{"fifo": "not everything held: 1 claims failed", "none": "no function none"} {
		var stdout, stderr bytes.Buffer
		require.Equal(t, 1, run(nil, []lesson{{"Queue", form, "", "", fails}}, &stdout, &stderr))
		require.Contains(t, stderr.String(), want)
		require.Equal(t, form == "fifo", strings.Contains(stdout.String(), "FAILED that"))
	}
}

// A context that has ended is told, and ends every lesson.
func TestToroContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o, _, err := parse(nil, lessons)
	require.NoError(t, err)
	for i, l := range lessons {
		require.ErrorIs(t, teach(ctx, o, lessons[i:i+1], io.Discard), context.Canceled, l.name)
	}
}

// A bad flag is one line that says what would be right, and exit code 2.
func TestToroBadFlags(t *testing.T) {
	for args, right := range map[string]string{
		"-only Dequeue":  "want one of Queue, PriorityQueue",
		"-only queue":    "want one of Queue, PriorityQueue",
		"-only":          "needs an argument",
		"-workers 1":     "from 2 to 10000",
		"-workers many":  "from 2 to 10000",
		"-items 0":       "from 1 to 100000",
		"-timeout 1s":    "-h lists",
		"-items 5 Queue": "only flags",
	} {
		var stdout, stderr bytes.Buffer
		require.Equal(t, 2, run(strings.Fields(args), lessons, &stdout, &stderr), args)
		require.Empty(t, stdout.String())
		require.Equal(t, 1, strings.Count(stderr.String(), "\n"))
		require.Contains(t, stderr.String(), right)
	}
}

// public is what is public in Toro 0.5, and in the class that came with 1.0. Methods that a class inherits are
// those of its base.
var public = map[string]string{
	"Queue":            "put put_nowait get get_nowait qsize maxsize empty full getters putters queue",
	"PriorityQueue":    "",
	"LifoQueue":        "",
	"JoinableQueue":    "task_done join unfinished_tasks",
	"Semaphore":        "acquire release wait locked counter q __enter__ __exit__",
	"BoundedSemaphore": "release",
	"Lock":             "acquire release locked __enter__ __exit__",
	"RWLock":           "acquire_read acquire_write release_read release_write locked __enter__ __exit__",
	"Event":            "set clear is_set wait condition",
	"Condition":        "wait notify notify_all waiters",
	"AsyncResult":      "set ready get get_nowait value waiters",
	"":                 "NotReady AlreadySet Full Empty Timeout deadline io_loop version version_tuple",
}

// Every public name of Toro has a row, every class a lesson, and each row a form that there is or a reason.
func TestNames(t *testing.T) {
	var want, got []string
	for class, of := range public {
		if class != "" {
			want = append(want, class)
			require.NoError(t, known(class, lessons))
		}
		for n := range strings.FieldsSeq(of) {
			want = append(want, name{class: class, name: n}.String())
		}
	}
	there := exported(t, "queue", "semaphore", "gate")
	there["context.DeadlineExceeded"], there["context.WithTimeout"] = true, true
	for _, n := range names {
		got = append(got, n.String())
		if n.form == "" {
			require.NotEmpty(t, n.why, n)
		} else {
			require.True(t, there[n.form], "%v: no %s", n, n.form)
		}
	}
	require.ElementsMatch(t, want, got)
}

// exported returns the exported names of packages of ours, as package.Name, package.Type.Method and
// package.Type.Field.
func exported(t *testing.T, packages ...string) map[string]bool {
	all := map[string]bool{}
	for _, p := range packages {
		files, err := filepath.Glob(filepath.Join("..", "..", p, "*.go"))
		require.NoError(t, err)
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			require.NoError(t, err)
			ast.FileExports(file)
			for _, d := range file.Decls {
				for _, n := range declares(d) {
					all[p+"."+n] = true
				}
			}
		}
	}
	return all
}

func declares(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []string{d.Name.Name}
		}
		on := d.Recv.List[0].Type
		if star, ok := on.(*ast.StarExpr); ok {
			on = star.X
		}
		if generic, ok := on.(*ast.IndexExpr); ok {
			on = generic.X
		}
		return []string{on.(*ast.Ident).Name + "." + d.Name.Name}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.ValueSpec:
				for _, n := range s.Names {
					names = append(names, n.Name)
				}
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
				if of, ok := s.Type.(*ast.StructType); ok {
					for _, f := range of.Fields.List {
						for _, n := range f.Names {
							names = append(names, s.Name.Name+"."+n.Name)
						}
					}
				}
			}
		}
	}
	return names
}
