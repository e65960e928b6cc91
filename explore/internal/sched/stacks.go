package sched

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
)

// What the text of a stack tells. It begins with "goroutine 7 [running]:" and ends
// with "created by pkg.f in goroutine 5" and its place.

// stack is that of the calling goroutine.
func stack() string { return stackText(false) }

// stacks are those of all goroutines.
func stacks() []string { return strings.Split(stackText(true), "\n\n") }

func stackText(all bool) string {
	for size := 1 << 14; ; size *= 4 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, all); n < size {
			return string(buf[:n])
		}
	}
}

// goroutine is the number.
func goroutine(stack string) string {
	id, _, _ := strings.Cut(strings.TrimPrefix(stack, "goroutine "), " ")
	return id
}

// creator is the function and the number of the goroutine that started it.
func creator(stack string) (by, id string) {
	i := strings.LastIndex(stack, "\ncreated by ")
	if i < 0 {
		return "", ""
	}
	by, rest, _ := strings.Cut(stack[i+len("\ncreated by "):], " in goroutine ")
	id, _, _ = strings.Cut(rest, "\n")
	return by, id
}

func find(all []string, id string) string {
	for _, s := range all {
		if strings.HasPrefix(s, "goroutine "+id+" ") {
			return s
		}
	}
	return ""
}

// coroutine reports whether it is one of iter.Pull.
func coroutine(stack string) bool {
	by, _ := creator(stack)
	return strings.HasPrefix(by, "iter.Pull")
}

// ofThread reports whether it is a thread's, of whichever run, though it may have ended and
// wait for the next schedule: a coroutine that it has made can be another's since.
func ofThread(stack string) bool {
	return strings.Contains(stack, "\n"+home+"/internal/sched.(*Thread).loop(")
}

// goid is the number of the calling goroutine.
func goid() string {
	var buf [40]byte
	return goroutine(string(buf[:runtime.Stack(buf[:], false)]))
}

// here is the line of the code under test that calls.
func here() Place {
	pcs := make([]uintptr, 64)
	return place(pcs[:runtime.Callers(2, pcs)])
}

// blocked reads in the text of a stack what a goroutine does, and the last line
// of the user's code: of the module under test, not of the standard library.
func blocked(stack string) (what string, where Place) {
	head, rest, _ := strings.Cut(stack, "\n")
	what = "a goroutine is blocked"
	if _, state, ok := strings.Cut(head, "["); ok {
		state, _, _ = strings.Cut(strings.TrimSuffix(state, "]:"), ",")
		what = "a goroutine is in [" + state + "]"
		if strings.HasPrefix(state, "runn") {
			what = "a goroutine runs without an operation"
		}
	}
	lines := strings.Split(rest, "\n")
	for i := 0; i+1 < len(lines); i += 2 {
		name := lines[i]
		if cut := strings.LastIndexByte(name, '('); cut > 0 {
			name = name[:cut]
		}
		at := strings.TrimSpace(lines[i+1])
		at, _, _ = strings.Cut(at, " +0x")
		file, line, _ := cutLast(at, ":")
		if ours(name, file) || standard(file) {
			continue
		}
		p := Place{Func: name, File: file}
		fmt.Sscanf(line, "%d", &p.Line)
		return what, p
	}
	return what, Place{}
}

// library is where the files of the standard library are, "" in a binary that was
// built with -trimpath.
var library = func() string {
	pc := reflect.ValueOf(fmt.Sprint).Pointer()
	file, _ := runtime.FuncForPC(pc).FileLine(pc)
	root, _ := strings.CutSuffix(file, "fmt/print.go")
	return root
}()

// standard reports whether a file is of the standard library.
func standard(file string) bool {
	if library != "" {
		return strings.HasPrefix(file, library)
	}
	first, _, _ := strings.Cut(file, "/")
	return !strings.ContainsAny(first, ".@")
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
