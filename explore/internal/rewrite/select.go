package rewrite

import (
	"go/ast"
	"go/token"
	"strings"
)

// choose: a select becomes a switch over the number of the case that Select took:
//
//	select {                      switch a, b := RecvCase(ch), SendCase(c2)(x); Select(true, a, b) {
//	                              default: for { Forever() }
//	case v, ok := <-ch:           case 0: v, ok := a.Value2()
//	case c2 <- x:                 case 1:
//	}                             }
//
// The init statement evaluates the channels and what is sent in source order, as a
// select does on entering. The clauses stay where they are, so that return, break,
// continue, goto and labels mean what they meant. A select's own default stays the
// default; where there is none, one that is never reached keeps a select that ends
// a function what Go calls a terminating statement.
func (w *writer) choose(n *ast.SelectStmt) {
	var names []string
	cases := map[*ast.CommClause]int{}
	block := true
	for _, s := range n.Body.List {
		if c := s.(*ast.CommClause); c.Comm == nil {
			block = false
		} else {
			cases[c] = len(names)
			names = append(names, w.fresh())
		}
	}
	w.put("switch ")
	w.operands(n, names)
	w.at(n.Select)
	switch {
	case len(n.Body.List) == 0:
		w.call("Forever(); {")
	case block:
		w.call("Select(0 == 0") // true may be another thing here
	default:
		w.call("Select(0 != 0")
	}
	if len(n.Body.List) > 0 {
		for _, name := range names {
			w.put(", %s", name)
		}
		w.put(") {")
	}
	if block {
		w.put("default: for { ")
		w.call("Forever() };")
	}
	w.clauses(n, names, cases)
	w.copy(n.Body.Rbrace, n.Body.Rbrace+1)
}

// operands declares a name for each case.
func (w *writer) operands(n *ast.SelectStmt, names []string) {
	if len(names) == 0 {
		return
	}
	w.put("%s := ", strings.Join(names, ", "))
	first := true
	for _, s := range n.Body.List {
		c := s.(*ast.CommClause)
		if c.Comm == nil {
			continue
		}
		if !first {
			w.put(", ")
		}
		first = false
		if send, ok := c.Comm.(*ast.SendStmt); ok {
			w.call("SendCase(")
			w.node(send.Chan)
			w.put(")(")
			w.node(send.Value)
		} else {
			w.call("RecvCase(")
			w.node(received(c.Comm).X)
		}
		w.put(")")
	}
	w.put("; ")
}

// clauses writes the body of the switch, from brace to brace.
func (w *writer) clauses(n *ast.SelectStmt, names []string, cases map[*ast.CommClause]int) {
	at := n.Body.Lbrace + 1
	for i, s := range n.Body.List {
		c := s.(*ast.CommClause)
		w.copy(at, c.Case)
		if c.Comm != nil {
			w.at(c.Case)
			w.put("case %d:", cases[c])
			w.assign(c.Comm, names[cases[c]])
			at = c.Colon + 1
		} else {
			at = c.Case
		}
		end := n.Body.Rbrace
		if i+1 < len(n.Body.List) {
			end = n.Body.List[i+1].Pos()
		}
		var body []ast.Node
		for _, s := range c.Body {
			body = append(body, s)
		}
		w.span(at, end, body...)
		at = end
	}
}

// assign writes what a clause that receives does with the value.
func (w *writer) assign(comm ast.Stmt, name string) {
	a, ok := comm.(*ast.AssignStmt)
	if !ok {
		return
	}
	w.put(" ")
	var left []ast.Node
	for _, x := range a.Lhs {
		left = append(left, x)
	}
	w.span(a.Lhs[0].Pos(), a.Lhs[len(a.Lhs)-1].End(), left...)
	value := "Value"
	if len(a.Lhs) == 2 {
		value = "Value2"
		if a.Tok == token.ASSIGN {
			if t := w.info.TypeOf(a.Lhs[1]); t != nil {
				w.bool(a.Pos(), t)
			}
		}
	}
	w.put(" %s %s.%s();", a.Tok, name, value)
}

// received is the receive of a case.
func received(comm ast.Stmt) *ast.UnaryExpr {
	var x ast.Expr
	switch s := comm.(type) {
	case *ast.ExprStmt:
		x = s.X
	case *ast.AssignStmt:
		x = s.Rhs[0]
	}
	return ast.Unparen(x).(*ast.UnaryExpr)
}
