//go:build !unix

package main

import (
	"fmt"
	"runtime"
)

func limitDescriptors() error { return supported() }

// supported says whether this platform has what the example is made of: processes, sockets, and a limit on descriptors.
func supported() error {
	return fmt.Errorf("%s has no limit on a process's descriptors: run it on linux, darwin or freebsd", runtime.GOOS)
}
