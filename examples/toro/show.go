package main

import (
	_ "embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"strings"
)

// The code that is shown, and that runs.
//
//go:embed queues.go
var queuesGo string

//go:embed permits.go
var permitsGo string

//go:embed facts.go
var factsGo string

//go:embed lessons.py
var lessonsPy string

const (
	width     = 100 // columns that a line may have
	leftWidth = 39  // those of Python; then comes a bar
)

// source is a file of Go that has functions to show.
type source struct{ file, text string }

var sources = []source{{"queues.go", queuesGo}, {"permits.go", permitsGo}, {"facts.go", factsGo}}

// goFunc cuts a function out of the sources: where it is and its signature, and its body.
func goFunc(name string) (head, body string, err error) {
	for _, s := range sources {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, s.file, s.text, 0)
		if err != nil {
			return "", "", err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == name {
				begin, open, end := fset.Position(f.Pos()).Offset, fset.Position(f.Body.Lbrace).Offset, fset.Position(f.Body.Rbrace).Offset
				body := strings.ReplaceAll(strings.Trim(s.text[open+1:end], "\n"), "\n\t", "\n")
				return s.file + ": " + strings.TrimSpace(s.text[begin:open]), strings.ReplaceAll(strings.TrimPrefix(body, "\t"), "\t", "    "), nil
			}
		}
	}
	return "", "", fmt.Errorf("no function %s of Go to show", name)
}

// pyFunc cuts a function out of lessons.py, where two empty lines are between them.
func pyFunc(name string) (string, error) {
	for text := range strings.SplitSeq(lessonsPy, "\n\n\n") {
		if strings.Contains("\n"+text, "\ndef "+name+"(") {
			return strings.TrimSpace(text), nil
		}
	}
	return "", fmt.Errorf("no function %s of Python to show", name)
}

// show writes what a lesson compares. An error is that there is nothing to show.
func show(w io.Writer, l lesson) error {
	python, err := pyFunc(l.form)
	if err != nil {
		return err
	}
	head, body, err := goFunc(l.form)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s %s\n%s\n\n", l.name, strings.Repeat("=", width-1-len(l.name)), l.says)
	fmt.Fprintln(w, head)
	beside(w, python, body)
	if l.naive == "" {
		return nil
	}
	if head, body, err = goFunc(l.naive); err != nil {
		return err
	}
	fmt.Fprintln(w, "BUG,", head)
	beside(w, "", body)
	return nil
}

// beside writes two texts side by side.
func beside(w io.Writer, left, right string) {
	lefts, rights := strings.Split(left, "\n"), strings.Split(right, "\n")
	for i := range max(len(lefts), len(rights)) {
		line := func(of []string) string {
			if i < len(of) {
				return of[i]
			}
			return ""
		}
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("%-*s | %s", leftWidth, line(lefts), line(rights)), " "))
	}
	fmt.Fprintln(w)
}

// tell writes the claims with their verdicts, and returns how many did not hold.
func tell(w io.Writer, claims []claim) (failed int) {
	for _, c := range claims {
		verdict := "ok    "
		if !c.ok {
			verdict = "FAILED"
			failed++
		}
		fmt.Fprintf(w, "  %s %s\n", verdict, c.text)
	}
	fmt.Fprintln(w)
	return failed
}

// table writes the names of one class, or all if only is "".
func table(w io.Writer, only string) {
	fmt.Fprintf(w, "%-31s%-28s %s\n", "Toro", "Go", "-: there is none, because")
	for _, n := range names {
		if only != "" && n.class != only && n.String() != only {
			continue
		}
		form := n.form
		if form == "" {
			form = "-"
		}
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("%-31v%-28s %s", n, form, n.why), " "))
	}
}
