package main

import (
	_ "embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
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

// width is how many columns a line may have.
const width = 100

// goFunc cuts a function out of the sources.
func goFunc(name string) (string, error) {
	for _, source := range []string{queuesGo, permitsGo, factsGo} {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "", source, 0)
		if err != nil {
			return "", err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == name {
				text := source[fset.Position(f.Pos()).Offset:fset.Position(f.End()).Offset]
				return strings.ReplaceAll(text, "\t", "    "), nil
			}
		}
	}
	return "", fmt.Errorf("no function %s to show", name)
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

// show writes what a lesson compares, and returns an error if it has nothing to show.
func show(w io.Writer, l lesson) error {
	python, err := pyFunc(l.form)
	if err != nil {
		return err
	}
	form, err := goFunc(l.form)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s %s\n%s\n\n", l.name, strings.Repeat("=", width-1-len(l.name)), l.says)
	beside(w, python, form)
	if l.naive != "" {
		naive, err := goFunc(l.naive)
		if err != nil {
			return err
		}
		beside(w, "BUG ->", naive)
	}
	return nil
}

// beside writes two texts side by side.
func beside(w io.Writer, left, right string) {
	const gutter = 41 // where most of Python ends
	lefts, rights := strings.Split(left, "\n"), strings.Split(right, "\n")
	for i := range max(len(lefts), len(rights)) {
		var l, r string
		if i < len(lefts) {
			l = lefts[i]
		}
		if i < len(rights) {
			r = rights[i]
		}
		pad := strings.Repeat(" ", max(0, gutter-utf8.RuneCountInString(l)))
		fmt.Fprintln(w, strings.TrimRight(l+pad+"| "+r, " "))
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
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "Toro\tGo\t")
	for _, n := range names {
		if only != "" && n.class != only && n.String() != only {
			continue
		}
		form := n.form
		if form == "" {
			form = "-"
		}
		fmt.Fprintf(t, "%v\t%s\t%s\n", n, form, n.why)
	}
	t.Flush()
}
