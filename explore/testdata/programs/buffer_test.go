package programs

import (
	"testing"

	"github.com/petiole-go/petiole/explore"
)

func TestExploreBuffer(t *testing.T) { buffer(t, (*Buffer).Put, (*Buffer).Get) }

func TestExploreBufferSignalBroken(t *testing.T) {
	buffer(t, (*Buffer).BrokenPut, (*Buffer).BrokenGet)
}
func TestExploreBufferIfBroken(t *testing.T) { buffer(t, (*Buffer).Put, (*Buffer).HastyGet) }

func buffer(t *testing.T, put func(*Buffer, int), get func(*Buffer) int) {
	explore.Check(t, explore.Options{}, func(s *explore.S) {
		b := NewBuffer()
		var x, y int
		s.Go("producer", func() { put(b, 1); put(b, 2) })
		s.Go("consumer 1", func() { x = get(b) })
		s.Go("consumer 2", func() { y = get(b) })
		s.End(func() { s.Assert(x+y == 3, "got %d and %d", x, y) })
	})
}
