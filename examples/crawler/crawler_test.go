package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
)

// The test binary is the program too: this says so.
const programEnv = "PETIOLE_CRAWLER_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programEnv) != "" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	testkit.Main(m)
}

// program is the example as a child.
func program(t *testing.T, args ...string) (cmd *exec.Cmd, stderr *bytes.Buffer) {
	if runtime.GOOS == "js" || runtime.GOOS == "wasip1" {
		t.Skip("there are no processes")
	}
	exe, err := os.Executable()
	require.NoError(t, err)
	stderr = new(bytes.Buffer)
	cmd = exec.CommandContext(t.Context(), exe, args...)
	cmd.Env = append(os.Environ(), programEnv+"=1")
	cmd.Stderr = stderr
	return cmd, stderr
}

// small is the smallest site for so many workers: four chapters of a contents page, 16 sections and 33 pages.
var small = strings.Fields("-pages 200 -workers 4 -inflight 3 -capacity 4 -limit 1m")

// The claims, from the numbers: not from the program's own verdict, which must agree by its exit code.
func TestCrawlerClaims(t *testing.T) {
	t.Parallel()
	args := []string{"-limit", "1m"}
	if testing.Short() {
		args = small
	}
	o, _, err := parse(args)
	require.NoError(t, err)
	numbers := filepath.Join(t.TempDir(), "numbers")
	cmd, stderr := program(t, append(args, "-json", numbers)...)
	stdout, err := cmd.Output()
	require.NoError(t, err, "%s%s", stdout, stderr)
	require.Empty(t, stderr.String())

	text, err := os.ReadFile(numbers)
	require.NoError(t, err)
	var rs []result
	require.NoError(t, json.Unmarshal(text, &rs))
	require.Len(t, rs, 4)
	for _, r := range rs {
		require.Zero(t, r.Again, r.Crawler)
		require.Zero(t, r.Failed, r.Crawler)
		require.Zero(t, r.Connections, r.Crawler)
		require.Zero(t, r.Goroutines, r.Crawler)
	}
	empty, channel, goroutines, spider := rs[0], rs[1], rs[2], rs[3]
	require.Positive(t, empty.Missed)
	require.EqualValues(t, o.workers, channel.Sending)
	require.Equal(t, o.capacity, channel.InChannel)
	require.Positive(t, channel.Missed)
	require.Greater(t, goroutines.MostInFlight, o.inflight)
	for _, r := range []result{goroutines, spider} {
		require.Equal(t, o.pages, r.Fetched, r.Crawler)
		require.EqualValues(t, o.pages, r.Got, r.Crawler)
		require.Equal(t, o.pages/perMissing, r.NotFound, r.Crawler)
		require.Equal(t, r.Fetched+r.NotFound, r.Requests, r.Crawler)
		require.Zero(t, r.Working, r.Crawler)
	}
	require.Zero(t, spider.Unfinished)
	for _, r := range []result{empty, channel, spider} {
		require.LessOrEqual(t, r.MostInFlight, o.inflight, r.Crawler)
	}
	require.Greater(t, spider.MostInFlight, 1)
}

// Ctrl-C in the middle of a crawl: one line that says so, and exit code 1.
func TestCrawlerInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("nobody can send it there")
	}
	t.Parallel()
	cmd, stderr := program(t, append(small, "-latency", "50ms")...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "queue and Join") {
	}
	require.NoError(t, cmd.Process.Signal(os.Interrupt)) // it takes three seconds more
	for lines.Scan() {
		require.NotContains(t, lines.Text(), "ok", "it was not interrupted")
	}
	require.Error(t, cmd.Wait())
	require.Equal(t, 1, cmd.ProcessState.ExitCode(), stderr)
	require.Equal(t, 1, strings.Count(stderr.String(), "\n"), stderr)
	require.Contains(t, stderr.String(), "interrupt")
}

// A crawl whose context ends says so, whichever crawler it is, and leaves no goroutine: TestMain looks.
func TestCrawlerContextEnds(t *testing.T) {
	o, _, err := parse(append(small, "-latency", "1s"))
	require.NoError(t, err)
	for _, d := range designs {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond) // the front page takes a second
			defer cancel()
			_, err := play(ctx, o, d, func(string) {})
			require.ErrorIs(t, err, context.DeadlineExceeded)
		})
	}
}

// late is a context of which Err tells that it has ended, and Done does not yet.
type late struct {
	context.Context
	ended *atomic.Bool
}

func (late) Done() <-chan struct{} { return nil }

func (c late) Err() error {
	if c.ended.Load() {
		return context.Canceled
	}
	return nil
}

// A worker that hears of the context's end before Join does puts no links, and finishes its page: the crawl is
// not complete, and spider says so.
func TestSpiderContextEndsBeforeJoinKnows(t *testing.T) {
	var ended atomic.Bool
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		ended.Store(true)
		w.Write([]byte(`<a href="/more">more</a>`))
	}))
	defer site.Close()
	o := options{workers: 1, inflight: 1}
	v, err := newVisitor(site.URL, o)
	require.NoError(t, err)
	defer v.close()
	var r result
	require.ErrorIs(t, spider(late{t.Context(), &ended}, v, o, &r), context.Canceled)
	require.EqualValues(t, 1, v.got.Load())
	require.Zero(t, r.Unfinished, "Join was right, in its way")
}

