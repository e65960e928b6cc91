package rewrite

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Module is the toolkit: its packages are rewritten wherever they are imported,
// and the shims are in it.
const Module = "github.com/petiole-go/petiole"

const shims = Module + "/explore/shim/"

// shim has the packages whose imports are changed, with what they become.
var shim = map[string]string{
	"sync":        shims + "sync",
	"sync/atomic": shims + "sync/atomic",
	"time":        shims + "time",
	"context":     shims + "context",
}

// Options say what to rewrite.
type Options struct {
	Dir      string   // where the go command runs, "": the current directory
	Patterns []string // packages, as the go command takes them; their tests too
	Also     []string // more packages, without their tests; those of other modules too
	Race     bool     // for a build with the race detector, whose files may be others
	Out      string   // an empty directory for the copies
}

// A Package is one that Patterns named.
type Package struct {
	Path      string
	Scenarios []string // names of its TestExplore functions, in the order of their files
}

// A Result is an overlay for the go command.
type Result struct {
	Overlay   string    // the file for -overlay=
	Packages  []Package // named, in the order of go list
	Rewritten []string  // import paths of all packages that have copies
	Files     int       // copies

	clashes []clash
}

// Write rewrites what o says. It returns [Errors] if something cannot be rewritten
// or does not compile, and another error if the go command cannot be run.
func Write(ctx context.Context, o Options) (*Result, error) {
	p, err := load(ctx, o)
	if err != nil {
		return nil, err
	}
	r := &Result{Overlay: filepath.Join(o.Out, "overlay.json"), Packages: p.named}
	copies := map[string]string{} // by original
	var wrong Errors
	for _, l := range p.targets {
		u, errs := p.check(l)
		if wrong = append(wrong, errs...); len(wrong) > 0 {
			continue // the rest is looked at for what else is wrong
		}
		r.clashes = append(r.clashes, u.clashes(p.rewritten)...)
		r.scenarios(u)
		n := len(copies)
		for _, s := range u.files {
			text, errs := u.rewrite(s)
			wrong = append(wrong, errs...)
			if text == nil || len(wrong) > 0 {
				continue
			}
			name := filepath.Join(o.Out, fmt.Sprintf("%d-%s", len(copies), filepath.Base(s.path)))
			if err := os.WriteFile(name, text, 0o600); err != nil {
				return nil, err
			}
			copies[s.path] = name
		}
		if len(copies) > n && !slices.Contains(r.Rewritten, l.path()) {
			r.Rewritten = append(r.Rewritten, l.path())
		}
	}
	if len(wrong) > 0 {
		return nil, wrong.tidy()
	}
	r.Files = len(copies)
	text, err := json.Marshal(map[string]any{"Replace": copies})
	if err != nil {
		return nil, err
	}
	return r, os.WriteFile(r.Overlay, text, 0o600)
}

// scenarios notes the tests of a named package that begin with TestExplore.
func (r *Result) scenarios(u *unit) {
	i := slices.IndexFunc(r.Packages, func(p Package) bool { return p.Path == u.path() || p.Path+"_test" == u.path() })
	if i < 0 {
		return
	}
	for _, s := range u.files {
		if strings.HasSuffix(s.path, "_test.go") {
			r.Packages[i].Scenarios = append(r.Packages[i].Scenarios, scenarios(s.ast)...)
		}
	}
}

// An Error is one thing that cannot be rewritten, or does not compile.
type Error struct {
	Place string // file:line, or a package, or ""
	What  string
}

func (e Error) Error() string {
	if e.Place == "" {
		return e.What
	}
	return e.Place + ": " + e.What
}

// Errors are all that was found, a line each.
type Errors []Error

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i := range e {
		lines[i] = e[i].Error()
	}
	return strings.Join(lines, "\n")
}

// tidy drops what was found twice, in a package and in its variant for a test.
func (e Errors) tidy() Errors {
	slices.SortStableFunc(e, func(a, b Error) int { return cmp.Compare(a.Place, b.Place) })
	return slices.Compact(e)
}
