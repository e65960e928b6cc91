package mutant

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// The lists of this repository fit the source.
func TestListsFit(t *testing.T) {
	all, err := Lists("../../..")
	require.NoError(t, err)
	some, err := Lists("../../..", "./internal/...", "./rcu")
	require.NoError(t, err)
	require.Subset(t, all, some)
	require.NotEmpty(t, some)
	_, err = Lists("../../..", "./verify")
	require.ErrorContains(t, err, "./verify lists no fault")
}

// guard is a package with a guard, and tests of all kinds.
var guard = map[string]string{
	"go.mod": "module example.com/guard\n\ngo 1.26.0\n",
	"guard.go": `package guard

func Half(n int) int {
	if n < 0 {
		return 0
	}
	return n / 2
}

func Wait(c chan int) { <-c }
`,
	"guard_test.go": `package guard

import "testing"

func TestHalf(t *testing.T) {
	if Half(-2) != 0 {
		t.Error("negative")
	}
}

func TestWait(t *testing.T) {
	c := make(chan int, 1)
	c <- 1
	Wait(c)
}

func TestSkipped(t *testing.T) {
	if Half(-2) != 0 {
		t.Skip("sees nothing")
	}
}

func TestFails(t *testing.T) { t.Error("always") }
`,
	"tagged_test.go": "//go:build never\n\npackage guard\n\nimport \"testing\"\n\nfunc TestTagged(t *testing.T) {}\n",
}

const header = "# a fault\nfile: guard.go\n"

func module(t *testing.T, block string) (root string) {
	t.Helper()
	root = t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "testdata"), 0o700))
	for name, text := range guard {
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(text), 0o600))
	}
	require.NoError(t, os.WriteFile(filepath.Join(root, list), []byte(block), 0o600))
	return root
}

// A list that is stale, or not as it should be, is told with the place.
func TestListWrong(t *testing.T) {
	killed := header + "killed by: TestHalf\n"
	for block, want := range map[string]string{
		killed + "-	if n < 1 {\n+	if n > 1 {\n": "stale: guard.go has these lines 0 times",
		killed + "-	if n < 0\n+	if n > 1\n":     "stale: guard.go has these lines 0 times", // not whole
		killed + "-\n":                          "stale: guard.go has these lines 2 times",
		killed:                                  "wants # what, file: and lines",
		killed + " 	if n < 0 {\n":               "wants # what, file: and lines",
		header + "-	if n < 0 {\n+	if n > 0 {\n": "wants either killed by: or equivalent: of it",
		header + "killed by: Half\n-	if n < 0 {\n+	if n > 0 {\n":             "wants [-race] [./package] TestName",
		header + "killed by: TestGone\n-	if n < 0 {\n":                       "stale: no TestGone in .",
		header + "kiled by: TestHalf\n-	if n < 0 {\n":                        "means nothing here: kiled by",
		strings.Repeat(killed+"-	if n < 0 {\n+	if n > 0 {\n\n", 2):           "listed twice: a fault",
		strings.Replace(killed, "guard.go", "gone.go", 1) + "-	if n < 0 {\n": "gone.go",
		"\n": "no fault",
	} {
		_, err := Lists(module(t, block))
		require.ErrorContains(t, err, list)
		require.ErrorContains(t, err, want)
	}
}

// A fault is done with if its test notices it, in the way that the list says; all
// else is told: one that nobody notices, that does not build, that does not end.
func TestTry(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a lot")
	}
	const (
		noticed   = "-	if n < 0 {\n+	if n < -9 {\n"
		unnoticed = " 	if n < 0 {\n-		return 0\n+		return n - n\n"
		unbuilt   = "-	if n < 0 {\n+	if m < 0 {\n"
		hangs     = "-func Wait(c chan int) { <-c }\n+func Wait(c chan int) { <-c; <-c }\n"
	)
	for block, want := range map[string]string{
		"killed by: TestHalf\n" + noticed:                   "",
		"killed by: . TestHalf\n" + noticed:                 "",
		"killed by: TestHalf\n" + unnoticed:                 "survived",
		"killed by: TestHalf\n" + unbuilt:                   "does not build",
		"killed by: TestTagged\n" + noticed:                 "was not run",
		"killed by: TestSkipped\n" + noticed:                "has seen nothing: skip",
		"killed by: TestWait\n" + hangs:                     "does not end, and the list does not say so",
		"killed by: TestWait\ndies by: timeout\n" + hangs:   "",
		"killed by: TestHalf\ndies by: timeout\n" + noticed: "says that it does not",
		"equivalent: it is zero\n" + unnoticed:              "",
		"equivalent: it does not even compile\n" + unbuilt:  "does not build",
	} {
		root := module(t, header+block)
		all, err := Lists(root)
		require.NoError(t, err, block)
		r := &Runner{root: root, Module: "example.com/guard", dir: t.TempDir(), patience: 5 * time.Second, hang: 2 * time.Second}
		r.All(t.Context(), all, func(o Outcome) {
			if want == "" {
				require.NoError(t, o.Err, block)
			} else {
				require.ErrorContains(t, o.Err, want, block)
			}
		})
	}
}

// The control finds a killer that is not run, and one that fails by itself.
func TestControl(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a lot")
	}
	const change = "-	if n < 0 {\n+	if n < -9 {\n"
	for test, want := range map[string]string{
		"TestHalf": "", "TestTagged": "TestTagged was not run", "TestFails": "does not pass on the code as it is: fail",
	} {
		root := module(t, header+"killed by: TestHalf\n"+change+"\n# another fault\nfile: guard.go\nkilled by: "+test+"\n"+change)
		all, err := Lists(root)
		require.NoError(t, err)
		r := &Runner{root: root, Module: "example.com/guard", dir: t.TempDir(), patience: time.Minute}
		if err = r.Control(t.Context(), all); want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, want)
		}
	}
}

// A scenario notices a fault under the command explore, and passes without.
func TestScenario(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a lot")
	}
	r, err := NewRunner(t.Context(), "../../..")
	require.NoError(t, err)
	defer r.Close()
	all, err := Lists("../../..", "./rcu")
	require.NoError(t, err)
	for _, m := range all {
		if m.Test == "TestExploreCellUpdate" {
			require.NoError(t, r.Try(t.Context(), m))
			original, err := os.ReadFile(filepath.Join(r.root, m.File))
			require.NoError(t, err)
			m.text = string(original)
			require.ErrorContains(t, r.Try(t.Context(), m), "survived")
			return
		}
	}
	t.Error("no such fault")
}
