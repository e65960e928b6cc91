//go:build unix

package main

import "syscall"

// limitDescriptors has this process open no more than that.
func limitDescriptors() error {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return err
	}
	l.Cur = descriptors
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l)
}

// supported says whether this platform has what the example is made of: processes, sockets, and a limit on descriptors.
func supported() error { return nil }