// Every page can be reached, from the page above it in the tree, whatever the order in which a crawler goes; and
// the harm has what it needs: wide contents pages, and half of the site behind the slow page.
func TestBook(t *testing.T) {
	orders := map[string]func(n int) int{
		"first in, first out": func(int) int { return 0 },
		"last in, first out":  func(n int) int { return n - 1 },
		"from the middle":     func(n int) int { return n / 2 },
	}
	for _, pages := range []int{100, 199, 1000, 1003} {
		b := book{pages}
		tree := map[string]string{"/": ""}
		for p := 1; p < pages; p++ {
			begin, _ := b.chapter(p)
			switch {
			case p == begin:
				tree[path(p)] = path(p - 1)
			case p <= begin+b.sections(p):
				tree[path(p)] = path(begin)
			default:
				tree[path(p)] = path(b.section(p))
			}
		}
		for name, next := range orders {
			foundOn, gone := b.walk(next, "")
			for address := range foundOn {
				if _, ok := b.find(address); !ok {
					require.True(t, strings.HasPrefix(address, missingPath), address)
					delete(foundOn, address)
				}
			}
			require.Equal(t, tree, foundOn, "%d, %s", pages, name)
			require.Equal(t, b.missing(), gone, "%d, %s", pages, name)
			before, _ := b.walk(next, path(b.slow()))
			require.LessOrEqual(t, len(before), pages/2+1+b.missing(), "%d, %s: what is found without the slow page", pages, name)
		}
		for p := 0; p < pages; {
			begin, size := b.chapter(p)
			require.Equal(t, p, begin)
			require.Greater(t, len(b.links(p)), b.sections(0))
			p += size
		}
	}
}

// walk follows all links, taking the page of those found that next says, but that at without. It returns on
// which page each address was found, and how many are missing.
func (b book) walk(next func(n int) int, without string) (foundOn map[string]string, missing int) {
	foundOn = map[string]string{"/": ""}
	for frontier := []string{"/"}; len(frontier) > 0; {
		i := next(len(frontier))
		page := frontier[i]
		frontier = append(frontier[:i:i], frontier[i+1:]...)
		p, found := b.find(page)
		if !found {
			missing++
		}
		if !found || page == without {
			continue
		}
		for _, to := range b.links(p) {
			to, _, _ = strings.Cut(to, "#")
			if _, seen := foundOn[to]; !seen {
				foundOn[to] = page
				frontier = append(frontier, to)
			}
		}
	}
	return foundOn, missing
}

// A bad flag is one line that says what would be right, and exit code 2.
func TestCrawlerBadFlags(t *testing.T) {
	for args, right := range map[string]string{
		"-pages 0":                             "from 100 to 10000",
		"-pages many":                          "from 100 to 10000",
		"-pages 771":                           "at least -pages 772",
		"-workers 1":                           "from 2 to 256",
		"-workers 32":                          "at least -pages 1156",
		"-inflight 17":                         "at most as many",
		"-inflight 0":                          "from 1 to 256",
		"-inflight 16 -latency 3ms":            "from 5ms to 1s",
		"-inflight 64 -workers 64 -pages 2000": "at least -latency 12.8ms",
		"-workers 256 -capacity 320":           "at least -pages 9988",
		"-capacity 0":                          "from 1 to 320",
		"-latency 5":                           "a duration from 5ms to 1s",
		"-limit 0":                             "a duration from 5s to 10m0s",
		"-timeout 1s":                          "-h lists",
		"-pages 1000 more":                     "only flags",
		"-json":                                "needs an argument",
	} {
		t.Run(args, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			require.Equal(t, 2, run(strings.Fields(args), &stdout, &stderr))
			require.Empty(t, stdout.String())
			require.Equal(t, 1, strings.Count(stderr.String(), "\n"))
			require.Contains(t, stderr.String(), right)
		})
	}
	_, _, err := parse([]string{"-pages", "772"})
	require.NoError(t, err, "what the error proposes")
}

// A judge that never condemns proves nothing: each number that is wrong fails a claim of the crawler that it is
// wrong for.
func TestClaimsFail(t *testing.T) {
	good := result{Pages: 10, Fetched: 10, Got: 10, Missing: 2, NotFound: 2, Requests: 12, Workers: 4, Limit: 3, MostInFlight: 3, Capacity: 5}
	goods := []result{good, good, good, good}
	const empty, channel, goroutines, spider = "0", "1", "2", "3"
	goods[0].Missed = 1
	goods[1].Missed, goods[1].Sending, goods[1].InChannel = 1, 4, 5
	goods[2].MostInFlight = 4
	for wrong, c := range map[string]struct {
		designs string
		spoil   func(*result)
	}{
		"twice":            {"0123", func(r *result) { r.Again = 1 }},
		"failed":           {"0123", func(r *result) { r.Failed = 1 }},
		"connection left":  {"0123", func(r *result) { r.Connections = 1 }},
		"goroutine left":   {"0123", func(r *result) { r.Goroutines = 1 }},
		"none missed":      {empty + channel, func(r *result) { r.Missed = 0 }},
		"one receives":     {channel, func(r *result) { r.Sending = 3 }},
		"room in channel":  {channel, func(r *result) { r.InChannel = 4 }},
		"polite":           {goroutines, func(r *result) { r.MostInFlight = 3 }},
		"rude":             {empty + channel + spider, func(r *result) { r.MostInFlight = 4 }},
		"one at a time":    {goroutines + spider, func(r *result) { r.MostInFlight = 1 }},
		"missed":           {goroutines + spider, func(r *result) { r.Missed, r.Fetched = 1, 9 }},
		"not read":         {goroutines + spider, func(r *result) { r.Got = 9 }},
		"link not tried":   {goroutines + spider, func(r *result) { r.NotFound = 1 }},
		"unfinished":       {goroutines + spider, func(r *result) { r.Unfinished = 1 }},
		"worker at a page": {goroutines + spider, func(r *result) { r.Working = 1 }},
	} {
		for i, d := range designs {
			r := goods[i]
			require.Zero(t, failed(&r, d), d.name)
			c.spoil(&r)
			if strings.Contains(c.designs, string(rune('0'+i))) {
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
