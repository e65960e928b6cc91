package rewrite

import (
	"cmp"
	"context"
	"maps"
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

	Module + "/internal/park/spin": shims + "spin",
}

// Options say what to rewrite.
type Options struct {
	Dir      string   // where the go command runs, "": the current directory
	Patterns []string // packages, as the go command takes them; their tests too
	Also     []string // more packages, without their tests; those of other modules too
	Race     bool     // for a build with the race detector, whose files may be others
	Overlay  string   // a file as for the go command's -overlay: what is rewritten is read through it
	Out      string   // an empty directory for the copies, as an absolute path
}

// A Package is one that Patterns named.
type Package struct {
	Path      string
	Scenarios []string // names of its TestExplore functions, in the order of their files
}

// A Result is an overlay for the go command. It wants GODEBUG=goindex=0 and -mod=readonly:
// the index of a module in the cache knows nothing of overlays, and nor do vendor directories.
type Result struct {
	Overlay   string    // the file for -overlay=
	Packages  []Package // named, in the order of go list
	Rewritten []string  // import paths of all packages that have copies
	Left      []string  // those of the main module that import sync, and were not to be rewritten
	Files     int       // that were changed

	clashes   []clash
	originals func(dir string) *strings.Replacer
}

// Write rewrites what o says. It returns [Errors] if something cannot be rewritten
// or does not compile, and another error if the go command cannot be run.
func Write(ctx context.Context, o Options) (*Result, error) {
	p, err := load(ctx, o)
	if err != nil {
		return nil, err
	}
	r := &Result{Packages: p.named, Left: p.left}
	v := &overlay{packages: p, replace: maps.Clone(p.replaced), modules: map[string]*module{}}
	var wrong Errors
	for _, l := range p.targets {
		u, errs := p.check(l)
		if wrong = append(wrong, errs...); len(errs) > 0 {
			continue // the others are looked at for what else is wrong
		}
		r.clashes = append(r.clashes, u.clashes()...)
		r.scenarios(u)
		n := r.Files
		for _, s := range u.files {
			text, errs := u.rewrite(s)
			if wrong = append(wrong, errs...); len(wrong) > 0 {
				continue
			}
			if err := v.write(l, s, text); err != nil {
				return nil, err
			}
			if text != nil {
				r.Files++
			}
		}
		if r.Files > n {
			r.Rewritten = append(r.Rewritten, l.path())
		}
	}
	if len(wrong) > 0 {
		return nil, wrong.tidy()
	}
	r.originals = v.originals
	r.Overlay, err = v.finish(ctx)
	return r, err
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
