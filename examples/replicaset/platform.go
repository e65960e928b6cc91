//go:build !js && !wasip1

package main

// supported says whether this platform has what the example is made of: processes and sockets.
func supported() error { return nil }
