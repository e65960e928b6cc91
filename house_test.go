package petiole_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// house is who may import whom in the core, tests apart: DESIGN.md's picture.
// What is not in it does not exist yet.
var house = map[string][]string{
	".":                   {},
	"examples/connpool":   {"vigil"},
	"examples/crawler":    {"queue"},
	"examples/replicaset": {"rcu"},
	"examples/toro":       {"gate", "queue", "semaphore"},

	"explore":                   {"explore/internal/report", "explore/internal/sched", "explore/internal/timeline", "explore/internal/virtual"},
	"explore/cmd/explore":       {"explore/internal/report", "explore/internal/rewrite", "explore/internal/sched"},
	"explore/internal/report":   {},
	"explore/internal/rewrite":  {},
	"explore/internal/sched":    {},
	"explore/internal/timeline": {"explore/internal/sched"},
	"explore/internal/virtual":  {"explore/internal/sched"},
	"explore/shim/context":      {"explore/internal/sched", "explore/internal/virtual"},
	"explore/shim/lang":         {"explore/internal/sched"},
	"explore/shim/spin":         {"explore/shim/sync"},
	"explore/shim/sync":         {"explore/internal/sched"},
	"explore/shim/sync/atomic":  {"explore/internal/sched"},
	"explore/shim/time":         {"explore/internal/sched", "explore/internal/virtual"},

	"gate":                 {"internal/park", "internal/park/signal"},
	"semaphore":            {"internal/park", "internal/park/signal", "internal/park/spin"},
	"internal/park":        {"internal/park/signal", "internal/park/spin"},
	"internal/park/signal": {},
	"internal/park/spin":   {},
	"internal/testkit":     {}, // imported by tests only, so it may import what tests may
	"queue":                {"internal/park", "internal/park/signal", "internal/park/spin"},
	"rcu":                  {"internal/park/signal"},
	"vigil":                {"internal/park", "internal/park/signal", "internal/park/spin"},

	"vigil/linger": {},

	"verify/cmd/mutants":     {"verify/internal/mutant"},
	"verify/cmd/testing":     {"verify/internal/mutant"},
	"verify/internal/mutant": {},
}

// examine returns what breaks DESIGN.md's rules in the core below root. It reads
// every file, for whatever platform it is, but those of the tests.
func examine(root fs.FS) (wrong []string, err error) {
	err = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, err := fs.Stat(root, path.Join(name, "go.mod"))
			if name != "." && (err == nil || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")) {
				return fs.SkipDir // another module, or no package
			}
			return nil
		}
		switch {
		case slices.Contains([]string{".s", ".S", ".c", ".syso"}, path.Ext(name)):
			wrong = append(wrong, name+": not Go")
		case path.Ext(name) == ".go" && !strings.HasSuffix(name, "_test.go"):
			text, err := fs.ReadFile(root, name)
			if err != nil {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
			if err != nil {
				return err
			}
			for _, w := range append(imports(path.Dir(name), file), waits(path.Dir(name), file)...) {
				wrong = append(wrong, name+": "+w)
			}
		}
		return nil
	})
	return wrong, err
}

// imports returns what file imports or links against the rules.
func imports(dir string, file *ast.File) (wrong []string) {
	may, known := house[dir]
	if !known {
		return []string{"a package that is not in the picture of the house"}
	}
	for _, spec := range file.Imports {
		to := strings.Trim(spec.Path.Value, `"`)
		sibling, ours := strings.CutPrefix(to, core+"/")
		first, _, _ := strings.Cut(to, "/")
		switch {
		case to == "unsafe" && (dir == "explore/internal/sched" || dir == "explore/shim/sync/atomic"):
			// the edges that the race detector is told, and the signatures of sync/atomic
		case to == "unsafe" || to == "C":
			wrong = append(wrong, "imports "+to)
		case ours && !slices.Contains(may, sibling):
			wrong = append(wrong, fmt.Sprintf("%s may not import %s", dir, sibling))
		case !ours && strings.Contains(first, ".") && dir != "internal/testkit":
			wrong = append(wrong, "imports "+to+", which is not of the standard library")
		}
	}
	for _, group := range file.Comments {
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "//go:linkname") {
				wrong = append(wrong, c.Text)
			}
		}
	}
	return wrong
}

// waits returns where file waits by itself, which is internal/park/signal's to do.
// (The tests' helpers, the examples and the commands of verify are users, and wait as
// users do; explore stands for all of it.)
func waits(dir string, file *ast.File) (wrong []string) {
	first, _, _ := strings.Cut(dir, "/")
	if dir == "internal/park/signal" || dir == "internal/testkit" || slices.Contains([]string{"examples", "explore", "verify"}, first) {
		return nil
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ChanType:
			if !slices.Contains([]string{"gate", "queue", "vigil"}, dir) { // which have those of Closed and Done, and nothing to wait on them with
				wrong = append(wrong, "a channel")
			}
		case *ast.SelectStmt:
			wrong = append(wrong, "a select")
		case *ast.SendStmt:
			wrong = append(wrong, "a send")
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				wrong = append(wrong, "a receive")
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && slices.Contains([]string{"sync.Cond", "sync.NewCond", "time.Sleep", "time.After"}, x.Name+"."+n.Sel.Name) {
				wrong = append(wrong, x.Name+"."+n.Sel.Name)
			}
		}
		return true
	})
	return wrong
}

// Nobody imports whom they should not; no linkname, no assembly, no unsafe; and
// only internal/park/signal waits.
func TestHouse(t *testing.T) {
	wrong, err := examine(os.DirFS("."))
	require.NoError(t, err)
	require.Empty(t, wrong)

	picture, err := os.ReadFile("DESIGN.md")
	require.NoError(t, err)
	for dir := range house {
		if dir != "." {
			require.Contains(t, string(picture), path.Base(dir)+"/", "DESIGN.md's picture")
			require.DirExists(t, dir)
		}
	}
}

// Each rule finds what breaks it.
func TestHouseBroken(t *testing.T) {
	for text, want := range map[string]string{
		`package rcu; import "github.com/petiole-go/petiole/internal/testkit"`: "may not import internal/testkit",
		`package rcu; import "golang.org/x/sync/errgroup"`:                     "not of the standard library",
		`package rcu; import _ "unsafe"`:                                       "imports unsafe",
		"package rcu\n//go:linkname f runtime.f\nfunc f()":                     "linkname",
		`package rcu; var c chan int`:                                          "a channel",
		`package rcu; func f() { select {} }`:                                  "a select",
		`package rcu; func f(x X) { <-x.Done() }`:                              "a receive",
		`package rcu; func f(x X) { x.c <- 1 }`:                                "a send",
		`package rcu; import "sync"; var c sync.Cond`:                          "sync.Cond",
	} {
		wrong, err := examine(fstest.MapFS{"rcu/x.go": {Data: []byte(text)}})
		require.NoError(t, err)
		require.Len(t, wrong, 1, text)
		require.Contains(t, wrong[0], want)
	}
	wrong, err := examine(fstest.MapFS{"rcu/x_amd64.s": {}, "util/x.go": {Data: []byte("package util")}})
	require.NoError(t, err)
	require.Equal(t, []string{"rcu/x_amd64.s: not Go", "util/x.go: a package that is not in the picture of the house"}, wrong)
}
