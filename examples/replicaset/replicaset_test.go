package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
)

// The test binary is the program too, and its members: these say which.
const (
	programEnv = "PETIOLE_REPLICASET_PROGRAM"
	brokenEnv  = "PETIOLE_REPLICASET_BROKEN" // a member that ends before its first word
)

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(memberEnv) != "" && os.Getenv(brokenEnv) != "":
		os.Exit(3)
	case os.Getenv(memberEnv) != "":
		os.Exit(memberMain(os.Getenv(memberEnv)))
	case os.Getenv(programEnv) != "":
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	testkit.Main(m)
}

// program is the example as a child. Its members inherit its stderr, so Wait returns when all of them have
// gone too, and fails with exec.ErrWaitDelay if one is left.
func program(t *testing.T, args ...string) (cmd *exec.Cmd, stderr *bytes.Buffer) {
	if err := supported(); err != nil {
		t.Skip(err)
	}
	exe, err := os.Executable()
	require.NoError(t, err)
	stderr = new(bytes.Buffer)
	cmd = exec.CommandContext(t.Context(), exe, args...)
	cmd.Env = append(os.Environ(), programEnv+"=1")
	cmd.Stderr = stderr
	cmd.WaitDelay = 20 * time.Second
	return cmd, stderr
}

// The claims, from the numbers: not from the program's own verdict, which must agree by its exit code.
func TestReplicasetClaims(t *testing.T) {
	for _, members := range []int{3, 1, 2, 5} {
		t.Run(strconv.Itoa(members), func(t *testing.T) {
			if members != 3 && testing.Short() {
				t.Skip("short")
			}
			t.Parallel()
			const senders = 300 // each claim holds for any number; 1,000 take longer under the race detector
			dir := t.TempDir()
			numbers, page := filepath.Join(dir, "numbers"), filepath.Join(dir, "page")
			cmd, stderr := program(t, "-members", strconv.Itoa(members), "-senders", strconv.Itoa(senders),
				"-limit", "1m", "-json", numbers, "-html", page)
			stdout, err := cmd.Output()
			require.NoError(t, err, "%s%s", stdout, stderr)
			require.Empty(t, stderr.String())

			text, err := os.ReadFile(numbers)
			require.NoError(t, err)
			var rs []result
			require.NoError(t, json.Unmarshal(text, &rs))
			require.Len(t, rs, 4)
			for _, r := range rs {
				require.Equal(t, members, r.Discovered, r.Client)
				require.Zero(t, r.Journals.Lost, r.Client)
				require.Zero(t, r.Journals.OutOfOrder, r.Client)
				require.GreaterOrEqual(t, r.Journals.Acked, 2*senders, "%s: before the kill and after", r.Client)
				require.Zero(t, r.LeftOpen, r.Client)
				require.Positive(t, r.Recovered, r.Client)
			}
			herd, mutex, fast, waits := rs[0], rs[1], rs[2], rs[3]
			require.Positive(t, herd.LookupFailures)
			require.GreaterOrEqual(t, herd.FailoverRefreshes, int64(senders/2))
			require.Zero(t, mutex.LookupFailures)
			require.GreaterOrEqual(t, mutex.LineOfSenders, int64(senders/2))
			require.Positive(t, mutex.LineOfReaders)
			for _, r := range []result{fast, waits} {
				require.EqualValues(t, 1, r.ForPrimary, "refreshes for one failover")
				require.Zero(t, r.LookupFailures)
				require.Zero(t, r.ReadErrors)
				require.Zero(t, r.LineOfReaders)
				require.GreaterOrEqual(t, r.ReadsMeanwhile, r.Readers)
				require.LessOrEqual(t, r.ReachedAfter, int64(1))
				require.True(t, r.StayedOpen, "under its reader")
				require.True(t, r.ClosedAfter, "its last reader")
				require.Zero(t, r.ClosedUnderReader)
			}
			require.EqualValues(t, 1, fast.Asked, "of %d reports", fast.Reports)
			require.LessOrEqual(t, waits.Asked, int64(1))
			require.Zero(t, fast.LineOfSenders)
			require.Positive(t, fast.Errors)
			require.Zero(t, waits.Errors)
			requirePage(t, page)
		})
	}
}

