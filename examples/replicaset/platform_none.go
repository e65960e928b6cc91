//go:build js || wasip1

package main

import (
	"fmt"
	"runtime"
)

// supported says whether this platform has what the example is made of: processes and sockets.
func supported() error {
	return fmt.Errorf("%s can start no processes: run it on linux, darwin, freebsd or windows", runtime.GOOS)
}
