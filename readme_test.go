package petiole_test

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "github.com/petiole-go/petiole/gate"
	_ "github.com/petiole-go/petiole/queue" // what README's code imports: go test runs this again when it changes
	_ "github.com/petiole-go/petiole/rcu"
	_ "github.com/petiole-go/petiole/vigil"
	_ "github.com/petiole-go/petiole/vigil/linger"
	"github.com/stretchr/testify/require"
)

// How README's blocks are read. A ```go block is
//
//   - an import line by itself;
//   - a whole program, if it has a package clause;
//   - else a fragment, of declarations or of statements. The statements are the
//     body of a function called block. What a fragment does not declare itself
//     is declared in testdata/readme/SECTION, whose main runs it and panics if
//     what README says of it does not come true.
//
// A ```text block is the output of the program above it. Each line of a ```sh
// block is a command that a reader may run in a clone.

const core = "github.com/petiole-go/petiole"

// block is one fenced block of README.
type block struct {
	section string // the heading above it
	lang    string
	text    string
}

type section struct {
	heading string
	level   int
	text    string
	blocks  []block
}

// sections reads a Markdown text. What the bench module writes between its
// markers is its own affair.
func sections(text string) []section {
	text = regexp.MustCompile(`(?s)<!-- bench:begin -->.*<!-- bench:end -->`).ReplaceAllString(text, "")
	all := []section{{}}
	var in *block
	for line := range strings.Lines(text) {
		now := &all[len(all)-1]
		fence, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case isFence && in == nil:
			in = &block{section: now.heading, lang: fence}
		case isFence:
			now.blocks = append(now.blocks, *in)
			in = nil
		case in != nil:
			in.text += line
		case strings.HasPrefix(line, "#"):
			heading := strings.TrimLeft(line, "#")
			all = append(all, section{heading: strings.TrimSpace(heading), level: len(line) - len(heading)})
		default:
			now.text += line
		}
	}
	return all
}

// fragments are the blocks that testdata/readme completes.
func fragments(all []section) []block {
	var found []block
	for _, s := range all {
		for _, b := range s.blocks {
			if b.lang == "go" && kind(b.text) != "program" && kind(b.text) != "imports" {
				found = append(found, b)
			}
		}
	}
	return found
}

// program is README's short program, and what it prints.
func program(all []section) (text, output string) {
	for _, s := range all {
		for i, b := range s.blocks {
			if b.lang == "go" && kind(b.text) == "program" && i+1 < len(s.blocks) {
				return b.text, s.blocks[i+1].text
			}
		}
	}
	return "", ""
}

// kind tells what a ```go block is: program, imports, declarations, statements.
func kind(text string) string {
	fset := token.NewFileSet()
	if _, err := parser.ParseFile(fset, "", text, parser.PackageClauseOnly); err == nil {
		return "program"
	}
	file, err := parser.ParseFile(fset, "", "package main\n"+text, 0)
	switch {
	case err != nil:
		return "statements"
	case len(file.Imports) > 0 && len(file.Decls) == 1:
		return "imports"
	}
	return "declarations"
}

// goFile makes a file of package main of a block, with the imports that it needs.
func goFile(text string) (string, error) {
	switch kind(text) {
	case "program":
		return text, nil
	case "imports":
		return "package main\n" + strings.Replace(text, "import ", "import _ ", 1) + "func main() {}\n", nil
	case "statements":
		text = "func block() {\n" + text + "}\n"
	}
	file, err := parser.ParseFile(token.NewFileSet(), "", "package main\n"+text, 0)
	if err != nil {
		return "", err
	}
	imports := map[string]string{
		"queue": core + "/queue", "gate": core + "/gate", "semaphore": core + "/semaphore",
		"atomic": "sync/atomic", "context": "context", "explore": core + "/explore", "fmt": "fmt", "maps": "maps",
		"linger": core + "/vigil/linger", "rcu": core + "/rcu", "slices": "slices", "testing": "testing", "time": "time", "vigil": core + "/vigil",
	}
	head := "package main\n"
	ast.Inspect(file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && imports[x.Name] != "" {
				head += fmt.Sprintf("import %q\n", imports[x.Name])
				delete(imports, x.Name)
			}
		}
		return true
	})
	return head + text, nil
}

// shape returns what is wrong with README's form.
func shape(text string) []string {
	all := sections(text)
	var wrong []string
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	lines := func(s string) int { return strings.Count(s, "\n") }

	if first, output := program(all); first == "" || output == "" {
		complain("there is no program with its output")
	} else if lines(first) > 12 {
		complain("the program has %d lines, not 12", lines(first))
	}
	for _, s := range all {
		for _, b := range s.blocks {
			switch b.lang {
			case "go":
				if pretty, err := format.Source([]byte(b.text)); err != nil {
					complain("%s: %v", s.heading, err)
				} else if string(pretty) != b.text {
					complain("%s: not as gofmt would have it", s.heading)
				}
			case "sh", "text":
			default:
				complain("%s: a block of an unknown language %q", s.heading, b.lang)
			}
		}
		if s.level != 3 {
			continue
		}
		if n := len(s.blocks); n != 1 {
			complain("%s: %d blocks, not one", s.heading, n)
		} else if lines(s.blocks[0].text) > 8 {
			complain("%s: %d lines of code, more than 8", s.heading, lines(s.blocks[0].text))
		}
		for _, want := range []string{"**Guarantee:**", "**Don't use it when**"} {
			if n := strings.Count(s.text, want); n != 1 {
				complain("%s: %q %d times, not once", s.heading, want, n)
			}
		}
	}
	return wrong
}

