package report

import (
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/petiole-go/petiole/bench/internal/measure"
)

// The files of a run.
const (
	HTMLName  = "report.html"
	BenchName = "bench.txt"
)

// NewMeta describes this machine, and nothing that tells whose it is.
func NewMeta(procs []int, command string) Meta {
	return Meta{
		Date: time.Now(), GoVersion: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH,
		CPU: cpuModel(), NumCPU: runtime.NumCPU(), Procs: procs, Command: command, Seed: rand.Uint64(),
	}
}

// cpuModel is the processor's name where the system tells it in a file, else its architecture.
func cpuModel() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(info)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == "model name" {
			return strings.TrimSpace(v)
		}
	}
	return runtime.GOARCH
}

// Prepare makes the output directory and tries to write there, before anything is measured.
func Prepare(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}

// WriteFiles writes report.html and bench.txt.
func (d *Doc) WriteFiles(dir string, groups []*measure.Group) error {
	err := create(filepath.Join(dir, BenchName), func(w io.Writer) error { return WriteBench(w, d.Meta, groups) })
	if err != nil {
		return err
	}
	return create(filepath.Join(dir, HTMLName), d.WriteHTML)
}

func create(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// WriteJSON writes the whole document.
func (d *Doc) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(d)
}
