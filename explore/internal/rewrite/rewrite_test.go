package rewrite_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
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
// the line that each thing stands on.
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

// What cannot be rewritten is told with its place, and nothing is written.
func TestRefused(t *testing.T) {
	t.Setenv("GOWORK", "off")
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	for what, source := range map[string]string{
		"reflect.Select":  "import \"reflect\"\n\nfunc main() {\n\treflect.Select(nil)\n}\n",
		"Value.Send":      "import \"reflect\"\n\nfunc main() {\n\treflect.ValueOf(make(chan int)).Send(reflect.ValueOf(1))\n}\n",
		"does not parse":  "\n\nfunc main() {\n\tx :=\n}\n",
		"undefined: lost": "\n\nfunc main() {\n\tlost()\n}\n",
	} {
		t.Run(what, func(t *testing.T) {
			dir, out := t.TempDir(), t.TempDir()
			gomod := "module example.com/user\n\ngo 1.26.0\n\nrequire github.com/petiole-go/petiole v0.0.0\n\nreplace github.com/petiole-go/petiole => " + root + "\n"
			require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(gomod), 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte("package main\n\n"+source), 0o600))
			_, err := rewrite.Write(t.Context(), rewrite.Options{Dir: dir, Patterns: []string{"."}, Out: out})
			require.ErrorContains(t, err, "main.go:")
			left, err := os.ReadDir(out)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}
