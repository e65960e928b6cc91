// Command readme puts the figure and the table of the newest kept run into README.md, between the
// lines <!-- bench:begin --> and <!-- bench:end -->:
//
//	go run ./bench/cmd/readme          writes them
//	go run ./bench/cmd/readme -check   fails if they are not what the kept run says
//
// Kept runs are files in benchstat's format in bench/results, named by date and machine
// (2026-01-31-linux-amd64-2cpu.txt), as go run ./bench leaves them in bench.txt.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/petiole-go/petiole/bench/compare"
	"github.com/petiole-go/petiole/bench/internal/report"
)

const (
	begin = "<!-- bench:begin -->"
	end   = "<!-- bench:end -->"

	figureOf = "table-read" // the comparison that is drawn
)

func main() {
	check := flag.Bool("check", false, "change nothing; fail if README.md or the figure is not what the kept run says")
	root := flag.String("root", ".", "the `directory` of the repository")
	flag.Parse()
	if err := run(*root, *check); err != nil {
		fmt.Fprintln(os.Stderr, "readme:", err)
		os.Exit(1)
	}
}

var (
	errNoMarkers = fmt.Errorf("README.md has no lines %s and %s", begin, end)
	errNoResults = errors.New("no kept run in bench/results; copy a bench.txt there, named like 2026-01-31-linux-amd64-2cpu.txt")
)

func run(root string, check bool) error {
	path, err := newest(filepath.Join(root, "bench", "results"))
	if err != nil {
		return err
	}
	block, figure, err := render(path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	readme := filepath.Join(root, "README.md")
	text, err := os.ReadFile(readme)
	if err != nil {
		return err
	}
	want, err := splice(string(text), block)
	if err != nil {
		return err
	}
	files := map[string][]byte{readme: []byte(want), figurePath(path): figure}
	for name, content := range files {
		if !check {
			err = os.WriteFile(name, content, 0o644)
		} else if is, _ := os.ReadFile(name); !bytes.Equal(is, content) {
			err = fmt.Errorf("%s is not what %s says; run go run ./bench/cmd/readme", name, path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// newest is the kept run with the latest date in its name.
func newest(dir string) (string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(paths) == 0 {
		return "", errors.Join(errNoResults, err)
	}
	return slices.Max(paths), nil
}

func figurePath(results string) string { return strings.TrimSuffix(results, ".txt") + ".svg" }

// render makes the Markdown block and the figure of a kept run.
func render(path string) (block string, figure []byte, err error) {
	b, err := report.ReadBench(path)
	if err != nil {
		return "", nil, err
	}
	cs, err := b.Build(compare.Comparisons())
	if err != nil {
		return "", nil, err
	}
	cpus, err := strconv.Atoi(b.Config["cpus"])
	if err != nil {
		return "", nil, fmt.Errorf("the line cpus: %w", err)
	}
	c, t, err := report.Figure(cs, figureOf, cpus)
	if err != nil {
		return "", nil, err
	}
	var svg bytes.Buffer
	if err := report.WriteFigure(&svg, c, t); err != nil {
		return "", nil, err
	}
	date, _, _ := strings.Cut(b.Config["date"], "T")
	block = fmt.Sprintf("![%s: %s](bench/results/%s)\n\n%s (%s, GOMAXPROCS=%d; circle p50, diamond p99, square p99.9.)\n\n%s\n%s\n\nMedians of a run of `%s` on %s, %s CPUs, %s/%s, %s, %s: [samples](bench/results/%s).\n",
		c.Name, t.Shape, filepath.Base(figurePath(path)), c.Question, t.Shape, t.Procs, report.Markdown(cs, cpus), howToRead,
		b.Config["command"], b.Config["cpu"], b.Config["cpus"], b.Config["goos"], b.Config["goarch"], b.Config["go"], date, filepath.Base(path))
	return block, svg.Bytes(), nil
}

// howToRead is what the table needs beside it.
const howToRead = `"No difference" is what the samples cannot tell from chance, however far apart the medians
([how](bench/README.md)). Floor is no rival: the same writer, with nothing shared, so it is what the machine does to
a reader by itself. RWMutex and Mutex rebuild their table in place under the lock, RWMutex-swap locks only to swap in
a new one. Refcount is written by hand and notices no misuse. On one processor a reader waits for the writer's turn
whatever the lock, and one that decodes in place has less to do than one that makes a new map.`

// splice replaces what is between the markers.
func splice(text, block string) (string, error) {
	head, rest, ok := strings.Cut(text, begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return "", errNoMarkers
	}
	return head + begin + "\n" + block + end + tail, nil
}
