package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// byeTime is for what takes a moment to be heard of.
const byeTime = 5 * time.Second

// played is what became of a child.
type played struct {
	Pool    string
	Workers int
	Max     int // sockets that the pool may open, where it knows a limit
	Moments []moment
	Exit    int
}

// moment is a report of a child, and what the server had counted then.
type moment struct {
	Child  report
	Server tally
}

// play has a child work with one of the pools.
func play(ctx context.Context, o options, name string) (*played, error) {
	s, err := startServer(ctx)
	if err != nil {
		return nil, err
	}
	defer s.close()
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &played{Pool: name, Workers: o.workers, Max: o.max}
	cmd := exec.CommandContext(ctx, exe, "-child", name, "-addr", s.addr, "-limit", o.limit.String(),
		"-workers", strconv.Itoa(o.workers), "-max", strconv.Itoa(o.max))
	var stderr bytes.Buffer // one that dies says so there too
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	reports := json.NewDecoder(stdout)
	for {
		var m moment
		if err := reports.Decode(&m.Child); err != nil {
			break
		}
		bye, cancel := context.WithTimeout(ctx, byeTime)
		m.Server = s.settled(bye, m.Child.Open)
		cancel()
		p.Moments = append(p.Moments, m)
		io.WriteString(stdin, "\n")
	}
	_ = cmd.Wait()
	p.Exit = cmd.ProcessState.ExitCode()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case len(p.Moments) == 0:
		return nil, fmt.Errorf("the child with the pool %q said nothing: %v %s", name, cmd.ProcessState, &stderr)
	}
	return p, nil
}