// The timeline shows all four and needs nothing from elsewhere.
func requirePage(t *testing.T, name string) {
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	page := string(text)
	for _, d := range designs {
		require.Contains(t, page, "<h3>"+d.name+"</h3>")
	}
	require.Equal(t, 6*len(designs), strings.Count(page, "<svg"), "lanes")
	for _, foreign := range []string{"://", "src=", "@import", "<link", "<script"} {
		require.NotContains(t, page, foreign)
	}
}

// However the program is ended, no member outlives it.
func TestReplicasetEndedLeavesNoMember(t *testing.T) {
	for _, sig := range []os.Signal{os.Interrupt, os.Kill} {
		t.Run(sig.String(), func(t *testing.T) {
			if sig == os.Interrupt && runtime.GOOS == "windows" {
				t.Skip("nobody can send it there")
			}
			t.Parallel()
			cmd, stderr := program(t, "-senders", "100", "-limit", "1m")
			stdout, err := cmd.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			_, err = bufio.NewReader(stdout).ReadString('\n') // the first line is printed when a set is up
			require.NoError(t, err)
			require.NoError(t, cmd.Process.Signal(sig))
			require.NotErrorIs(t, cmd.Wait(), exec.ErrWaitDelay)
			if sig == os.Interrupt {
				require.Equal(t, 1, cmd.ProcessState.ExitCode())
				require.Equal(t, 1, strings.Count(stderr.String(), "\n"), stderr)
				require.Contains(t, stderr.String(), "interrupt")
			}
		})
	}
}

// A port that somebody has is an error that names it, and the member that had started is gone.
func TestReplicasetPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	cmd, stderr := program(t, "-port", strconv.Itoa(port-1)) // the second member's
	err = cmd.Run()
	require.NotErrorIs(t, err, exec.ErrWaitDelay)
	require.Equal(t, 1, cmd.ProcessState.ExitCode(), stderr)
	require.Equal(t, 1, strings.Count(stderr.String(), "\n"), stderr)
	require.Contains(t, stderr.String(), "does not start")
	require.Contains(t, stderr.String(), "-port")
}

// A member that does not start ends the program, which says so in one line and leaves none of the others.
func TestReplicasetMemberDoesNotStart(t *testing.T) {
	t.Setenv(brokenEnv, "1")
	cmd, stderr := program(t)
	err := cmd.Run()
	require.NotErrorIs(t, err, exec.ErrWaitDelay)
	require.Equal(t, 1, cmd.ProcessState.ExitCode(), stderr)
	require.Equal(t, 1, strings.Count(stderr.String(), "\n"), stderr)
	require.Contains(t, stderr.String(), "member 0 does not start")
}

// A sample more is a new average in a new node; the published one keeps every sample, also where its slice
// has room for another.
func TestNodeWithPing(t *testing.T) {
	room := append(make([]time.Duration, 0, 16), 1, 2, 3, 4, 5)
	n := &node{pings: room}
	next := n.withPing(6)
	require.Equal(t, []time.Duration{1, 2, 3, 4, 5, 0}, room[:6])
	require.EqualValues(t, 3, n.ping())
	require.Equal(t, []time.Duration{2, 3, 4, 5, 6}, next.pings)
	require.EqualValues(t, 4, next.ping())
	require.Equal(t, []time.Duration{7}, new(node).withPing(7).pings)
}

