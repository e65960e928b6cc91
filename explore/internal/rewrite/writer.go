package rewrite

import (
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/token"
	"go/types"
	"go/version"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// writer makes the copy of one file.
type writer struct {
	*unit
	s    *source
	out  []byte
	line int                    // which line the compiler takes the end of out for
	tail []string               // functions for the end of the file
	lang bool                   // the shim of the language is used
	gone map[*types.PkgName]int // uses of a package that are not in the copy
	errs Errors
}

// rewrite returns the copy of s, or nil if s can stay what it is.
func (u *unit) rewrite(s *source) ([]byte, Errors) {
	w := &writer{unit: u, s: s, line: 1, gone: map[*types.PkgName]int{}}
	if w.refuse(); len(w.errs) > 0 {
		return nil, w.errs
	}
	name := s.ast.Name.End()
	w.span(name, s.ast.FileEnd, s.ast)
	body := w.out
	if !w.lang && strings.HasSuffix(s.path, "_test.go") && len(scenarios(s.ast)) > 0 {
		w.link()
	}
	if !w.lang && string(body) == string(s.text[w.offset(name):]) {
		return nil, w.errs
	}
	w.out, w.line = nil, 1
	w.head(name)
	if w.lang {
		w.put("; import %slang %q", w.mark, shims+"lang")
	}
	w.out = append(w.out, body...)
	w.finish()
	return w.out, w.errs
}

// link has the test with this file import a shim, also if there is nothing that it
// stands for: that is how explore knows that it is in charge.
func (w *writer) link() {
	w.lang = true
	w.tail = append(w.tail, fmt.Sprintf("var _ = %slang.Gosched", w.mark))
}

// head writes what is before the end of the package's name, and makes sure that
// the file may call generic functions: older modules may not. (Go 1.21 is the
// lowest version that a line in a file can ask for; loops are as they were.)
func (w *writer) head(name token.Pos) {
	if version.Compare("go"+w.goVersion(), "go1.18") >= 0 || !w.lang {
		w.copy(w.s.ast.FileStart, name)
		return
	}
	for _, group := range w.s.ast.Comments {
		for _, c := range group.List {
			if x, err := constraint.Parse(c.Text); err == nil && c.Pos() < name && constraint.IsGoBuild(c.Text) {
				w.copy(w.s.ast.FileStart, c.Pos())
				w.put("//go:build (%s) && go1.21", x)
				w.copy(c.End(), name)
				return
			}
		}
	}
	w.out = append(w.out, "//go:build go1.21\n\n"...)
	w.line = 0 // no line of the file
	w.copy(w.s.ast.FileStart, name)
}

// finish writes what goes behind the file's last line.
func (w *writer) finish() {
	for p, n := range w.gone {
		uses := 0
		for _, o := range w.info.Uses {
			if o == p {
				uses++
			}
		}
		switch {
		case uses > n:
		case p.Imported().Path() == "unsafe":
			w.tail = append(w.tail, fmt.Sprintf("var _ %s.Pointer", p.Name()))
		default:
			w.tail = append(w.tail, fmt.Sprintf("var _ = %s.NumCPU", p.Name()))
		}
	}
	for _, t := range w.tail {
		w.out = append(append(w.out, '\n'), t...)
	}
	w.out = append(w.out, '\n')
}

// put writes text that is not of the file. It has no newline (R2).
func (w *writer) put(format string, args ...any) {
	w.out = fmt.Appendf(w.out, format, args...)
}

// call writes the name of a function of the shim lang. Behind a keyword there need
// be no blank in the source: return<-ch.
func (w *writer) call(function string) {
	w.lang = true
	if n := len(w.out); n > 0 && (w.out[n-1] == '_' || unicode.IsLetter(rune(w.out[n-1]))) {
		w.put(" ")
	}
	w.put("%slang.%s", w.mark, function)
}

// fresh returns a name that nothing else has (R3).
func (w *writer) fresh() string {
	w.given++
	return w.mark + strconv.Itoa(w.given)
}

// at makes the compiler take what follows for the line of pos (R2).
func (w *writer) at(pos token.Pos) {
	if w.lineOf(pos) != w.line {
		w.out = append(w.out, w.directive(pos)...)
		w.line = w.lineOf(pos)
	}
}

func (w *writer) directive(pos token.Pos) string {
	p := w.fset.PositionFor(pos, false)
	return fmt.Sprintf("/*line %s:%d:%d*/", p.Filename, p.Line, p.Column)
}

func (w *writer) lineOf(pos token.Pos) int { return w.fset.PositionFor(pos, false).Line }
func (w *writer) offset(pos token.Pos) int { return w.s.file.Offset(pos) }

// copy writes the file's text from lo to hi as it is.
func (w *writer) copy(lo, hi token.Pos) {
	if lo >= hi {
		return
	}
	w.at(lo)
	text := w.s.text[w.offset(lo):w.offset(hi)]
	w.out = append(w.out, text...)
	w.line += strings.Count(string(text), "\n")
}

// node writes n, with the operations in it rewritten.
func (w *writer) node(n ast.Node) { w.span(n.Pos(), n.End(), n) }

// span writes the text from lo to hi, with the operations in roots rewritten. It
// finds the outermost ones; each of them writes what is in it.
func (w *writer) span(lo, hi token.Pos, roots ...ast.Node) {
	type edit struct {
		n    ast.Node
		edit func()
	}
	var edits []edit
	for _, root := range roots {
		ast.Inspect(root, func(n ast.Node) bool {
			if n == nil {
				return false
			}
			f := w.operation(n)
			if f != nil {
				edits = append(edits, edit{n, f})
			}
			return f == nil
		})
	}
	slices.SortFunc(edits, func(a, b edit) int { return int(a.n.Pos() - b.n.Pos()) })
	for _, e := range edits {
		w.copy(lo, e.n.Pos())
		w.at(e.n.Pos())
		e.edit()
		lo = e.n.End()
	}
	w.copy(lo, hi)
}

// operation returns how to write n, if n is what the shims replace.
func (w *writer) operation(n ast.Node) func() {
	switch n := n.(type) {
	case *ast.ImportSpec:
		if path, err := strconv.Unquote(n.Path.Value); err == nil && shim[path] != "" {
			return func() { w.span(n.Pos(), n.Path.Pos()); w.put("%q", shim[path]) }
		}
	case *ast.SendStmt:
		return func() { w.send(n) }
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			return func() { w.receive(n) }
		}
	case *ast.RangeStmt:
		if w.channel(n.X) != nil {
			return func() { w.rangeOver(n) }
		}
	case *ast.CallExpr:
		if f := w.builtin(n); f == "close" || f == "len" && w.channel(n.Args[0]) != nil || f == "cap" && w.timers(n.Args[0]) {
			return func() { w.predeclared(f, n) }
		}
	case *ast.SelectStmt:
		return func() { w.choose(n) }
	case *ast.GoStmt:
		return func() { w.start(n) }
	case *ast.SelectorExpr:
		if x, ok := n.X.(*ast.Ident); ok && w.isGosched(n.Sel) {
			if p, ok := w.info.Uses[x].(*types.PkgName); ok {
				return func() { w.gone[p]++; w.call("Gosched") }
			}
		}
	case *ast.ArrayType:
		if p := w.padding(n); p != nil {
			return func() { w.pad(n, p) }
		}
	case *ast.Ident: // of a dot import; the selectors have been seen
		if w.isGosched(n) {
			return func() { w.call("Gosched"); w.tail = append(w.tail, "var _ = NumCPU") }
		}
	}
	return nil
}

