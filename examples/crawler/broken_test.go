package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
)

// A build with faults, by -overlay, must fail by the claims that are about them. (One build, for the time that a
// build takes; which fault it has is told to it.)
func TestCrawlerBrokenBuild(t *testing.T) {
	t.Parallel()
	const (
		imports  = "import (\n"
		withOS   = "import (\n\t\"os\"\n"
		taskDone = "\t\tdefer frontier.TaskDone()"
		noted    = "\t\t\tv.seen[to] = true\n"
		got      = "\tv.got.Add(1)\n"
		release  = "\t\tdefer permit.Release()\n"
	)
	is := func(fault string) string { return "os.Getenv(\"FAULT\") == \"" + fault + "\"" }
	overlay := testkit.Overlay(t,
		testkit.Change{File: "spider.go", Old: imports, New: withOS},
		testkit.Change{File: "fetch.go", Old: imports, New: withOS},
		testkit.Change{File: "spider.go", Old: taskDone, New: "if " + is("finished early") + " { frontier.TaskDone() } else { defer frontier.TaskDone() }"},
		testkit.Change{File: "spider.go", Old: "\tfrontier.Close()", New: "if " + is("nobody goes home") + " { return nil }\nfrontier.Close()"},
		testkit.Change{File: "fetch.go", Old: noted, New: "if " + is("noted late") + " { fresh = append(fresh, to); continue }\n" + noted},
		testkit.Change{File: "fetch.go", Old: got, New: got + "if " + is("noted late") + " { v.mu.Lock(); v.seen[page] = true; v.mu.Unlock() }\n"},
		testkit.Change{File: "fetch.go", Old: release, New: "if " + is("rude") + " { permit.Release() }\n" + release},
	)
	bin := filepath.Join(t.TempDir(), "broken.exe")
	text, err := testkit.Go(t, nil, "build", "-overlay", overlay, "-o", bin, ".")
	require.NoError(t, err, text)
	wants := map[string]string{
		"finished early":   "FAILED every page was fetched",
		"nobody goes home": "FAILED nothing is left behind: 0 connections, 4 goroutines",
		"noted late":       "FAILED nothing was asked for twice",
		"rude":             "FAILED never more than 3 requests",
		"":                 "ok     every page was fetched", // as it is
	}
	var out sync.Map
	var all sync.WaitGroup // all at once, they mostly wait
	for fault := range wants {
		all.Go(func() {
			cmd := exec.CommandContext(t.Context(), bin, small...)
			cmd.Env = append(os.Environ(), "FAULT="+fault)
			text, _ := cmd.CombinedOutput()
			out.Store(fault, fmt.Sprintf("%s%v", text, cmd.ProcessState))
		})
	}
	all.Wait()
	for fault, want := range wants {
		got, _ := out.Load(fault)
		status := "exit status 1"
		if fault == "" {
			status = "exit status 0"
		}
		require.Contains(t, got, want, fault)
		require.Contains(t, got, status, fault)
	}
}
