package rewrite

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// listed is a package as go list tells it. For a package with tests there are
// variants: "p [p.test]", with the files of its internal tests, and "p_test [p.test]".
type listed struct {
	ImportPath string
	Dir        string
	Name       string
	ForTest    string
	Export     string
	GoFiles    []string // of a variant: with those of the tests
	CgoFiles   []string
	ImportMap  map[string]string
	Standard   bool
	DepOnly    bool
	Module     *module
	Match      []string
	Imports    []string
	Deps       []string
	Error      *listError
	DepsErrors []*listError
}

type module struct {
	Path, Version, Dir, GoMod, GoVersion string
	Main                                 bool

	copied string // where its copy is, if it has one
}

type listError struct {
	ImportStack []string
	Pos, Err    string
}

// path is the import path without the test that the variant is for.
func (l *listed) path() string {
	p, _, _ := strings.Cut(l.ImportPath, " ")
	return p
}

// packages are all that a build needs, and which of them to rewrite.
type packages struct {
	o         Options
	env       environment
	all       map[string]*listed // by ImportPath
	named     []Package
	left      []string          // paths of what is not rewritten, and might be wanted
	targets   []*listed         // to be rewritten, in the order of go list; of variants the one with all files
	rewritten map[string]bool   // paths of targets
	replaced  map[string]string // files by their originals, both absolute, as Options.Overlay says
}

// environment is what `go env` says that matters here.
type environment struct{ GOARCH, GOFLAGS, GOMOD, GOWORK, GOMODCACHE string }

// flag is what GOFLAGS has for a flag, "" if nothing.
func (e environment) flag(name string) (value string) {
	for f := range strings.FieldsSeq(e.GOFLAGS) {
		f = strings.TrimPrefix(strings.Trim(f, `'"`), "-")
		if v, ok := strings.CutPrefix(strings.TrimPrefix(f, "-"), name+"="); ok {
			value = v
		}
	}
	return value
}

func load(ctx context.Context, o Options) (_ *packages, err error) {
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, err
	}
	p := &packages{o: o, all: map[string]*listed{}, rewritten: map[string]bool{}}
	out, err := p.command(ctx, "env", "-json", "GOARCH", "GOFLAGS", "GOMOD", "GOWORK", "GOMODCACHE")
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(out, &p.env); err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	if p.env.flag("overlay") != "" {
		return nil, Errors{{"", "GOFLAGS has an -overlay: take it out, and name it as the command's own"}}
	}
	if err := p.readOverlay(); err != nil {
		return nil, err
	}
	machinery, err := p.machinery(ctx)
	if err != nil {
		return nil, err
	}
	also, err := p.also(ctx)
	if err != nil {
		return nil, err
	}
	all, err := p.list(ctx, append([]string{"-e", "-export", "-deps", "-test",
		"-json=ImportPath,Dir,Name,ForTest,Export,GoFiles,CgoFiles,ImportMap,Imports,Standard,DepOnly,Module,Error,DepsErrors", "--"}, o.Patterns...)...)
	if err != nil {
		return nil, err
	}
	for _, l := range all {
		p.all[l.ImportPath] = l
	}
	return p, p.choose(all, machinery, also)
}

// choose fills named and targets.
func (p *packages) choose(all []*listed, machinery map[string]bool, also []*listed) error {
	var wrong Errors
	wanted := map[string]bool{} // packages whose tests are rewritten
	for _, l := range all {
		if l.DepOnly || l.ForTest != "" || p.testMain(l) {
			continue
		}
		if l.Standard {
			wrong = append(wrong, Error{l.ImportPath, "is of the standard library, which is not rewritten"})
		}
		wanted[l.ImportPath] = true
		p.named = append(p.named, Package{Path: l.ImportPath})
	}
	more, errs := p.found(all, also)
	wrong = append(wrong, errs...)
	// Of the variants of a package that have the same files one is enough.
	best := map[string]*listed{}
	var order []string
	for _, l := range all {
		path := l.path()
		external := l.ForTest != "" && path == l.ForTest+"_test" && wanted[l.ForTest]
		if l.Standard || p.testMain(l) || !external && (machinery[path] || !wanted[path] && !more[path] && !toolkit(l)) {
			if l.left() && !slices.Contains(p.left, path) {
				p.left = append(p.left, path)
			}
			continue
		}
		if best[path] == nil {
			order = append(order, path)
		}
		if best[path] == nil || l.rank(wanted) > best[path].rank(wanted) {
			best[path] = l
		}
	}
	for _, path := range order {
		p.rewritten[path] = true
		p.targets = append(p.targets, best[path])
	}
	for _, l := range all {
		wrong = append(wrong, failures(l)...)
	}
	if len(wrong) > 0 {
		return wrong.tidy()
	}
	return nil
}

// rank orders the variants of a package by what their files are good for.
func (l *listed) rank(wanted map[string]bool) int {
	switch {
	case wanted[l.path()] && l.ForTest == l.path():
		return 2 // has the internal tests too
	case l.ForTest == "":
		return 1
	}
	return 0
}

