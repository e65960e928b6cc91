package main

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A test is a Test function, with what its comment says of it.
type test struct {
	name, property string
	ids            []invariant // that the comment names
}

// An invariant is one of those with which the file of an algorithm begins.
type invariant struct{ file, id string } // file is relative to the root, with slashes

func (i invariant) String() string { return i.file + " " + i.id }

// source is what is read of a package's directory.
type source struct {
	dir   string // relative to the root, with slashes
	tests []test // in the order of the files
	essay []invariant
}

var (
	defines = regexp.MustCompile(`(?m)^//\t([A-Z]\d+)[. ] `)
	names   = regexp.MustCompile(`\b([A-Z])(\d+)\b(?: to [A-Z](\d+)\b)?`)
)

// read reads the Go files of a directory.
func read(root, dir string) (*source, error) {
	s := &source{dir: dir}
	files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(dir), "*.go"))
	if err != nil {
		return nil, err
	}
	found, in := []*ast.FuncDecl(nil), map[*ast.FuncDecl]string{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if !strings.HasSuffix(name, "_test.go") {
			for _, m := range defines.FindAllStringSubmatch(string(text), -1) {
				s.essay = append(s.essay, invariant{path.Join(dir, filepath.Base(name)), m[1]})
			}
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") && f.Name.Name != "TestMain" {
				found, in[f] = append(found, f), filepath.Base(name)
			}
		}
	}
	for _, f := range found { // when the essays of all files are known
		text := strings.Join(strings.Fields(f.Doc.Text()), " ")
		if text == "" {
			return nil, fmt.Errorf("%s: %s has no comment that says the property", dir, f.Name.Name)
		}
		ids, err := s.named(in[f], text)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", dir, f.Name.Name, err)
		}
		s.tests = append(s.tests, test{f.Name.Name, new(doc.Package).Synopsis(text), ids})
	}
	return s, nil
}

// named returns the invariants that a text in the file from names, as in I1, or I1 to
// I4. Where several files of the package have one of that id it is that of the file
// with which from has a word in common (map.go for explore_map_test.go).
func (s *source) named(from, text string) (found []invariant, err error) {
	for _, m := range names.FindAllStringSubmatch(text, -1) {
		first, _ := strconv.Atoi(m[2])
		last, _ := strconv.Atoi(m[3])
		for n := first; n <= max(first, last); n++ {
			id := m[1] + strconv.Itoa(n)
			var which, near []invariant
			for _, i := range s.essay {
				if i.id == id {
					which = append(which, i)
					if slices.Contains(words(from), words(i.file)[0]) {
						near = append(near, i)
					}
				}
			}
			if len(which) > 1 {
				which = near
			}
			if len(which) != 1 {
				return nil, fmt.Errorf("%s: which invariant is %s?", from, id)
			}
			found = append(found, which[0])
		}
	}
	return found, nil
}

func words(file string) []string {
	name, _, _ := strings.Cut(path.Base(file), ".")
	return strings.Split(name, "_")
}
