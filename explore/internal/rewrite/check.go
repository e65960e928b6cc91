package rewrite

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"
)

// unit is a package, with the files that are compiled together, parsed and type-checked.
type unit struct {
	*listed
	fset  *token.FileSet
	files []*source
	info  *types.Info
	mark  string // prefix of what is put in; no identifier of the package has it (R3)
	given int    // names with it

	rewritten map[string]bool // paths of all packages that are
}

type source struct {
	path string
	text []byte
	ast  *ast.File
	file *token.File
}

// maxErrors is how many errors of the type checker are told for one package.
const maxErrors = 10

// check parses and type-checks l.
func (p *packages) check(l *listed) (*unit, Errors) {
	if len(l.CgoFiles) > 0 {
		return nil, Errors{{l.file(l.CgoFiles[0]) + ":1", `imports "C": cgo cannot be rewritten`}}
	}
	u := &unit{listed: l, fset: token.NewFileSet(), rewritten: p.rewritten, info: &types.Info{
		Types:     map[ast.Expr]types.TypeAndValue{},
		Uses:      map[*ast.Ident]types.Object{},
		Instances: map[*ast.Ident]types.Instance{},
		Implicits: map[ast.Node]types.Object{},
		Defs:      map[*ast.Ident]types.Object{},
	}}
	var wrong Errors
	var files []*ast.File
	for _, name := range l.GoFiles {
		s, err := p.parse(u.fset, l.file(name))
		if err != nil {
			wrong = append(wrong, Error{"", err.Error()})
			continue
		}
		u.files = append(u.files, s)
		files = append(files, s.ast)
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	conf := types.Config{
		Importer: p.importer(u),
		Sizes:    types.SizesFor("gc", p.env.GOARCH),
		Error: func(err error) {
			if e, ok := err.(types.Error); ok && len(wrong) < maxErrors && !strings.HasPrefix(e.Msg, "\t") {
				wrong = append(wrong, Error{u.place(e.Pos), e.Msg})
			}
		},
	}
	if l.Module != nil {
		conf.GoVersion = "go" + l.goVersion()
	}
	if err := u.types(&conf, files); err != nil && len(wrong) == 0 {
		wrong = Errors{{l.ImportPath, err.Error()}}
	}
	u.mark = u.unused("petiole_")
	return u, wrong
}

// types fills info. Export data of a Go that is newer than this program's makes
// go/types panic.
func (u *unit) types(conf *types.Config, files []*ast.File) (err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("%v; this command was built with %s, build it with the Go that is to build the packages", e, runtime.Version())
		}
	}()
	_, err = conf.Check(u.path(), u.fset, files, u.info)
	return err
}

func (p *packages) parse(fset *token.FileSet, path string) (*source, error) {
	text, err := p.read(path)
	if err != nil {
		return nil, err
	}
	f, err := parser.ParseFile(fset, path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &source{path: path, text: text, ast: f, file: fset.File(f.FileStart)}, nil
}

// importer reads the export data that go list has named. What u's source calls p
// may be a variant of p for a test, which u's ImportMap knows; in export data it is p.
func (p *packages) importer(u *unit) types.Importer {
	return importer.ForCompiler(u.fset, "gc", func(path string) (io.ReadCloser, error) {
		id := path
		if to := u.ImportMap[path]; to != "" {
			id = to
		}
		l := p.all[id]
		if l == nil || l.Export == "" {
			return nil, fmt.Errorf("package %s is not there, or does not compile", id)
		}
		return os.Open(l.Export)
	})
}

// goVersion is the version of the language in the package's module.
func (l *listed) goVersion() string {
	if l.Module == nil || l.Module.GoVersion == "" {
		return "1.16" // as the go command has it
	}
	return l.Module.GoVersion
}

// place is file:line of the original, whatever //line directives say.
func (u *unit) place(pos token.Pos) string {
	p := u.fset.PositionFor(pos, false)
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

// unused returns a prefix that no identifier of the package has.
func (u *unit) unused(prefix string) string {
	for _, s := range u.files {
		for bytes.Contains(s.text, []byte(prefix)) {
			prefix += "_"
		}
	}
	for _, s := range u.files { // a longer one may be in a file seen before
		if bytes.Contains(s.text, []byte(prefix)) {
			return u.unused(prefix)
		}
	}
	return prefix
}

// scenarios are the names of the file's TestExplore functions.
func scenarios(f *ast.File) (names []string) {
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Recv != nil || fn.Type.TypeParams != nil || fn.Type.Params.NumFields() != 1 {
			continue
		}
		rest, ok := strings.CutPrefix(fn.Name.Name, "TestExplore")
		if first, _ := utf8.DecodeRuneInString(rest); ok && !unicode.IsLower(first) {
			names = append(names, fn.Name.Name)
		}
	}
	return names
}
