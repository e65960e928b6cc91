package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
)

// send: ch <- v becomes Send(ch)(v), which evaluates in the same order and
// converts v as a send does.
func (w *writer) send(n *ast.SendStmt) {
	w.call("Send(")
	w.node(n.Chan)
	w.copy(n.Chan.End(), n.Arrow)
	w.put(")(")
	w.copy(n.Arrow+2, n.Value.Pos())
	w.node(n.Value)
	w.put(")")
}

// receive: <-ch becomes Recv(ch), or Recv2(ch) where the checker has recorded that
// two values are wanted.
func (w *writer) receive(n *ast.UnaryExpr) {
	if two, ok := w.info.TypeOf(n).(*types.Tuple); ok {
		w.bool(n.Pos(), two.At(1).Type())
		w.call("Recv2(")
	} else {
		w.call("Recv(")
	}
	w.copy(n.OpPos+2, n.X.Pos())
	w.node(n.X)
	w.put(")")
}

// bool refuses a second value that goes into a variable of a type of its own: in a
// receive it is untyped, from a function it is a bool.
func (w *writer) bool(pos token.Pos, t types.Type) {
	if _, ok := types.Unalias(t).(*types.Named); ok && !types.IsInterface(t) {
		w.fail(pos, "the second value of a receive goes into a %s; make that a bool", t)
	}
}

// rangeOver: a range over a channel becomes a for statement with a nested block.
// Its label, and break, continue and goto in the body, mean what they meant. A
// range over a function would need Go 1.23 in the module, and its body would be
// another function in stack traces. A variable that the range declares stays a
// variable of the for statement: one per iteration, or in modules before Go 1.22
// one for all of them.
func (w *writer) rangeOver(n *ast.RangeStmt) {
	key, _ := n.Key.(*ast.Ident)
	blank := n.Key == nil || key != nil && key.Name == "_"
	ch, ok, value := w.fresh(), w.fresh(), w.fresh()
	switch {
	case blank:
		w.put("for %s := (", ch)
		w.node(n.X)
		w.put("); ; { if _, %s := ", ok)
		w.call("Recv2(")
		w.put("%s); !%s { break };", ch, ok)
	case n.Tok == token.DEFINE:
		f := w.fresh()
		w.tail = append(w.tail, "func "+f+"[T interface{}](ch <-chan T) (same <-chan T, v T, ok bool) { return ch, v, ok }")
		w.put("for %s, %s, %s := %s(", ch, key.Name, ok, f)
		w.node(n.X)
		w.put("); ; { if %s, %s = ", key.Name, ok)
		w.call("Recv2(")
		w.put("%s); !%s { break };", ch, ok)
	default:
		w.put("for %s := (", ch)
		w.node(n.X)
		w.put("); ; { %s, %s := ", value, ok)
		w.call("Recv2(")
		w.put("%s); if !%s { break };", ch, ok)
		w.node(n.Key)
		w.put(" = %s;", value)
	}
	w.node(n.Body)
	w.put("}")
}

// predeclared puts another function in the place of close, len or cap.
func (w *writer) predeclared(name string, n *ast.CallExpr) {
	switch {
	case name == "close":
		w.call("Close")
	case name == "cap":
		w.call("CapRecv")
	case w.channel(n.Args[0]).Dir() == types.SendOnly:
		w.call("LenSend")
	default:
		w.call("LenRecv")
	}
	w.span(n.Fun.End(), n.End(), n.Args[0])
}

// timers reports whether x may be the channel of a timer, whose cap is 0 although
// the shim's has a buffer.
func (w *writer) timers(x ast.Expr) bool {
	ch := w.channel(x)
	return ch != nil && ch.Dir() == types.RecvOnly && types.TypeString(ch.Elem(), nil) == "time.Time"
}

// channel returns the type of x as a channel, nil if it is none. Of a type
// parameter it is that of its type set, whose types are channels or are not; where
// it has both, the operation (len, cap) cannot be rewritten.
func (w *writer) channel(x ast.Expr) *types.Chan {
	t := w.info.TypeOf(x)
	if t == nil {
		return nil
	}
	if _, ok := types.Unalias(t).(*types.TypeParam); !ok {
		ch, _ := t.Underlying().(*types.Chan)
		return ch
	}
	var found *types.Chan
	others := false
	for _, t := range terms(t.Underlying(), nil) {
		ch, ok := t.Underlying().(*types.Chan)
		others = others || !ok
		if ok && (found == nil || ch.Dir() != types.SendRecv) {
			found = ch
		}
	}
	if found != nil && others {
		w.fail(x.Pos(), "%s may be a channel or something else; that cannot be rewritten", t)
		return nil
	}
	return found
}

// terms appends the types that a constraint lists.
func terms(t types.Type, list []types.Type) []types.Type {
	switch t := t.(type) {
	case *types.Interface:
		for e := range t.EmbeddedTypes() {
			list = terms(e, list)
		}
	case *types.Union:
		for term := range t.Terms() {
			list = terms(term.Type(), list)
		}
	default:
		if i, ok := t.Underlying().(*types.Interface); ok {
			return terms(i, list)
		}
		list = append(list, t)
	}
	return list
}
