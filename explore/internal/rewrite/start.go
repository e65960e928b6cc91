package rewrite

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// start: a go statement becomes a call of Go. Function and arguments are evaluated
// where the statement is, as the language says. For
//
//	go f(x, y)    ->    Go(bind(f)(x, y))
//
// a bind for this statement goes to the end of the file:
//
//	func bind[A, B any](f func(A, B)) func(A, B) func() {
//		return func(a A, b B) func() { return func() { f(a, b) } }
//	}
//
// f alone says what A and B are, so that x and y are converted as they were, also
// if they are untyped, nil, several values of one call, or a slice with dots; and
// the order in the text stays. Variables to hold x and y would get the types of
// the arguments instead of those of the parameters.
func (w *writer) start(n *ast.GoStmt) {
	call := n.Call
	sig := signature(w.info.TypeOf(call.Fun))
	if w.builtin(call) != "" || sig == nil || w.inferred(call.Fun) {
		w.hoist(n)
		return
	}
	w.call("Go(")
	w.copy(n.Go+2, call.Fun.Pos())
	if sig.Params().Len() == 0 && sig.Results().Len() == 0 {
		w.node(call.Fun)
		w.put(")")
		return
	}
	bind := w.fresh()
	w.tail = append(w.tail, w.directive(n.Go)+bindFunc(bind, sig))
	w.put("%s(", bind)
	w.node(call.Fun)
	w.put(")")
	var args []ast.Node
	for _, a := range call.Args {
		args = append(args, a)
	}
	w.span(call.Fun.End(), call.End(), args...)
	w.put(")")
}

// bindFunc is the function that holds a function like sig and its arguments.
func bindFunc(name string, sig *types.Signature) string {
	var params, args, all, types, results []string
	for i := range sig.Params().Len() {
		dots := ""
		if sig.Variadic() && i == sig.Params().Len()-1 {
			dots = "..."
		}
		types = append(types, fmt.Sprintf("A%d", i))
		params = append(params, fmt.Sprintf("%sA%d", dots, i))
		all = append(all, fmt.Sprintf("a%d %sA%d", i, dots, i))
		args = append(args, fmt.Sprintf("a%d%s", i, dots))
	}
	for i := range sig.Results().Len() {
		types = append(types, fmt.Sprintf("R%d", i))
		results = append(results, fmt.Sprintf("R%d", i))
	}
	list := func(s []string) string { return strings.Join(s, ", ") }
	return fmt.Sprintf("func %s[%s interface{}](f func(%s) (%s)) func(%s) func() { return func(%s) func() { return func() { f(%s) } } }",
		name, list(types), list(params), list(results), list(params), list(all), list(args))
}

// hoist writes a go statement of a function that is no value: a predeclared one, or
// a generic one whose type arguments follow from its arguments. These are held in
// variables, but for constants and nil.
func (w *writer) hoist(n *ast.GoStmt) {
	call := n.Call
	var names []string
	args := make([]string, len(call.Args)) // "": stays in place
	for i, a := range call.Args {
		tv := w.info.Types[a]
		if tv.Value != nil || tv.IsNil() {
			continue
		}
		args[i] = w.fresh()
		names = append(names, args[i])
		if several, ok := tv.Type.(*types.Tuple); ok {
			for range several.Len() - 1 {
				names = append(names, w.fresh())
			}
			args[i] = strings.Join(names, ", ")
		}
	}
	w.put("{ ")
	if len(names) > 0 {
		w.put("%s := ", strings.Join(names, ", "))
		comma := ""
		for i, a := range call.Args {
			if args[i] != "" {
				w.put("%s", comma)
				w.node(a)
				comma = ", "
			}
		}
		w.put("; ")
	}
	w.at(n.Go)
	w.call("Go(func() { ")
	if w.builtin(call) == "close" {
		w.call("Close")
	} else {
		w.node(call.Fun)
	}
	w.put("(")
	for i, a := range call.Args {
		if i > 0 {
			w.put(", ")
		}
		if args[i] != "" {
			w.put("%s", args[i])
		} else {
			w.node(a)
		}
	}
	if call.Ellipsis.IsValid() {
		w.put("...")
	}
	w.put(") }) }")
}

// inferred says whether f is a generic function with type arguments left out.
func (w *writer) inferred(f ast.Expr) bool {
	given := 0
	f = ast.Unparen(f)
	switch x := f.(type) {
	case *ast.IndexExpr:
		f, given = x.X, 1
	case *ast.IndexListExpr:
		f, given = x.X, len(x.Indices)
	}
	var id *ast.Ident
	switch x := ast.Unparen(f).(type) {
	case *ast.Ident:
		id = x
	case *ast.SelectorExpr:
		id = x.Sel
	default:
		return false
	}
	inst, ok := w.info.Instances[id]
	if !ok || given >= inst.TypeArgs.Len() {
		return false
	}
	if x, ok := ast.Unparen(f).(*ast.SelectorExpr); ok {
		if p, isID := x.X.(*ast.Ident); !isID || !isPackage(w.info.Uses[p]) {
			w.fail(f.Pos(), "a go statement of a generic method: give it all its type arguments")
		}
	}
	return true
}

func isPackage(o types.Object) bool {
	_, ok := o.(*types.PkgName)
	return ok
}

// signature is that of a function's type, or of what a type parameter lists.
func signature(t types.Type) *types.Signature {
	if t == nil {
		return nil
	}
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		for _, t := range terms(t.Underlying(), nil) {
			sig, _ := t.Underlying().(*types.Signature)
			return sig
		}
	}
	sig, _ := t.Underlying().(*types.Signature)
	return sig
}
