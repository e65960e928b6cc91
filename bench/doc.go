// Command bench compares petiole with mutexes and its peers, on the machine it runs on, and checks
// what petiole promises:
//
//	go run ./bench
//
// It prints what it found, and writes report.html and bench.txt. README.md tells how the figures are
// made and how a comparison is added; -h lists the flags and the exit codes.
//
// The program is put together from these parts:
//
//	internal/suite     what a comparison, a control and a scene are
//	compare            the comparisons, controls and scenes, one file each
//	internal/measure   plan, rounds and samples: runs the benchmark functions by testing.Benchmark
//	internal/openloop  latency by scheduled arrivals
//	internal/stats     medians, intervals, and the one verdict that judges everything
//	internal/report    the document of a run: HTML, benchstat's text, JSON, summary, README's figure
//	cmd/readme         puts figure and table of a kept run into the README
package main
