// Package stats decides what the samples say. It is the only place where that is decided: the
// comparisons, the A/A control, the 5% control and -compare all call [Compare].
//
// Medians carry a distribution-free confidence interval, and a difference must pass two hurdles:
//
//   - a Mann-Whitney U test at Alpha. The order of the implementations is shuffled in every round, so
//     under "no difference" every assignment of samples to names is equally likely, whatever the
//     machine does meanwhile; drift costs power, not honesty. With 6 samples a side only a complete
//     separation passes (p = 2/924).
//   - the medians are at least MinEffect apart. With many samples the test finds differences that
//     come from where the linker put a loop; they mean nothing to a user.
package stats

import (
	"fmt"
	"slices"

	"golang.org/x/perf/benchmath"
)

const (
	Alpha      = 0.0025
	MinEffect  = 0.02
	Confidence = 0.95
	MinSamples = 6 // fewer can reach neither Alpha nor Confidence
)

var thresholds = benchmath.Thresholds{CompareAlpha: Alpha}

// Stat is a median with its confidence interval. With too few samples Lo and Hi are infinite in
// theory; here they are the extremes, and Confidence says what that is worth.
type Stat struct {
	N          int     `json:"n"`
	Median     float64 `json:"median"`
	Lo         float64 `json:"lo"`
	Hi         float64 `json:"hi"`
	Min        float64 `json:"min"`
	Max        float64 `json:"max"`
	Confidence float64 `json:"confidence"`
}

// Summarize needs at least one sample.
func Summarize(xs []float64) Stat {
	s := benchmath.NewSample(slices.Clone(xs), &thresholds)
	sum := benchmath.AssumeNothing.Summary(s, Confidence)
	lo, hi := slices.Min(xs), slices.Max(xs)
	return Stat{
		N: len(xs), Median: sum.Center, Min: lo, Max: hi, Confidence: sum.Confidence,
		Lo: max(sum.Lo, lo), Hi: min(sum.Hi, hi), // the interval of few samples is unbounded
	}
}

// Verdict is what comparing a with b found.
type Verdict struct {
	Difference bool    `json:"difference"`
	Ratio      float64 `json:"ratio"` // median of b over median of a: above 1, b is slower
	P          float64 `json:"p"`
}

// Compare compares two samples of costs, where less is better.
func Compare(a, b []float64) Verdict {
	sa := benchmath.NewSample(slices.Clone(a), &thresholds)
	sb := benchmath.NewSample(slices.Clone(b), &thresholds)
	c := benchmath.AssumeNothing.Compare(sa, sb)
	v := Verdict{Ratio: ratio(Summarize(a).Median, Summarize(b).Median), P: c.P}
	effect := max(v.Ratio, 1/v.Ratio) - 1
	v.Difference = c.P < Alpha && effect >= MinEffect
	return v
}

// ratio of two costs; nothing over nothing is no difference.
func ratio(a, b float64) float64 {
	if a == b {
		return 1
	}
	return b / a
}

// Describe says the verdict in words, from the view of a, with the faster named as faster.
func (v Verdict) Describe(a, b string) string {
	switch {
	case !v.Difference:
		return fmt.Sprintf("no difference between %s and %s (p=%.3f)", a, b, v.P)
	case v.Ratio > 1:
		return fmt.Sprintf("%s costs %s less than %s (p=%.3f)", a, Times(v.Ratio), b, v.P)
	default:
		return fmt.Sprintf("%s costs %s more than %s (p=%.3f)", a, Times(1/v.Ratio), b, v.P)
	}
}

// Short is Describe for a table that names a in its head and b in its row.
func (v Verdict) Short() string {
	switch {
	case !v.Difference:
		return "no difference"
	case v.Ratio > 1:
		return Times(v.Ratio) + " more"
	default:
		return Times(1/v.Ratio) + " less"
	}
}

// Times prints a ratio above 1 as a percentage while that is the plainer word.
func Times(r float64) string {
	switch {
	case r < 1.5:
		return fmt.Sprintf("%.0f%%", (r-1)*100)
	case r < 9.95:
		return fmt.Sprintf("%.1fx", r)
	default:
		return fmt.Sprintf("%.0fx", r)
	}
}
