// Command user prints the same, rewritten or not.
package main

import (
	"fmt"
	"runtime"
	"strings"
)

func main() {
	for _, part := range []struct {
		name string
		f    func()
	}{
		{"receive", receive}, {"send", send}, {"ranges", ranges}, {"lengths", lengths}, {"shadows", shadows},
		{"selects", selects}, {"ends", ends}, {"order", order}, {"nested", nested}, {"labels", labels},
		{"starts", starts}, {"typed", typed}, {"builtins", builtins}, {"generic", generic}, {"types", typesOf},
		{"odd", odd}, {"dense", func() { line(dense()) }}, {"outOf", outOf}, {"named2", named2}, {"locks", locks},
		{"lines", lines},
	} {
		fmt.Println("#", part.name)
		part.f()
	}
}

// line prints its arguments with the line of the caller.
func line(a ...any) {
	_, file, n, _ := runtime.Caller(1)
	fmt.Println(append([]any{fmt.Sprintf("%s:%d", file[strings.LastIndex(file, "/")+1:], n)}, a...)...)
}
