package sched

import (
	"cmp"
	"runtime"
	"strings"
)

// place finds the line of the code under test in a stack: the first frame that
// is not of the scheduler's or of the shims', nor of the standard library, if there
// is one.
func place(pcs []uintptr) Place {
	if len(pcs) == 0 {
		return Place{}
	}
	frames := runtime.CallersFrames(pcs)
	var first Place
	for {
		f, more := frames.Next()
		if f.Function != "" && !ours(f.Function, f.File) {
			p := Place{Func: f.Function, File: f.File, Line: f.Line}
			if !standard(f.File) {
				return p
			}
			first = cmp.Or(first, p)
		}
		if !more {
			return first
		}
	}
}

const home = "github.com/petiole-go/petiole/explore"

// shims is where the files of the shims are, in the words of the compiler.
var shims = func() string {
	_, file, _, _ := runtime.Caller(0)
	return strings.TrimSuffix(file, "internal/sched/place.go") + "shim/"
}()

// ours reports whether a function belongs to the machinery. A closure of the shims
// that was inlined has the name of the function that it is in; its file tells.
func ours(function, file string) bool {
	if strings.HasPrefix(function, "runtime.") || strings.HasPrefix(file, shims) {
		return true
	}
	slash := strings.LastIndexByte(function, '/')
	pkg := function
	if dot := strings.IndexByte(function[slash+1:], '.'); dot >= 0 {
		pkg = function[:slash+1+dot]
	}
	rest, ok := strings.CutPrefix(pkg, home)
	if !ok || strings.HasSuffix(rest, "_test") {
		return false
	}
	return rest == "" || strings.HasPrefix(rest, "/shim/") || strings.HasPrefix(rest, "/internal/sched") || strings.HasPrefix(rest, "/internal/virtual")
}
