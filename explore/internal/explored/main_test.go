package explored_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
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
