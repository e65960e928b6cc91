package sched

import (
	"bytes"
	"runtime"
	"strings"
)

// place finds the line of the code under test in a stack: the first frame that
// is not of the scheduler's or of the shims'.
func place(pcs []uintptr) Place {
	if len(pcs) == 0 {
		return Place{}
	}
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		if f.Function != "" && !ours(f.Function, f.File) {
			return Place{Func: f.Function, File: f.File, Line: f.Line}
		}
		if !more {
			return Place{}
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

// goid is the number of the calling goroutine, as a stack trace tells it.
func goid() string {
	var buf [40]byte
	text := buf[:runtime.Stack(buf[:], false)] // goroutine 7 [running]: ...
	text = bytes.TrimPrefix(text, []byte("goroutine "))
	id, _, _ := bytes.Cut(text, []byte(" "))
	return string(id)
}

// identify is called when there are goroutines that the scheduler did not
// start. If it is one of those that calls, it would be taken for the thread that
// runs, while that one runs on: the run fails, and the stranger ends.
//
//go:norace
func (r *Run) identify() {
	id := goid()
	t := r.running
	if t == nil || t.goid == id || t.nested() {
		return
	}
	if ofARun() {
		runtime.Goexit() // it was given up, and has come back
	}
	pcs := make([]uintptr, 32)
	stranger := place(pcs[:runtime.Callers(3, pcs)])
	if r.stranger.CompareAndSwap(nil, &stranger) {
		r.stop.Store(true)
	}
	runtime.Goexit()
}

// ofARun reports whether the calling goroutine is a thread, of whichever run.
func ofARun() bool {
	buf := make([]byte, 1<<16)
	return bytes.Contains(buf[:runtime.Stack(buf, false)], []byte(home+"/internal/sched.(*Thread).call("))
}

// stacks is the state of all goroutines, one text each.
func stacks() []string {
	buf := make([]byte, 1<<16)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			return strings.Split(string(buf[:n]), "\n\n")
		}
		buf = make([]byte, 2*len(buf))
	}
}

// nested reports whether t waits for a coroutine of its own (iter.Pull), which
// then is the one that calls.
func (t *Thread) nested() bool {
	for _, s := range stacks() {
		if strings.HasPrefix(s, "goroutine "+t.goid+" [coroutine") {
			return true
		}
	}
	return false
}
