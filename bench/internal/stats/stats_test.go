package stats

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// noisy draws n samples as a shared machine gives them: 1% jitter, and one in five is disturbed by up
// to half of its time.
func noisy(r *rand.Rand, n int, median float64) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = median * (1 + 0.01*r.NormFloat64())
		if r.IntN(5) == 0 {
			xs[i] *= 1 + r.Float64()/2
		}
	}
	return xs
}

// A false alarm of A/A is rare, a real 5% is found, and its direction is told right; all on noisy samples.
func TestCompareOnNoisySamples(t *testing.T) {
	const runs = 2000
	for _, tc := range []struct {
		name            string
		factor          float64
		atLeast, atMost int // of runs that report a difference
		slower          bool
	}{
		{name: "A/A", factor: 1, atMost: runs / 200},
		{name: "5% more", factor: 1.05, atLeast: runs * 98 / 100, atMost: runs, slower: true},
		{name: "5% less", factor: 1 / 1.05, atLeast: runs * 98 / 100, atMost: runs},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			found, slower := 0, 0
			for range runs {
				v := Compare(noisy(r, 40, 100), noisy(r, 40, 100*tc.factor))
				if v.Difference {
					found++
					if v.Ratio > 1 {
						slower++
					}
				}
			}
			require.GreaterOrEqual(t, found, tc.atLeast)
			require.LessOrEqual(t, found, tc.atMost)
			if tc.factor != 1 {
				require.Equal(t, tc.slower, slower == found, "%d of %d told as slower", slower, found)
			}
		})
	}
}

// Significant is not enough: half a percent, however sure, is no difference.
func TestCompareNeedsAnEffect(t *testing.T) {
	a := []float64{1.000, 1.001, 1.002, 1.003, 1.004, 1.0045, 1.0046, 1.0047}
	b := slices.Clone(a)
	for i := range b {
		b[i] += 0.005
	}
	v := Compare(a, b)
	require.Less(t, v.P, Alpha)
	require.False(t, v.Difference)
}

// The smallest sample count that the program accepts can still find something.
func TestCompareAtMinSamples(t *testing.T) {
	a := []float64{1, 2, 3, 4, 5, 6}
	b := []float64{11, 12, 13, 14, 15, 16}
	v := Compare(a, b)
	require.True(t, v.Difference)
	require.Equal(t, "A costs 3.9x less than B (p=0.002)", v.Describe("A", "B"))
	require.Equal(t, "3.9x less", Compare(b, a).Short())
	s := Summarize(a)
	require.GreaterOrEqual(t, s.Confidence, Confidence)
	require.Equal(t, []float64{1, 3.5, 6}, []float64{s.Lo, s.Median, s.Hi})
}