// A bad flag is one line that says what would be right, and exit code 2.
func TestReplicasetBadFlags(t *testing.T) {
	for args, right := range map[string]string{
		"-members 0":        "from 1 to 9",
		"-members 3,x":      "from 1 to 9, or several with commas between",
		"-senders many":     "from 100 to 10000",
		"-senders -5":       "from 100 to 10000",
		"-port 99999":       "from 1 to",
		"-interval 5":       "a duration from 100ms to 2s",
		"-election 1h":      "a duration from 200ms to 3s",
		"-limit 0":          "a duration from 5s to 10m0s",
		"-timeout 1s":       "-h lists",
		"-senders 100 more": "only flags",
		"-html":             "needs an argument",
	} {
		t.Run(args, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			require.Equal(t, 2, run(strings.Fields(args), &stdout, &stderr))
			require.Empty(t, stdout.String())
			require.Equal(t, 1, strings.Count(stderr.String(), "\n"))
			require.Contains(t, stderr.String(), right)
		})
	}
}

// A judge that never condemns proves nothing: each number that is wrong fails a claim of the design that it
// is wrong for.
func TestClaimsFail(t *testing.T) {
	good := result{Members: 3, Discovered: 3, Senders: 100, Readers: 20, ReadsMeanwhile: 20, Journals: audit{Acked: 1}}
	nest := good
	nest.ForPrimary, nest.StayedOpen, nest.ClosedAfter = 1, true, true
	goods := []result{good, good, nest, nest}
	goods[0].LookupFailures, goods[0].FailoverRefreshes = 1, 100
	goods[1].LineOfSenders, goods[1].LineOfReaders = 100, 1
	goods[2].Errors = 1
	goods[3].LineOfSenders = 1

	const all, naive, mutex, nests, fast, waits = "0123", "0", "1", "23", "2", "3"
	for wrong, c := range map[string]struct {
		designs string
		spoil   func(*result)
	}{
		"undiscovered":        {all, func(r *result) { r.Discovered = 2 }},
		"nothing acked":       {all, func(r *result) { r.Journals.Acked = 0 }},
		"lost":                {all, func(r *result) { r.Journals.Lost = 1 }},
		"out of order":        {all, func(r *result) { r.Journals.OutOfOrder = 1 }},
		"left open":           {all, func(r *result) { r.LeftOpen = 1 }},
		"no race":             {naive, func(r *result) { r.LookupFailures = 0 }},
		"no herd":             {naive, func(r *result) { r.FailoverRefreshes = 10 }},
		"half a table":        {mutex + nests, func(r *result) { r.LookupFailures = 1 }},
		"short line":          {mutex, func(r *result) { r.LineOfSenders = 10 }},
		"readers pass":        {mutex, func(r *result) { r.LineOfReaders = 0 }},
		"no refresh":          {nests, func(r *result) { r.ForPrimary = 0 }},
		"second refresh":      {nests, func(r *result) { r.ForPrimary = 2 }},
		"asked twice":         {nests, func(r *result) { r.Asked = 2 }},
		"reader waits":        {nests, func(r *result) { r.LineOfReaders = 1 }},
		"readers stop":        {nests, func(r *result) { r.ReadsMeanwhile = 0 }},
		"read failed":         {nests, func(r *result) { r.ReadErrors = 1 }},
		"reached late":        {nests, func(r *result) { r.ReachedAfter = 2 }},
		"closed early":        {nests, func(r *result) { r.StayedOpen = false }},
		"never closed":        {nests, func(r *result) { r.ClosedAfter = false }},
		"closed under reader": {nests, func(r *result) { r.ClosedUnderReader = 1 }},
		"sender waits":        {fast, func(r *result) { r.LineOfSenders = 1 }},
		"no error":            {fast, func(r *result) { r.Errors = 0 }},
		"error":               {waits, func(r *result) { r.Errors = 1 }},
	} {
		for i, d := range designs {
			r := goods[i]
			require.Zero(t, failed(&r, d), d.name)
			c.spoil(&r)
			if strings.Contains(c.designs, strconv.Itoa(i)) {
				require.Positive(t, failed(&r, d), "%s: %s", d.name, wrong)
			}
		}
	}
}

func failed(r *result, d design) (n int) {
	for _, c := range append(commonClaims(r), d.claims(r)...) {
		if !c.OK {
			n++
		}
	}
	return n
}
