// Package compare holds the comparisons and the scenes, one file each. A new one is a file like
// point_read.go and a line in the lists below; `go run ./bench`, `go test -bench` and the report then
// have it.
package compare

import "github.com/petiole-go/petiole/bench/internal/suite"

// Comparisons in the order of the report.
func Comparisons() []*suite.Comparison {
	return []*suite.Comparison{
		pointRead(),
		tableTails(),
		guardedPair(),
		updateWriters(),
		coldLoad(),
		handOver(),
		permit(),
		queuePass(),
		queuePingPong(),
		queueBurst(),
		queueBatch(),
		queuePriority(),
		queueCancel(),
		queueFair(),
		semUncontended(),
		semParallel(),
		semMatrix(),
		semBatches(),
		semHandoff(),
		semCancel(),
		semHeavy(),
		semResize(),
		semMutex(),
		semRW(),
		semKeyed(),
		gateFact(),
		gateFree(),
		gateTurns(),
		vigilBind(),
		vigilPool(),
		vigilGo(),
		vigilExit(),
		vigilCancel(),
		vigilDrop(),
		vigilMemory(),
		schedules(),
	}
}

// Controls check the program itself, in every run.
func Controls() []*suite.Comparison {
	return []*suite.Comparison{
		controlSerial(),
		controlContended(),
	}
}

// Scenes in the order of the report.
func Scenes() []*suite.Scene {
	return []*suite.Scene{
		oneLoad(),
		slowRefresh(),
		allBack(),
		lingers(),
	}
}
