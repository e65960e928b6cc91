package explored_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore"
	"github.com/petiole-go/petiole/explore/shim/lang"
)

// Two meet at an unbuffered channel if one of them waits there, and who has
// another case that is ready does not wait.
func TestMeeting(t *testing.T) {
	for name, c := range map[string]struct {
		room  int  // of the other channel, to which the sender can turn
		block bool // the receiver waits, if nobody comes
		own   bool // the receiver too has a case that is ready
		want  bool
	}{
		"nobody waits":            {room: 1, block: false, want: false},
		"the receiver waits":      {room: 1, block: true, want: true},
		"the sender waits":        {room: 0, block: false, want: true},
		"both can turn elsewhere": {room: 1, block: true, own: true, want: false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, p := range []int{100, -1} {
				met := false
				_, err := explore.Run(explore.Options{Preemptions: p}, func(s *explore.S) {
					direct, spill, own := make(chan int), make(chan int, c.room), make(chan int, 1)
					if c.own {
						own <- 1
					}
					s.Go("sends", func() {
						lang.Select(true, lang.SendCase(direct)(1), lang.SendCase(spill)(1))
						lang.Select(false, lang.SendCase(own)(1)) // lets go whom it has not met
					})
					s.Go("receives", func() {
						if lang.Select(c.block, lang.RecvCase(direct), lang.RecvCase(own)) == 0 {
							met = true
						} else if c.room == 0 {
							lang.Recv(spill)
						}
					})
				})
				require.NoError(t, err)
				require.Equal(t, c.want, met, "Preemptions %d", p)
			}
		})
	}
}

// Two meet also if one of them has converted the channel to a type whose struct has
// other tags, whichever of them goes on and takes the other with it.
func TestMeetingConverted(t *testing.T) {
	type plain = struct{ x int }
	type tagged = struct {
		x int `a:"b"`
	}
	for name, o := range searches {
		t.Run(name, func(t *testing.T) {
			met := 0
			passes(t, o, func(s *explore.S) {
				ch := make(chan tagged)
				s.Go("sends", func() {
					lang.Send((chan plain)(ch))(plain{x: 1})
					lang.Select(false, lang.SendCase((chan plain)(ch))(plain{x: 2}))
					lang.Close(ch)
				})
				s.Go("receives", func() {
					got := lang.Recv(ch)
					s.Assert(got == tagged{x: 1}, "%v", got)
					if got, ok := lang.Recv2(ch); ok {
						s.Assert(got == tagged{x: 2}, "%v", got)
						met++
					}
				})
			})
			require.NotZero(t, met)
		})
	}
}
