package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// memberEnv marks a process as a member and carries its memberConfig: the program starts itself again for
// each member, so it needs no second binary, under `go run` and `go test` too.
const memberEnv = "PETIOLE_REPLICASET_MEMBER"

type memberConfig struct {
	Rank     int
	Listen   string        // host:port; port 0: any
	Journal  string        // the file that takes the inserts
	Election time.Duration // how long the set is without a primary
	Lifetime time.Duration // the member ends by itself after it: nothing outlives a parent that hangs
}

// member is one process of the set. Its parent holds the other end of stdin and stdout:
//
//	stdout   listening ADDR | failed WHY      then: primary, when it is elected
//	stdin    peer RANK ADDR ..., start        then: silence; its end (the parent closed it, or died) is ours too
type member struct {
	cfg      memberConfig
	election *election
	journal  *os.File
}

// memberMain runs the member that env describes and returns the exit code.
func memberMain(env string) int {
	signal.Ignore(os.Interrupt) // a terminal sends Ctrl-C to all; the parent must end us, so that it knows when
	var cfg memberConfig
	if err := json.Unmarshal([]byte(env), &cfg); err != nil {
		fmt.Printf("failed %v\n", err)
		return 1
	}
	time.AfterFunc(cfg.Lifetime, func() { os.Exit(1) })
	journal, err := os.OpenFile(cfg.Journal, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		fmt.Printf("failed %v\n", err)
		return 1
	}
	l, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		fmt.Printf("failed %v\n", err)
		return 1
	}
	addr := l.Addr().String()
	m := &member{cfg: cfg, journal: journal}
	m.election = newElection(cfg.Rank, addr, cfg.Election, func() { fmt.Println("primary") })
	go m.serve(l)
	fmt.Printf("listening %s\n", addr)
	m.obey(os.Stdin)
	os.RemoveAll(filepath.Dir(cfg.Journal)) // the parent has read the journals, or is dead
	return 0
}

// obey takes the parent's words until they end.
func (m *member) obey(r io.Reader) {
	for lines := bufio.NewScanner(r); lines.Scan(); {
		words := strings.Fields(lines.Text())
		switch {
		case len(words) == 3 && words[0] == "peer":
			if rank, err := strconv.Atoi(words[1]); err == nil {
				m.election.meet(rank, words[2])
			}
		case len(words) == 1 && words[0] == "start":
			m.election.start()
		}
	}
}

func (m *member) serve(l net.Listener) {
	for {
		nc, err := l.Accept()
		if err != nil {
			time.Sleep(5 * time.Millisecond) // out of descriptors: some come back when the herd has passed
			continue
		}
		go m.talk(nc)
	}
}

// talk answers one connection, line by line, until its peer closes it.
func (m *member) talk(nc net.Conn) {
	defer nc.Close()
	r := bufio.NewReaderSize(nc, maxLine)
	for {
		line, err := readLine(r)
		if err != nil {
			return
		}
		if _, err := io.WriteString(nc, m.answer(strings.Fields(line))+"\n"); err != nil {
			return
		}
	}
}

func (m *member) answer(words []string) string {
	switch {
	case len(words) == 1 && words[0] == "ismaster":
		primary, alive := m.election.view()
		if primary == "" {
			primary = "-"
		}
		return fmt.Sprintf("ok %d %s %s", m.cfg.Rank, primary, strings.Join(alive, " "))
	case len(words) == 3 && words[0] == "insert":
		return m.insert(words[1], words[2])
	case len(words) == 1 && words[0] == "read":
		return fmt.Sprintf("ok %d", m.cfg.Rank)
	case len(words) == 3 && words[0] == "hello":
		rank, err := strconv.Atoi(words[1])
		if err != nil {
			return "error " + err.Error()
		}
		m.election.meet(rank, words[2])
		return "ok"
	}
	return "error what?"
}

// insert acknowledges what is written: a write that has returned survives SIGKILL of the writer (not of the
// machine), so whatever a client holds an "ok" for is found in a journal afterwards.
func (m *member) insert(sender, seq string) string {
	if !m.election.isPrimary() {
		return "error " + notPrimary
	}
	if _, err := fmt.Fprintf(m.journal, "%s %s\n", sender, seq); err != nil { // one write: O_APPEND keeps lines whole
		return "error " + err.Error()
	}
	return "ok"
}
