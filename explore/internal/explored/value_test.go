package explored_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/shim/sync/atomic"
)

// Whether an atomic.Value has another type already is seen in the step itself: of
// two first stores of different types the second panics, whichever it is.
func TestValueOfTwoTypes(t *testing.T) {
	panics := map[string]int{}
	_, err := explore.Run(explore.Options{}, func(s *explore.S) {
		var v atomic.Value
		store := func(x any) func() {
			return func() {
				defer func() {
					if e := recover(); e != nil {
						require.Equal(t, "sync/atomic: store of inconsistently typed value into Value", e)
						panics[fmt.Sprint(v.Load())]++
					}
				}()
				v.Store(x)
			}
		}
		s.Go("a", store("first"))
		s.Go("b", store(1))
	})
	require.NoError(t, err)
	require.Len(t, panics, 2) // in each schedule the one that came second
}
