package compare

import (
	"testing"
)

// BenchmarkCompare is every comparison as ordinary benchmarks, for benchstat:
//
//	go test -bench 'Compare/point-read' -cpu 1,2 -count 10 ./bench/compare
func BenchmarkCompare(b *testing.B) {
	for _, c := range append(Comparisons(), Controls()...) {
		b.Run(c.Name, c.Bench)
	}
}