func readme(t *testing.T) string {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	return string(text)
}

// The program has at most 12 lines, a section at most 8, one guarantee and one
// "don't use it when"; all code is gofmt's.
func TestReadmeShape(t *testing.T) {
	text := readme(t)
	require.Empty(t, shape(text))
	require.Contains(t, text, "<!-- bench:begin -->")
	require.Contains(t, text, "<!-- bench:end -->")

	for broken, replace := range map[string][2]string{
		"13 lines":       {"func main() {\n", "func main() {\n\n"},
		"9 lines":        {"\t\tindex[m.Name] = m\n", "\t\tindex[m.Name] = m\n\t\tindex[m.Addr] = m\n"},
		"no guarantee":   {"**Guarantee:**", ""},
		"no limit":       {"**Don't use it when**", ""},
		"no output":      {"```text\n", "```\n"},
		"not gofmt's":    {"var members", "var  members"},
		"no Go at all":   {"var members", "variable members"},
		"other language": {"```sh", "```zsh"},
	} {
		require.Contains(t, text, replace[0], broken)
		require.NotEmpty(t, shape(strings.Replace(text, replace[0], replace[1], 1)), broken)
	}
}

// module makes a module outside the workspace that requires the core and has
// these files. It needs no network.
func module(t *testing.T, files map[string]string) (dir string) {
	dir = t.TempDir()
	root, err := filepath.Abs(".")
	require.NoError(t, err)
	files["go.mod"] = fmt.Sprintf("module example.com/readme\n\ngo 1.26.0\n\nrequire %s v0.0.0\n\nreplace %[1]s => %q\n", core, root)
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o777))
		require.NoError(t, os.WriteFile(name, []byte(text), 0o666))
	}
	return dir
}

// command runs a command there and returns what it printed.
func command(t *testing.T, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOPROXY=off", "PWD="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out), err
}

// fragmentFiles are the packages made of README's fragments, by section.
func fragmentFiles(t *testing.T, all []section) map[string]string {
	files := map[string]string{}
	for _, b := range fragments(all) {
		name := strings.ToLower(b.section)
		rest, err := os.ReadFile(filepath.Join("testdata/readme", name, "main.go"))
		require.NoError(t, err, "the code of section %q is completed by this file", b.section)
		text, err := goFile(b.text)
		require.NoError(t, err)
		files[name+"/main.go"], files[name+"/block.go"] = string(rest), text
	}
	return files
}

// Each block of Go compiles, passes vet, runs and does what README says of it.
func TestReadmeCode(t *testing.T) {
	all := sections(readme(t))
	files := fragmentFiles(t, all)
	rest, err := os.ReadDir("testdata/readme")
	require.NoError(t, err)
	require.Len(t, rest, len(fragments(all)), "a directory for each fragment")
	for _, b := range all[1].blocks {
		if b.lang == "go" && kind(b.text) == "imports" {
			files["imports/main.go"], err = goFile(b.text)
			require.NoError(t, err)
		}
	}
	require.Contains(t, files, "imports/main.go")

	dir := module(t, files)
	bin := t.TempDir()
	_, err = command(t, dir, "go", "build", "-o", bin+string(filepath.Separator), "./...")
	require.NoError(t, err)
	_, err = command(t, dir, "go", "vet", "./...")
	require.NoError(t, err)
	programs, err := os.ReadDir(bin)
	require.NoError(t, err)
	require.Len(t, programs, len(rest)+1)
	for _, p := range programs {
		_, err = command(t, dir, filepath.Join(bin, p.Name()))
		require.NoError(t, err, "section %s", p.Name())
	}
}

// A block that does not compile, or does not do what README says of it, fails.
func TestReadmeCodeBroken(t *testing.T) {
	for broken, replace := range map[string][2]string{
		"does not compile": {"pages.Load()", "pages.Laod()"},
		"unused variable":  {"serve(", "page := ("},
		"other outcome":    {`["/about"])`, `["/"])`},
	} {
		t.Run(broken, func(t *testing.T) {
			text := readme(t)
			require.Contains(t, text, replace[0])
			files := map[string]string{}
			for name, text := range fragmentFiles(t, sections(strings.Replace(text, replace[0], replace[1], 1))) {
				if strings.HasPrefix(name, "cell/") {
					files[name] = text
				}
			}
			require.NotEmpty(t, files)
			_, err := command(t, module(t, files), "go", "run", "./cell")
			require.Error(t, err)
		})
	}
}

// The short program builds in a module of its own, prints what README says, and
// has nothing in it but the standard library and the core.
func TestReadmeProgram(t *testing.T) {
	text, output := program(sections(readme(t)))
	dir := module(t, map[string]string{"main.go": text})
	deps, err := command(t, dir, "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".")
	require.NoError(t, err)
	for path := range strings.FieldsSeq(deps) {
		require.Contains(t, []string{core, "example.com/readme"}, path)
	}
	bin := filepath.Join(dir, "program.exe")
	_, err = command(t, dir, "go", "build", "-o", bin, ".")
	require.NoError(t, err)
	built, err := command(t, dir, "go", "version", "-m", bin)
	require.NoError(t, err)
	var modules []string
	for line := range strings.Lines(built) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "dep" {
			modules = append(modules, f[1])
		}
	}
	require.Equal(t, []string{core}, modules)
	got, err := command(t, dir, bin)
	require.NoError(t, err)
	require.Equal(t, output, got)
}
