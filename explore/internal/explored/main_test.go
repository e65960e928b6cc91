package explored_test

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/internal/sched"
	"github.com/petiole-go/petiole/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// failure runs a scenario that must fail, in this kind.
func failure(t *testing.T, kind string, o explore.Options, scenario func(s *explore.S)) *explore.Failure {
	t.Helper()
	res, err := explore.Run(o, scenario)
	f, ok := errors.AsType[*explore.Failure](err)
	require.True(t, ok, "%v after %+v", err, res)
	require.Equal(t, kind, f.Kind, f.Error())
	require.False(t, res.Exhausted)
	return f
}

// passes runs a scenario that must not fail, to its end.
func passes(t *testing.T, o explore.Options, scenario func(s *explore.S)) explore.Result {
	t.Helper()
	res, err := explore.Run(o, scenario)
	require.NoError(t, err)
	require.True(t, res.Explored)
	require.True(t, res.Exhausted, "%+v", res)
	return res
}

// sourceLine is the number of the only line of a file that has the text.
func sourceLine(t *testing.T, file, text string) string {
	t.Helper()
	source, err := os.ReadFile(file)
	require.NoError(t, err)
	before, _, found := strings.Cut(string(source), text)
	require.True(t, found, text)
	return strconv.Itoa(strings.Count(before, "\n") + 1)
}

// searches are the options with which the whole of a scenario is run.
var searches = map[string]explore.Options{"full": {Preemptions: 1000}, "reduced": {Preemptions: -1}}

var ran sync.Map

// again skips what is slow and the same each time, after its first under -cpu and
// -count.
func again(t *testing.T) {
	t.Helper()
	if _, again := ran.LoadOrStore(t.Name(), true); again {
		t.Skip("has been run")
	}
}

// once is again, and also leaves it to the full run without the race detector.
func once(t *testing.T) {
	t.Helper()
	if again(t); sched.Raced || testing.Short() {
		t.Skip("shown by the full run")
	}
}
