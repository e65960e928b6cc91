// Package mutant builds packages with faults that were written by hand, each of
// which one test must notice.
//
// A package lists its faults in testdata/mutants.txt, a block for each:
//
//	# the second look of Acquire is dropped (I1)
//	file: guarded.go
//	killed by: TestExploreGuardedRetires
//	-		if g.current.Load() == n {
//	+		if true {
//
// What follows is whole lines of the file: - goes, + comes, and what begins with a
// space stays. The lines with - and a space must be there exactly once. An empty
// line ends the block. The keys are
//
//	file:        relative to the package of the list
//	killed by:   the test that fails, and before it, as ./other, the package that the
//	             test is in if that is not the file's; relative to the list's too.
//	             With -race before both it runs with the race detector
//	dies by:     timeout, if the test does not end; a test that does not end and of
//	             which this is not said counts as an error, as it may be the machine's
//	equivalent:  in place of killed by: why nobody can notice. It is built, not run
//	run:         seldom, if there are many like it: it is left out where not all are asked for
//
// A test whose name begins with TestExplore is a scenario, and runs under the
// command explore; any other under go test.
package mutant

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A Mutant is one fault.
type Mutant struct {
	Place      string // of its block: file:line
	What       string
	List       string // directory of the package that lists it, relative to the root, with slashes; so are the next two
	File       string
	Package    string // of the test
	Test       string // "": it is equivalent
	Race       bool   // the test runs with the race detector
	Hangs      bool   // dies by: timeout
	Equivalent string // the argument
	Seldom     bool   // run: seldom

	text string // of File, with the fault
}

// Dir is the directory of the file that has the fault.
func (m Mutant) Dir() string { return path.Dir(m.File) }

// list is where a package has its faults.
const list = "testdata/mutants.txt"

// Lists reads the lists of the packages below root that are named, as the go command
// names directories; of all if none is.
func Lists(root string, packages ...string) (all []Mutant, err error) {
	used := map[string]bool{}
	err = filepath.WalkDir(root, func(name string, d os.DirEntry, err error) error {
		at, ok := strings.CutSuffix(filepath.ToSlash(name), "/"+list)
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && name != root:
			return filepath.SkipDir
		case !ok:
			return nil
		}
		dir, err := filepath.Rel(root, filepath.FromSlash(at))
		if err != nil {
			return err
		}
		wanted := len(packages) == 0
		for _, p := range packages {
			below, tree := strings.CutSuffix(path.Clean(p), "/...")
			if at := filepath.ToSlash(dir); at == path.Clean(p) || tree && (below == "." || strings.HasPrefix(at+"/", below+"/")) {
				wanted, used[p] = true, true
			}
		}
		if wanted {
			ms, err := read(root, filepath.ToSlash(dir))
			all = append(all, ms...)
			return err
		}
		return nil
	})
	for _, p := range packages {
		if err == nil && !used[p] {
			err = fmt.Errorf("%s lists no fault", p)
		}
	}
	return all, err
}

// Often are those that are not seldom run.
func Often(all []Mutant) []Mutant {
	return slices.DeleteFunc(slices.Clone(all), func(m Mutant) bool { return m.Seldom })
}

// read returns the faults that the package in dir lists. They fit their files.
func read(root, dir string) (all []Mutant, err error) {
	name := path.Join(dir, list)
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	begins := 1
	for block := range strings.SplitSeq(string(text), "\n\n") {
		at := begins + len(block) - len(strings.TrimLeft(block, "\n"))
		begins += strings.Count(block, "\n") + 2
		if strings.TrimSpace(block) == "" {
			continue
		}
		m := Mutant{Place: fmt.Sprintf("%s:%d", name, at), List: dir}
		if err = m.parse(root, strings.Trim(block, "\n")); err == nil && known[m.What] {
			err = fmt.Errorf("listed twice: %s", m.What)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Place, err)
		}
		known[m.What] = true
		all = append(all, m)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: no fault", name)
	}
	return all, nil
}

var killer = regexp.MustCompile(`^(-race )?(?:(\./\S+|\.) )?(Test\w+)$`)

func (m *Mutant) parse(root, block string) error {
	var from, to string
	killed := ""
	for line := range strings.SplitSeq(block, "\n") {
		key, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "", line[0] == ' ':
			from, to = from+strings.TrimPrefix(line, " ")+"\n", to+strings.TrimPrefix(line, " ")+"\n"
		case line[0] == '-':
			from += line[1:] + "\n"
		case line[0] == '+':
			to += line[1:] + "\n"
		case m.What == "" && strings.HasPrefix(line, "# "):
			m.What = line[2:]
		case key == "file" && m.File == "":
			m.File = path.Join(m.List, value)
		case key == "killed by" && killed == "":
			killed = value
		case key == "equivalent" && m.Equivalent == "":
			m.Equivalent = value
		case line == "dies by: timeout":
			m.Hangs = true
		case line == "run: seldom":
			m.Seldom = true
		default:
			return fmt.Errorf("a line that means nothing here: %s", line)
		}
	}
	words := killer.FindStringSubmatch(killed)
	switch {
	case m.What == "" || m.File == "" || from == to:
		return fmt.Errorf("wants # what, file: and lines that change")
	case (killed == "") == (m.Equivalent == ""):
		return fmt.Errorf("wants either killed by: or equivalent: of it")
	case killed != "" && words == nil:
		return fmt.Errorf("killed by: wants [-race] [./package] TestName, not %s", killed)
	case words != nil:
		m.Race, m.Package, m.Test = words[1] != "", m.Dir(), words[3]
		if words[2] != "" {
			m.Package = path.Join(m.List, words[2])
		}
	}
	if m.Test != "" && !declared(filepath.Join(root, filepath.FromSlash(m.Package)), m.Test) {
		return fmt.Errorf("stale: no %s in %s", m.Test, m.Package)
	}
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(m.File)))
	if err != nil {
		return err
	}
	if n := strings.Count("\n"+string(text), "\n"+from); n != 1 {
		return fmt.Errorf("stale: %s has these lines %d times, not once:\n%s", m.File, n, from)
	}
	m.text = strings.Replace("\n"+string(text), "\n"+from, "\n"+to, 1)[1:]
	return nil
}

// declared says whether a test is in one of a package's files.
func declared(dir, test string) bool {
	files, _ := filepath.Glob(filepath.Join(dir, "*_test.go")) // the pattern is right
	return slices.ContainsFunc(files, func(name string) bool {
		text, err := os.ReadFile(name)
		return err == nil && bytes.Contains(text, []byte("\nfunc "+test+"("))
	})
}
