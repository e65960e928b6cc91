package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The line protocol: one line asks, one line answers ("ok ..." or "error ..."), and a connection carries
// any number of such pairs.
//
//	ismaster                 ok RANK PRIMARY ADDR ADDR ...   its rank, the primary's address or -, who is alive
//	insert SENDER SEQ        ok                              after the write; "error not primary" elsewhere
//	read                     ok RANK                         any member
//	hello RANK ADDR          ok                              from member to member: the link stays open
const (
	maxLine    = 4096            // bytes; the longest is an ismaster reply, 22 bytes a member
	ioTimeout  = 5 * time.Second // of one request: far beyond what loopback takes, so only a hung peer meets it
	notPrimary = "not primary"
)

// errRefused is an answer that says no: the connection is sound, the request was not carried out.
type errRefused string

func (e errRefused) Error() string { return "refused: " + string(e) }

// conn is a client's end of a connection. One goroutine at a time.
type conn struct {
	net.Conn
	r       *bufio.Reader
	onClose func() // counts; run once
}

func dial(ctx context.Context, addr string) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, ioTimeout)
	defer cancel()
	nc, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: nc, r: bufio.NewReaderSize(nc, maxLine), onClose: func() {}}, nil
}

func (c *conn) Close() error {
	c.onClose()
	return c.Conn.Close()
}

// roundTrip sends one line and returns the words after "ok". After an error that is not an errRefused the
// connection is of no more use: an answer may still be under way on it.
func (c *conn) roundTrip(ctx context.Context, request string) (words []string, err error) {
	deadline, ok := ctx.Deadline()
	if latest := time.Now().Add(ioTimeout); !ok || deadline.After(latest) {
		deadline = latest
	}
	if err := c.SetDeadline(deadline); err != nil {
		return nil, err
	}
	if _, err := c.Write([]byte(request + "\n")); err != nil {
		return nil, err
	}
	line, err := readLine(c.r)
	if err != nil {
		return nil, err
	}
	words = strings.Fields(line)
	switch {
	case len(words) > 0 && words[0] == "ok":
		return words[1:], nil
	case len(words) > 1 && words[0] == "error":
		return nil, errRefused(strings.Join(words[1:], " "))
	}
	return nil, fmt.Errorf("not an answer: %q", line)
}

// readLine bounds a line by the reader's buffer: a peer that never ends its line cannot fill the memory.
func readLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", fmt.Errorf("a line of more than %d bytes", maxLine)
	}
	return strings.TrimSpace(string(line)), err
}

// answer is what one member says of itself and of its set.
type answer struct {
	addr    string
	rank    int
	primary string   // its address; "": none, they are electing
	hosts   []string // who is alive, the member that answers included
	took    time.Duration
}

func (a answer) isPrimary() bool { return a.primary == a.addr }

// ask opens a connection of its own for one ismaster, as every client here does: what differs between the
// four designs is only how often, and by how many goroutines at once.
func ask(ctx context.Context, m *meter, addr string) (answer, error) {
	c, err := m.dial(ctx, addr)
	if err != nil {
		return answer{}, err
	}
	defer c.Close()
	begin := time.Now()
	words, err := c.roundTrip(ctx, "ismaster")
	if err != nil {
		return answer{}, err
	}
	if len(words) < 3 {
		return answer{}, fmt.Errorf("%s: short ismaster reply %q", addr, words)
	}
	rank, err := strconv.Atoi(words[0])
	if err != nil {
		return answer{}, fmt.Errorf("%s: ismaster: %w", addr, err)
	}
	return answer{
		addr:    addr,
		rank:    rank,
		primary: strings.TrimPrefix(words[1], "-"),
		hosts:   words[2:],
		took:    time.Since(begin),
	}, nil
}

// read asks through a pool, or whatever has its call, for the rank of the member that answers.
func read(ctx context.Context, from interface {
	call(ctx context.Context, request string) ([]string, error)
}) (rank int, err error) {
	words, err := from.call(ctx, "read")
	if err != nil {
		return 0, err
	}
	if len(words) != 1 {
		return 0, fmt.Errorf("short read reply %q", words)
	}
	return strconv.Atoi(words[0])
}

// walk asks every address that is known, and every address that an answer names, once; the seeds if nobody
// answered. From one seed that answers it finds the whole set.
func walk(ctx context.Context, m *meter, known, seeds []string, found func(answer)) {
	var todo []string
	note := func(addrs []string) {
		for _, addr := range addrs {
			if !slices.Contains(todo, addr) {
				todo = append(todo, addr)
			}
		}
	}
	note(known)
	answered := false
	for i := 0; ctx.Err() == nil; i++ {
		if i == len(todo) && !answered {
			note(seeds)
		}
		if i == len(todo) {
			return
		}
		a, err := ask(ctx, m, todo[i])
		if err != nil {
			continue // dead, or never alive: the others know who else there is
		}
		answered = true
		found(a)
		note(a.hosts)
	}
}
