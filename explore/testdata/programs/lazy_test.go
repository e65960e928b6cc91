package programs

import (
	"testing"

	"github.com/petiole-go/petiole/explore"
)

func TestExploreLazy(t *testing.T)       { configs(t, (*Lazy).Get) }
func TestExploreLazyBroken(t *testing.T) { configs(t, (*Lazy).BrokenGet) }

func configs(t *testing.T, get func(*Lazy) *Config) {
	explore.Check(t, explore.Options{Preemptions: -1}, func(s *explore.S) {
		var l Lazy
		var a, b *Config
		s.Go("a", func() { a = get(&l) })
		s.Go("b", func() { b = get(&l) })
		s.End(func() { s.Assert(a == b, "two configs were made") })
	})
}