// padding returns the unsafe of `[cacheLine - unsafe.Sizeof(x)]byte`, nil if n is
// another array.
func (w *writer) padding(n *ast.ArrayType) (unsafe *types.PkgName) {
	less := false
	if n.Len == nil {
		return nil
	}
	ast.Inspect(n.Len, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			less = less || n.Op == token.SUB
		case *ast.Ident:
			if p, ok := w.info.Uses[n].(*types.PkgName); ok && p.Imported().Path() == "unsafe" {
				unsafe = p
			}
		}
		return true
	})
	if !less || w.info.Types[n.Len].Value == nil {
		return nil
	}
	return unsafe
}

// pad writes the length as a number, the one that it was: the types of the shims
// are larger than a cache line, and a length must not be negative.
func (w *writer) pad(n *ast.ArrayType, unsafe *types.PkgName) {
	ast.Inspect(n.Len, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && w.info.Uses[id] == unsafe {
			w.gone[unsafe]++
		}
		return true
	})
	w.copy(n.Lbrack, n.Len.Pos())
	w.put("%s", w.info.Types[n.Len].Value)
	w.span(n.Len.End(), n.End(), n.Elt)
}

func (w *writer) isGosched(id *ast.Ident) bool {
	f, ok := w.info.Uses[id].(*types.Func)
	return ok && f.FullName() == "runtime.Gosched"
}

// builtin returns the name of the predeclared function that c calls, or "".
func (w *writer) builtin(c *ast.CallExpr) string {
	if id, ok := ast.Unparen(c.Fun).(*ast.Ident); ok {
		if b, ok := w.info.Uses[id].(*types.Builtin); ok {
			return b.Name()
		}
	}
	return ""
}

func (w *writer) fail(pos token.Pos, format string, args ...any) {
	w.errs = append(w.errs, Error{w.place(pos), fmt.Sprintf(format, args...)})
}
