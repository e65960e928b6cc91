package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
)

// What a shim has in the place of a lock or an atomic is larger, and has its words
// elsewhere. So memory that is the one by its type and made the other by an
// unsafe.Pointer is not what it was: it compiles, and writes where it should not.

// casts refuses such a conversion. Where the pointer has been is not always seen: it may
// have been stored. It is taken to have been what it becomes, as that of a node in a
// list without locks, if anywhere in the package there is a conversion the other way.
func (w *writer) casts(n *ast.CallExpr) {
	to := w.fromUnsafe(n)
	if to == nil {
		return
	}
	if from := w.origin(n.Args[0]); from != nil {
		from, to := behind(from, to)
		lock := w.holds(from)
		if lock == "" {
			lock = w.holds(to)
		}
		if lock != "" && !w.starts(from, to) && !w.starts(to, from) {
			w.fail(n.Pos(), "takes a *%s for a *%s by unsafe.Pointer, but %s has another layout under the scheduler", w.local(from), w.local(to), lock)
		}
		return
	}
	if lock := w.holds(to); lock != "" && !w.exposes(to) {
		w.fail(n.Pos(), "takes an unsafe.Pointer for a *%s, which none has been in this package, but %s has another layout under the scheduler", w.local(to), lock)
	}
}

// local is the name of a type as the package has it.
func (w *writer) local(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p.Path() == w.path() {
			return ""
		}
		return p.Name()
	})
}

// fromUnsafe returns T of a conversion (*T)(p) of an unsafe.Pointer, nil for another
// expression.
func (u *unit) fromUnsafe(n *ast.CallExpr) types.Type {
	if f := u.info.Types[n.Fun]; !f.IsType() || len(n.Args) != 1 || !isUnsafe(u.info.TypeOf(n.Args[0])) {
		return nil
	}
	return elem(u.info.TypeOf(n.Fun))
}

// toUnsafe returns T of a conversion unsafe.Pointer(p) of a *T.
func (u *unit) toUnsafe(x ast.Expr) types.Type {
	n, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok || len(n.Args) != 1 || !u.info.Types[n.Fun].IsType() || !isUnsafe(u.info.TypeOf(n.Fun)) {
		return nil
	}
	return elem(u.info.TypeOf(n.Args[0]))
}

// origin returns T where x is a *T that became an unsafe.Pointer, at once or in a
// variable by its declaration; nil if that is not seen.
func (w *writer) origin(x ast.Expr) (t types.Type) {
	if t := w.toUnsafe(x); t != nil {
		return t
	}
	id, ok := ast.Unparen(x).(*ast.Ident)
	if !ok || w.info.Uses[id] == nil {
		return nil
	}
	define := func(names, values []ast.Expr) {
		for i, name := range names {
			if name, ok := name.(*ast.Ident); ok && len(names) == len(values) && w.info.Defs[name] == w.info.Uses[id] {
				t = w.toUnsafe(values[i])
			}
		}
	}
	ast.Inspect(w.s.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				define(n.Lhs, n.Rhs)
			}
		case *ast.ValueSpec:
			var names []ast.Expr
			for _, name := range n.Names {
				names = append(names, name)
			}
			define(names, n.Values)
		}
		return true
	})
	return t
}

// exposes says whether somewhere in the package a *t, or a pointer to one, becomes an
// unsafe.Pointer.
func (u *unit) exposes(t types.Type) (found bool) {
	for _, s := range u.files {
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if x, ok := n.(ast.Expr); ok && !found {
				for from := u.toUnsafe(x); from != nil; from = elem(from) {
					found = found || u.starts(from, t) || u.starts(t, from)
				}
			}
			return !found
		})
	}
	return found
}

// holds returns the name of the type that a shim has its own of, if there is one in the
// memory of a t. The structs of packages that are not rewritten are what they were.
func (u *unit) holds(t types.Type) string {
	if lock := lockOf(t); lock != "" || !u.changes(t) {
		return lock
	}
	switch t := t.Underlying().(type) {
	case *types.Struct:
		for f := range t.Fields() {
			if lock := u.holds(f.Type()); lock != "" {
				return lock
			}
		}
	case *types.Array:
		return u.holds(t.Elem())
	}
	return ""
}

// changes says whether a t may not be laid out as it was.
func (u *unit) changes(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return !ok || lockOf(t) != "" || n.Obj().Pkg() != nil && u.rewritten[n.Obj().Pkg().Path()]
}

// lockOf returns the name of the type that a shim has its own of, if that is t, or what
// t was defined by: type mutex sync.Mutex.
func lockOf(t types.Type) string {
	if n, ok := types.Unalias(t).(*types.Named); ok && n.Obj().Pkg() != nil && own[n.Obj().Pkg().Path()+"."+n.Obj().Name()] {
		return n.Obj().Pkg().Name() + "." + n.Obj().Name()
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok || s.NumFields() == 0 || s.Field(0).Pkg() == nil {
		return ""
	}
	p := s.Field(0).Pkg()
	for _, name := range p.Scope().Names() {
		if own[p.Path()+"."+name] && types.Identical(s, p.Scope().Lookup(name).Type().Underlying()) {
			return p.Name() + "." + name
		}
	}
	return ""
}

// starts says whether an a begins as a b: who knows one that is larger by its first
// fields, or an array by its first element, finds them there under the scheduler too.
func (u *unit) starts(a, b types.Type) bool {
	if same(a, b) || u.changes(a) == u.changes(b) && types.IdenticalIgnoreTags(a.Underlying(), b.Underlying()) {
		return true
	}
	switch s := a.Underlying().(type) {
	case *types.Array:
		return u.starts(s.Elem(), b)
	case *types.Struct:
		if lockOf(a) != "" || !u.changes(a) || s.NumFields() == 0 {
			return false
		}
		return u.starts(s.Field(0).Type(), b) || startsAs(s, b)
	}
	return false
}

// startsAs says whether the first fields of s are those of the struct b.
func startsAs(s *types.Struct, b types.Type) bool {
	head, ok := b.Underlying().(*types.Struct)
	if !ok || lockOf(b) != "" || head.NumFields() > s.NumFields() {
		return false
	}
	for i := range head.NumFields() {
		if !types.Identical(head.Field(i).Type(), s.Field(i).Type()) {
			return false
		}
	}
	return true
}

// same says whether a and b are one type, or of one generic type, whose parameters have
// other names in each method.
func same(a, b types.Type) bool {
	x, ok := types.Unalias(a).(*types.Named)
	y, too := types.Unalias(b).(*types.Named)
	return ok && too && x.Origin() == y.Origin()
}

// behind returns what two slices, or two pointers, refer to.
func behind(a, b types.Type) (types.Type, types.Type) {
	x, isSlice := a.Underlying().(*types.Slice)
	y, areSlices := b.Underlying().(*types.Slice)
	if isSlice && areSlices {
		return behind(x.Elem(), y.Elem())
	}
	if x, y := elem(a), elem(b); x != nil && y != nil {
		return behind(x, y)
	}
	return a, b
}

// elem returns T of a *T, nil for another type.
func elem(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		return p.Elem()
	}
	return nil
}

func isUnsafe(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Kind() == types.UnsafePointer
}
