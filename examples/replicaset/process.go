package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// process is a running member, seen from its parent.
type process struct {
	rank    int
	addr    string
	journal string
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	ended   chan struct{} // closed when the process is gone and waited for

	started, died time.Duration // on the meter's clock; died is read after ended
}

// set is a replica set: the processes and the folder with their journals. Its methods are called by one
// goroutine.
type set struct {
	o   options
	m   *meter
	dir string
	all []*process // every one ever started; the index is the rank, which is never used twice
}

// startSet starts n members and returns when they agree on who they are. After an error nothing is left.
func startSet(ctx context.Context, m *meter, o options, n int) (_ *set, err error) {
	dir, err := os.MkdirTemp("", "replicaset-")
	if err != nil {
		return nil, err
	}
	s := &set{o: o, m: m, dir: dir}
	defer func() {
		if err != nil {
			s.stop()
		}
	}()
	for range n {
		if err := s.launch(ctx); err != nil {
			return nil, err
		}
	}
	for _, p := range s.all {
		if err := s.introduce(p); err != nil {
			return nil, err
		}
	}
	return s, s.agree(ctx)
}

// add starts one more member and returns when every other knows it.
func (s *set) add(ctx context.Context) (*process, error) {
	if err := s.launch(ctx); err != nil {
		return nil, err
	}
	p := s.all[len(s.all)-1]
	if err := s.introduce(p); err != nil {
		return nil, err
	}
	return p, s.agree(ctx)
}

// launch starts one process and waits until it listens.
func (s *set) launch(ctx context.Context) error {
	rank := len(s.all)
	port := 0
	if s.o.port != 0 {
		port = s.o.port + rank
	}
	p := &process{
		rank:    rank,
		journal: filepath.Join(s.dir, "journal-"+strconv.Itoa(rank)),
		ended:   make(chan struct{}),
		started: s.m.now(),
	}
	stdout, err := p.spawn(memberConfig{
		Rank:     rank,
		Listen:   net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		Journal:  p.journal,
		Election: s.o.election,
		Lifetime: s.o.limit + 10*time.Second,
	})
	if err != nil {
		return fmt.Errorf("member %d does not start: %w", rank, err)
	}
	s.all = append(s.all, p)
	first := make(chan string, 1)
	go s.listen(p, bufio.NewScanner(stdout), first)
	select {
	case line := <-first:
		addr, ok := strings.CutPrefix(line, "listening ")
		if !ok {
			why, _ := strings.CutPrefix(line, "failed ")
			return fmt.Errorf("member %d does not start: %s%s", rank, cmp.Or(why, "it ended without a word"), s.hint())
		}
		p.addr = addr
		return nil
	case <-ctx.Done():
		return fmt.Errorf("member %d does not start: %w", rank, context.Cause(ctx))
	}
}

// spawn starts this program once more, as a member.
func (p *process) spawn(cfg memberConfig) (stdout io.Reader, err error) {
	env, err := json.Marshal(cfg)
	if err != nil {
		return nil, err
	}
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p.cmd = exec.Command(exe)
	p.cmd.Env = append(os.Environ(), memberEnv+"="+string(env))
	p.cmd.Stderr = os.Stderr
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if stdout, err = p.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	return stdout, p.cmd.Start()
}

// hint is what to do about a port in use.
func (s *set) hint() string {
	if s.o.port == 0 {
		return ""
	}
	return " (another -port, or none, for any that is free)"
}

// listen takes what a member says, the first line for launch, until it is dead, and then buries it.
func (s *set) listen(p *process, lines *bufio.Scanner, first chan<- string) {
	if lines.Scan() {
		first <- lines.Text()
	}
	close(first)
	for lines.Scan() {
		if lines.Text() == "primary" {
			s.m.elected(p.rank)
		}
	}
	_ = p.cmd.Wait() // killed is how most of them end
	p.died = s.m.now()
	close(p.ended)
}

// introduce tells p who is alive and that this is all; the others learn of p from p.
func (s *set) introduce(p *process) error {
	var b strings.Builder
	for _, q := range s.alive() {
		if q != p {
			fmt.Fprintf(&b, "peer %d %s\n", q.rank, q.addr)
		}
	}
	b.WriteString("start\n")
	if _, err := io.WriteString(p.stdin, b.String()); err != nil {
		return fmt.Errorf("member %d does not start: %w", p.rank, err)
	}
	return nil
}

// agree waits until every member that lives names all the others and the same primary.
func (s *set) agree(ctx context.Context) error {
	alive := s.alive()
	quiet := newMeter() // the parent's own questions are no client's
	return until(ctx, "the members to agree on a primary", func() bool {
		for _, p := range alive {
			a, err := ask(ctx, quiet, p.addr)
			if err != nil || len(a.hosts) != len(alive) || a.primary != alive[0].addr {
				return false
			}
		}
		return true
	})
}

// alive returns the members that live, lowest rank first: the first is the primary, or will be.
func (s *set) alive() []*process {
	var ps []*process
	for _, p := range s.all {
		select {
		case <-p.ended:
		default:
			ps = append(ps, p)
		}
	}
	return ps
}

// kill ends a member as nothing but the kernel can, and returns when it is gone.
func (s *set) kill(p *process) error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("member %d: %w", p.rank, err)
	}
	<-p.ended
	return nil
}

// stop ends all members and removes their journals. A closed stdin is the order to leave; who does not is
// killed.
func (s *set) stop() {
	for _, p := range s.all {
		p.stdin.Close()
	}
	patience, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	for _, p := range s.all {
		select {
		case <-p.ended:
		case <-patience.Done():
			_ = s.kill(p)
		}
	}
	os.RemoveAll(s.dir)
}

// until polls a fact about other processes, which nobody announces, until it holds or ctx ends.
func until(ctx context.Context, what string, holds func() bool) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("waited for %s: %w", what, context.Cause(ctx))
		}
	}
	return nil
}

// pause waits, unless ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
