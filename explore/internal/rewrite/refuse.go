package rewrite

import (
	"fmt"
	"go/ast"
	"go/types"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// reflected are the channel operations of package reflect.
var reflected = map[string]bool{
	"reflect.Select": true, "(reflect.Value).Send": true, "(reflect.Value).Recv": true,
	"(reflect.Value).TrySend": true, "(reflect.Value).TryRecv": true, "(reflect.Value).Close": true,
}

// inner matches what a //go:linkname may not name: what the shims replace, and what
// they stand on. Of the runtime that is waiting, waking and the clock; its hash
// functions and random numbers are no concern of ours.
var inner = regexp.MustCompile(`^(sync|sync/atomic|time|internal/sync|internal/runtime/atomic)\.|^runtime\.(.*([sS]em|[pP]ark|[rR]eady|[nN]otify|[cC]han|[sS]elect|[tT]imer|[sS]leep|nanotime|walltime|procPin|procUnpin|[lL]ock|[sS]pin|[yY]ield|[gG]osched))`)

// refuse notes what of the file cannot be rewritten.
func (w *writer) refuse() {
	for _, spec := range w.s.ast.Imports {
		if path, _ := strconv.Unquote(spec.Path.Value); path == "C" {
			w.fail(spec.Pos(), `imports "C": cgo cannot be rewritten`)
		}
	}
	for _, group := range w.s.ast.Comments {
		for _, c := range group.List {
			f := strings.Fields(c.Text)
			if len(f) > 2 && f[0] == "//go:linkname" && inner.MatchString(f[2]) {
				w.fail(c.Pos(), "links to %s, past the scheduler", f[2])
			}
		}
	}
	ast.Inspect(w.s.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if f, ok := w.info.Uses[n].(*types.Func); ok && reflected[f.FullName()] {
				w.fail(n.Pos(), "%s is a channel operation by reflection, which cannot be rewritten", f.FullName())
			}
		case *ast.CallExpr:
			w.casts(n)
		}
		return true
	})
}

// A clash is a call that passes a value of a type that the shims replace to a
// package that is not rewritten. It may compile, if the value comes from such a
// package too.
type clash struct {
	file        string
	first, last int // lines of the call
	what        string
}

// clashes finds the unit's calls of that kind.
func (u *unit) clashes() (all []clash) {
	for _, s := range u.files {
		ast.Inspect(s.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			f := u.callee(call)
			if f == nil || f.Pkg() == nil || f.Pkg().Path() == u.path() || u.rewritten[f.Pkg().Path()] || shim[f.Pkg().Path()] != "" {
				return true
			}
			for p := range f.Signature().Params().Variables() {
				if t := replaced(p.Type(), nil); t != "" {
					first, last := u.fset.PositionFor(call.Pos(), false), u.fset.PositionFor(call.End(), false)
					all = append(all, clash{s.path, first.Line, last.Line, fmt.Sprintf(
						"passes a %s to package %s, which is not rewritten; add -also %s", t, f.Pkg().Path(), f.Pkg().Path())})
				}
			}
			return true
		})
	}
	return all
}

// callee is the function or method that call names, nil if it is a value.
func (u *unit) callee(call *ast.CallExpr) *types.Func {
	f := ast.Unparen(call.Fun)
	switch x := f.(type) {
	case *ast.IndexExpr:
		f = x.X
	case *ast.IndexListExpr:
		f = x.X
	}
	var id *ast.Ident
	switch x := f.(type) {
	case *ast.Ident:
		id = x
	case *ast.SelectorExpr:
		id = x.Sel
	default:
		return nil
	}
	fn, _ := u.info.Uses[id].(*types.Func)
	if fn == nil {
		return nil
	}
	return fn.Origin()
}

// replaced returns the first type in t that a shim has its own of, "" for none.
func replaced(t types.Type, seen []types.Type) string {
	if slices.Contains(seen, t) {
		return ""
	}
	seen = append(seen, t)
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		o := t.Obj()
		if o.Pkg() != nil && own[o.Pkg().Path()+"."+o.Name()] {
			return o.Pkg().Name() + "." + o.Name()
		}
		for a := range t.TypeArgs().Types() {
			if s := replaced(a, seen); s != "" {
				return s
			}
		}
	case *types.Map:
		if s := replaced(t.Key(), seen); s != "" {
			return s
		}
		return replaced(t.Elem(), seen)
	case *types.Signature:
		for v := range t.Params().Variables() {
			if s := replaced(v.Type(), seen); s != "" {
				return s
			}
		}
		for v := range t.Results().Variables() {
			if s := replaced(v.Type(), seen); s != "" {
				return s
			}
		}
	case interface{ Elem() types.Type }: // pointer, slice, array, channel
		return replaced(t.Elem(), seen)
	}
	return ""
}

// own are the types that are not aliases in the shims.
var own = func() map[string]bool {
	m := map[string]bool{"time.Timer": true, "time.Ticker": true}
	for _, t := range []string{"Mutex", "RWMutex", "WaitGroup", "Once", "Map", "Pool", "Cond"} {
		m["sync."+t] = true
	}
	for _, t := range []string{"Bool", "Int32", "Int64", "Uint32", "Uint64", "Uintptr", "Pointer", "Value"} {
		m["sync/atomic."+t] = true
	}
	return m
}()

var compiled = regexp.MustCompile(`(?m)^(\S.*\.go):(\d+):(?:\d+:)? (.*)$`)

// Explain returns what the go command printed with the names of the originals in the
// place of their copies', and puts into words what the compiler said about types of
// the shims that meet those of the standard library, and about their sizes. dir is where the command ran.
func (r *Result) Explain(dir, output string) string {
	output = r.originals(dir).Replace(output)
	for _, m := range compiled.FindAllStringSubmatch(output, -1) {
		if strings.HasSuffix(m[3], "overflows uintptr") {
			output += fmt.Sprintf("%s:%s: the size of a type that holds a lock is another under the scheduler; an array has the length that it had if this stands in its brackets\n", m[1], m[2])
		}
		if !strings.Contains(m[3], shims) {
			continue
		}
		file := m[1]
		if !filepath.IsAbs(file) {
			file = filepath.Join(dir, file)
		}
		line, _ := strconv.Atoi(m[2])
		what := "a type of sync, sync/atomic or time meets that of a package which is not rewritten; add that package with -also"
		for _, c := range r.clashes {
			if c.file == file && c.first <= line && line <= c.last {
				what = c.what
			}
		}
		output += fmt.Sprintf("%s:%d: %s\n", m[1], line, what)
	}
	return output
}
