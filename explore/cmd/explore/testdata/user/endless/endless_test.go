//go:build endless

package endless

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/petiole-go/petiole/explore"
)

// More schedules than anybody can wait for. It says that it runs.
func TestExploreEndless(t *testing.T) {
	fmt.Println("process", os.Getpid())
	explore.Check(t, explore.Options{Preemptions: 1000}, func(s *explore.S) {
		var n atomic.Int64
		for _, name := range []string{"a", "b", "c", "d"} {
			s.Go(name, func() {
				for range 100 {
					n.Add(1)
				}
			})
		}
	})
}
