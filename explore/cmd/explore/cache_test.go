package main

import (
	"archive/zip"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const toolkit = "github.com/petiole-go/petiole"

// Where the toolkit is in the module cache, as most users have it, its packages are
// rewritten and the shims found too; a trace names the lines there, not of the copies.
func TestFromCache(t *testing.T) {
	builds(t)
	t.Parallel()
	dir := t.TempDir()
	env := []string{
		"GOPROXY=file://" + filepath.ToSlash(proxy(t)), "GOSUMDB=off",
		"GOMODCACHE=" + filepath.Join(dir, "cache"), "GOFLAGS=-modcacherw", "GOWORK=off",
	}
	m := filepath.Join(dir, "m")
	require.NoError(t, os.Mkdir(m, 0o700))
	gomod := "module example.com/m\n\ngo 1.26.0\n\nrequire " + toolkit + " v0.0.1\n"
	require.NoError(t, os.WriteFile(filepath.Join(m, "go.mod"), []byte(gomod), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(m, "x_test.go"), []byte(`package m

import (
	"testing"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/rcu"
)

func TestExploreStore(t *testing.T) {
	explore.Check(t, explore.Options{}, func(s *explore.S) {
		var c rcu.Cell[int]
		c.Store(new(0))
		for _, name := range []string{"a", "b"} {
			s.Go(name, func() { c.Store(new(*c.Load() + 1)) })
		}
		s.End(func() { s.Assert(*c.Load() == 2, "an update is lost") })
	})
}
`), 0o600))
	gocmd(t, m, env, "mod", "download", toolkit)
	r := explore(t, m, env, "-html", t.TempDir(), ".")
	require.Equal(t, map[string]string{"m.TestExploreStore": "FAILED: assertion"}, r.ends(), "%s%s", r.stdout, r.stderr)
	require.Regexp(t, `(?m)^ +\d+  [ab]  Lock #\d+ +rcu/cell\.go:\d+$`, r.scenarios["m.TestExploreStore"].failure)
	require.NotContains(t, r.stdout, "petiole-explore-")
}

// proxy makes a module proxy that has the toolkit as v0.0.1: what is in this
// directory's module, tests and other modules apart.
func proxy(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	versions := filepath.Join(dir, filepath.FromSlash(toolkit), "@v")
	require.NoError(t, os.MkdirAll(versions, 0o700))
	root := filepath.Join("..", "..", "..")
	gomod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(versions, "v0.0.1.mod"), gomod, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(versions, "v0.0.1.info"), []byte(`{"Version":"v0.0.1"}`), 0o600))
	file, err := os.Create(filepath.Join(versions, "v0.0.1.zip"))
	require.NoError(t, err)
	defer file.Close()
	w := zip.NewWriter(file)
	require.NoError(t, fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			_, err := os.Stat(filepath.Join(root, name, "go.mod"))
			if name != "." && (err == nil || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")) {
				return fs.SkipDir
			}
			return nil
		case strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		entry, err := w.Create(toolkit + "@v0.0.1/" + name)
		if err != nil {
			return err
		}
		_, err = entry.Write(text)
		return err
	}))
	require.NoError(t, w.Close())
	return dir
}