// testMain says whether l is the main package that the go command makes for tests.
func (p *packages) testMain(l *listed) bool {
	of, ok := strings.CutSuffix(l.ImportPath, ".test")
	return ok && l.Name == "main" && p.all[of] != nil
}

// toolkit says whether l is a package of the toolkit that goes with what is named.
func toolkit(l *listed) bool {
	return l.Module != nil && l.Module.Path == Module &&
		!strings.HasPrefix(l.path()+"/", Module+"/explore/") && l.path() != Module+"/internal/testkit"
}

// left says whether l, if it is not rewritten, is worth a word: it is the user's own
// and has locks.
func (l *listed) left() bool {
	return l.Module != nil && l.Module.Main && l.Module.Path != Module &&
		(slices.Contains(l.Imports, "sync") || slices.Contains(l.Imports, "sync/atomic"))
}

// machinery lists what the scheduler and the shims are made of, which must stay as
// it is; explore's own external tests are not among it. It fails if there are no shims.
func (p *packages) machinery(ctx context.Context) (map[string]bool, error) {
	roots := []string{shims + "lang", Module + "/explore"}
	for _, s := range shim {
		roots = append(roots, s)
	}
	slices.Sort(roots)
	all, err := p.list(ctx, append([]string{"-e", "-deps", "-json=ImportPath,DepOnly,Error", "--"}, roots...)...)
	if err != nil {
		return nil, err
	}
	set := map[string]bool{}
	for _, l := range all {
		set[l.ImportPath] = true
		if !l.DepOnly && l.Error != nil && l.ImportPath != Module+"/explore" {
			return nil, Errors{{"", fmt.Sprintf("the module here does not require %s, or not a version with explore in it: go get %s (%s)", Module, Module, strings.TrimSpace(l.Error.Err))}}
		}
	}
	return set, nil
}

// also finds out which packages -also means, without loading what they import.
func (p *packages) also(ctx context.Context) ([]*listed, error) {
	if len(p.o.Also) == 0 {
		return nil, nil
	}
	return p.list(ctx, append([]string{"-e", "-find", "-json=ImportPath,Match,Standard,Error", "--"}, p.o.Also...)...)
}

// found keeps of the packages that -also means those that the build needs. A
// pattern that finds none is an error.
func (p *packages) found(all, also []*listed) (set map[string]bool, wrong Errors) {
	needed, set := map[string]bool{}, map[string]bool{}
	for _, l := range all {
		needed[l.path()] = true
	}
	used := map[string]bool{}
	for _, l := range also {
		switch {
		case l.Standard:
			wrong = append(wrong, Error{"-also " + l.ImportPath, "is of the standard library, which is not rewritten"})
		case needed[l.ImportPath]:
			set[l.ImportPath] = true
			for _, m := range l.Match {
				used[m] = true
			}
		case l.Error != nil:
			wrong = append(wrong, Error{"-also " + l.ImportPath, strings.TrimSpace(l.Error.Err)})
		}
	}
	for _, pattern := range p.o.Also {
		if !used[pattern] && len(wrong) == 0 {
			wrong = append(wrong, Error{"-also " + pattern, "no package that was named imports it"})
		}
	}
	return set, wrong
}

// failures are what go list found wrong with l, its dependencies apart.
func failures(l *listed) (wrong Errors) {
	if l.Error == nil || l.Standard {
		return nil
	}
	text := strings.TrimSpace(l.Error.Err)
	compiler := strings.HasPrefix(text, "# ")
	if !compiler && !strings.Contains(text, "\n") {
		return Errors{{cmp.Or(l.Error.Pos, l.ImportPath), text}}
	}
	for line := range strings.SplitSeq(text, "\n") {
		m := compiled.FindStringSubmatch(line)
		switch {
		case compiler && strings.HasPrefix(line, "# "):
		case m != nil:
			wrong = append(wrong, Error{m[1] + ":" + m[2], m[3]})
		case len(wrong) > 0: // goes on
			wrong[len(wrong)-1].What += "\n" + line
		default:
			wrong = append(wrong, Error{"", line})
		}
	}
	return wrong
}

// list runs go list and reads what it prints.
func (p *packages) list(ctx context.Context, args ...string) ([]*listed, error) {
	// Flags here win over those in GOFLAGS.
	args = append([]string{"list", "-mod=readonly", "-cover=false"}, args...)
	if p.o.Race {
		args = slices.Insert(args, 2, "-race")
	}
	if p.o.Overlay != "" {
		args = slices.Insert(args, 2, "-overlay="+p.o.Overlay)
	}
	out, err := p.command(ctx, args...)
	if err != nil {
		return nil, err
	}
	var all []*listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		l := &listed{}
		if err := d.Decode(l); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		all = append(all, l)
	}
}

// absolute is the name of a file that the go command would know by name.
func (p *packages) absolute(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(p.o.Dir, name)
}

// command runs the go command and returns its output.
func (p *packages) command(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = p.o.Dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil && stderr.Len() > 0:
		return nil, Errors{{"", strings.TrimSpace(stderr.String())}}
	case err != nil:
		return nil, fmt.Errorf("go %s: %w", args[0], err)
	}
	return out, nil
}

// file is the absolute path of one of l's files.
func (l *listed) file(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(l.Dir, name)
}
