package measure

import (
	"runtime"
	"testing"
)

// Serial and contended loads that the comparisons share.

// PerUnit runs op, which does n units of work, serially at GOMAXPROCS=1 and on every processor at
// once otherwise, and reports what one unit costs the processor that does it: a read that scales
// perfectly costs the same at 8 as at 1. (The elapsed time is multiplied by the processors that there
// really are: GOMAXPROCS=8 on 2 cores has two goroutines running, not eight.)
func PerUnit(b *testing.B, n int, unit string, op func() uint64) {
	procs := runtime.GOMAXPROCS(0)
	if procs == 1 {
		var sum uint64
		for b.Loop() {
			sum += op()
		}
		sink(sum)
	} else {
		b.RunParallel(func(pb *testing.PB) {
			var sum uint64
			for pb.Next() {
				sum += op()
			}
			sink(sum)
		})
	}
	busy := float64(b.Elapsed().Nanoseconds()) * float64(min(procs, runtime.NumCPU()))
	b.ReportMetric(busy/float64(b.N)/float64(n), unit)
	b.ReportMetric(0, "ns/op") // the time of n units, which nobody wants to divide
}

// sink keeps the compiler from dropping the work whose result is v.
//
//go:noinline
func sink(v uint64) uint64 { return v }
