package petiole_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A command in README, CONTRIBUTING or TESTING is one that exists.
func TestDocumentsCommands(t *testing.T) {
	for _, c := range commands(t, "README.md", "CONTRIBUTING.md", "TESTING.md") {
		require.NoError(t, exists(c), c)
	}
	for _, broken := range []string{"go run ./bunch", "go run ./rcu", "bash .ci/ran", "rm -rf .", "go tool nothing"} {
		require.Error(t, exists(broken), broken)
	}
}

func commands(t *testing.T, documents ...string) (found []string) {
	for _, name := range documents {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, s := range sections(string(text)) {
			for _, b := range s.blocks {
				if b.lang == "sh" {
					for line := range strings.Lines(b.text) {
						line, _, _ = strings.Cut(line, " #")
						found = append(found, strings.TrimSpace(line))
					}
				}
			}
		}
	}
	require.NotEmpty(t, found)
	return found
}

// exists reports what is wrong with a command: what it runs must be there.
func exists(command string) error {
	word := strings.Fields(command)
	switch {
	case len(word) >= 3 && word[0] == "go" && word[1] == "run":
		files, err := filepath.Glob(filepath.Join(word[2], "*.go"))
		if err != nil || len(files) == 0 {
			return fmt.Errorf("no program in %s", word[2])
		}
		file, err := parser.ParseFile(token.NewFileSet(), files[0], nil, parser.PackageClauseOnly)
		if err == nil && file.Name.Name != "main" {
			err = fmt.Errorf("no main package in %s", word[2])
		}
		return err
	case len(word) >= 3 && word[0] == "go" && (word[1] == "test" || word[1] == "vet"):
		for _, w := range word[2:] {
			if dir, _, all := strings.Cut(w, "/..."); all || strings.HasPrefix(w, "./") {
				if _, err := os.Stat(dir); err != nil {
					return err
				}
			}
		}
		return nil
	case len(word) == 2 && word[0] == "bash":
		_, err := os.Stat(word[1])
		return err
	}
	return fmt.Errorf("a command that this test does not know: %s", command)
}

// Links to files and headings lead somewhere.
func TestDocumentsLinks(t *testing.T) {
	documents, err := filepath.Glob("*.md")
	require.NoError(t, err)
	code := regexp.MustCompile("(?s)```.*?```") // where brackets are Go's
	link := regexp.MustCompile(`\]\(([^)]+)\)`)
	slug := regexp.MustCompile(`[^a-z0-9 -]`)
	for _, name := range documents {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		headings := map[string]bool{}
		for _, s := range sections(string(text)) {
			headings[strings.ReplaceAll(slug.ReplaceAllString(strings.ToLower(s.heading), ""), " ", "-")] = true
		}
		for _, found := range link.FindAllSubmatch(code.ReplaceAll(text, nil), -1) {
			to := string(found[1])
			if heading, ok := strings.CutPrefix(to, "#"); ok {
				require.True(t, headings[heading], "%s: %s", name, to)
			} else if !strings.Contains(to, "://") {
				_, err := os.Stat(filepath.FromSlash(to))
				require.NoError(t, err, "%s: %s", name, to)
			}
		}
	}
}
