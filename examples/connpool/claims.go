package main

import (
	"fmt"
	"maps"
	"runtime"

	"github.com/petiole-go/petiole/vigil"
)

// claim is one thing that the example shows. If it did not hold, the program fails.
type claim struct {
	Text string
	OK   bool
}

// unmixed holds for all that talk to a server.
func unmixed(t tally) claim {
	return claim{fmt.Sprintf("no socket was used by two: %d of %d lines, as the server heard them", t.Mixed, t.Lines),
		t.Mixed == 0 && t.Lines > 0}
}

// naiveClaims have the harm: without it there would be nothing to repair.
func naiveClaims(p *played) []claim {
	m := p.Moments[0]
	return []claim{
		{fmt.Sprintf("the harm: it dies, with exit code %d, when %d of %d workers have ended: %s", p.Exit, m.Child.Talked, p.Workers, m.Child.Error),
			p.Exit == 1 && m.Child.EMFILE && m.Child.Talked < p.Workers},
		{fmt.Sprintf("each had taken its socket along: %d were open, %d by the server's count", m.Child.Open, m.Server.Open),
			m.Child.Talked > 0 && m.Child.Talked == m.Child.Open && m.Server.Open == m.Child.Open},
		unmixed(m.Server),
	}
}

func vigilClaims(p *played) []claim {
	want := map[string]int{}
	for i := range p.Workers {
		want[ways[i%len(ways)]]++
	}
	m := p.Moments[0]
	last := p.Moments[len(p.Moments)-1]
	return []claim{
		{fmt.Sprintf("it finishes, with exit code %d: %d of %d workers have talked, and the first error is %q", p.Exit, m.Child.Talked, p.Workers, m.Child.Error),
			p.Exit == 0 && m.Child.Talked == p.Workers && maps.Equal(m.Child.Ended, want)},
		{fmt.Sprintf("every loan came back, as its worker ended: %v; %d did not", m.Child.Loans, m.Child.Lost),
			m.Child.Lost == 0 && maps.Equal(m.Child.Loans, want)},
		within(m.Child.sockets, p.Max),
		{fmt.Sprintf("the server's count comes down: of %d sockets %d are open when the workers have ended, %d when the pool is closed",
			last.Server.Accepted, m.Server.Open, last.Server.Open),
			len(p.Moments) == 2 && m.Server.Open == m.Child.Open && m.Server.Open <= p.Max && last.Server.Open == 0 && last.Server.Accepted == last.Child.Opened},
		unmixed(last.Server),
	}
}

func within(s sockets, limit int) claim {
	return claim{fmt.Sprintf("never more than %d sockets were open: %d at most", limit, s.Most), s.Most <= limit && s.Most > 1}
}

func webClaims(v *served) []claim {
	first, last := v.Descriptors[0], v.Descriptors[len(v.Descriptors)-1]
	back := claim{fmt.Sprintf("as many descriptors are open at the end as at the start: %d, %d", last, first), last == first}
	if first == unseen {
		back = claim{"(how many descriptors are open is counted on linux, and not here)", runtime.GOOS != "linux"}
	}
	return []claim{
		{fmt.Sprintf("the requests ended as they should: %v", v.Got), maps.Equal(v.Got, v.Want)},
		{fmt.Sprintf("every loan came back: %d of %d, %d of them from handlers that panicked; left: %q", v.Loans.Bound-v.Loans.Live, v.Loans.Bound, v.Loans.Reclaimed[vigil.Panicked], v.Left),
			v.Left == "" && v.Loans.Live == 0 && v.Loans.Reclaimed[vigil.Panicked] == int64(v.Want["panicked"])},
		within(v.Sockets, v.Max),
		back,
		unmixed(v.Server),
	}
}
