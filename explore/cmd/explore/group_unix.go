//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// group makes cmd and what it starts a process group, and has its context interrupt
// all of them: the go command does not end the tests that it runs.
func group(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
}
