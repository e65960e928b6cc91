package rewrite_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore/internal/rewrite"
	"github.com/petiole-go/petiole/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// goRun runs the main package of dir in a module of its own and gives what it prints.
func goRun(t *testing.T, dir string, flags ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append(append([]string{"run", "-mod=readonly"}, flags...), ".")...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GODEBUG=goindex=0")
	var stderr strings.Builder
	cmd.Stderr = &stderr // println, whose place among the rest is anybody's
	out, err := cmd.Output()
	require.NoError(t, err, "%s", stderr.String())
	return string(out)
}

// A program of every construct that is rewritten prints the same when it is, with
// the line that each thing stands on, and has the same comments. (R1, R2, R3)
func TestRewrittenDoesTheSame(t *testing.T) {
	t.Setenv("GOWORK", "off")
	dir := filepath.Join("testdata", "user")
	out := t.TempDir()
	res, err := rewrite.Write(t.Context(), rewrite.Options{Dir: dir, Patterns: []string{"."}, Out: out})
	require.NoError(t, err)
	require.Equal(t, []string{"example.com/user"}, res.Rewritten)
	require.Equal(t, goRun(t, dir), goRun(t, dir, "-overlay="+res.Overlay))
	require.NotEmpty(t, operations(t, filepath.Join(dir, "*.go")), "nothing to find")
	require.Empty(t, operations(t, filepath.Join(out, "*.go")), "left as they were")
	require.Equal(t, comments(t, filepath.Join(dir, "*.go")), comments(t, filepath.Join(out, "*.go")))
}

// comments are those of the files of a pattern, but for directives about lines, sorted.
func comments(t *testing.T, pattern string) (all []string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	require.NoError(t, err)
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		for _, group := range file.Comments {
			for _, c := range group.List {
				if !strings.HasPrefix(c.Text, "/*line ") {
					all = append(all, c.Text)
				}
			}
		}
	}
	slices.Sort(all)
	return all
}

// operations finds what the language does by itself in the files of a pattern.
func operations(t *testing.T, pattern string) (found []string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, files)
	fset := token.NewFileSet()
	for _, name := range files {
		file, err := parser.ParseFile(fset, name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			is := false
			switch n := n.(type) {
			case *ast.SendStmt, *ast.SelectStmt, *ast.GoStmt:
				is = true
			case *ast.UnaryExpr:
				is = n.Op == token.ARROW
			case *ast.ImportSpec:
				is = n.Path.Value == `"sync"` || n.Path.Value == `"time"`
			}
			if is {
				found = append(found, fset.Position(n.Pos()).String())
			}
			return true
		})
	}
	return found
}

// What an overlay puts in the place of the originals is what is rewritten: a file
// that it changes, and one that it adds; one that it takes away is gone.
func TestOverlay(t *testing.T) {
	t.Setenv("GOWORK", "off")
	dir, out := user(t, map[string]string{
		"main.go":    "package main\n\nfunc main() { println(\"original\") }\n",
		"gone.go":    "package main\n\nfunc init() { println(\"gone\") }\n",
		"changed.in": "package main\n\nimport (\n\t\"fmt\"\n\t\"runtime\"\n)\n\nfunc main() {\n\tgo send()\n\t_, _, line, _ := runtime.Caller(0)\n\tfmt.Println(<-c, line)\n}\n",
		"added.in":   "package main\n\nvar c = make(chan string)\n\nfunc send() { c <- \"changed\" }\n",
		"overlay.in": `{"Replace": {"main.go": "changed.in", "added.go": "added.in", "gone.go": ""}}`,
	}), t.TempDir()
	res, err := rewrite.Write(t.Context(), rewrite.Options{Dir: dir, Patterns: []string{"."}, Out: out, Overlay: "overlay.in"})
	require.NoError(t, err)
	require.Equal(t, "changed 10\n", goRun(t, dir, "-overlay="+res.Overlay))
	require.Empty(t, operations(t, filepath.Join(out, "*.go")), "left as they were")
	added := filepath.Join(dir, "added.go")
	require.Equal(t, added+":1: no", res.Explain(dir, filepath.Join(out, "0-added.go")+":1: no"))
}

// user makes a module that requires the toolkit.
func user(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	files["go.mod"] = "module example.com/user\n\ngo 1.26.0\n\nrequire github.com/petiole-go/petiole v0.0.0\n\nreplace github.com/petiole-go/petiole => " + root + "\n"
	dir = t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

// What cannot be rewritten is told with its place, and nothing is written.
func TestRefused(t *testing.T) {
	t.Setenv("GOWORK", "off")
	for what, source := range map[string]string{
		"reflect.Select":  "import \"reflect\"\n\nfunc main() {\n\treflect.Select(nil)\n}\n",
		"Value.Send":      "import \"reflect\"\n\nfunc main() {\n\treflect.ValueOf(make(chan int)).Send(reflect.ValueOf(1))\n}\n",
		"does not parse":  "\n\nfunc main() {\n\tx :=\n}\n",
		"undefined: lost": "\n\nfunc main() {\n\tlost()\n}\n",
	} {
		t.Run(what, func(t *testing.T) {
			dir, out := user(t, map[string]string{"main.go": "package main\n\n" + source}), t.TempDir()
			_, err := rewrite.Write(t.Context(), rewrite.Options{Dir: dir, Patterns: []string{"."}, Out: out})
			require.ErrorContains(t, err, "main.go:")
			left, err := os.ReadDir(out)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}
