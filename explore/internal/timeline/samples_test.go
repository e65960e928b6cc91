package timeline

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/petiole-go/petiole/explore/internal/sched"
)

// here is a place below the current directory, elsewhere one in a module cache.
func here(function string, line int) sched.Place {
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	return sched.Place{Func: "example.com/bank." + function, File: filepath.Join(dir, "bank", "transfer.go"), Line: line}
}

func elsewhere(line int) sched.Place {
	return sched.Place{Func: "example.com/other/ring.(*Ring).Put", File: "/root/go/pkg/mod/example.com/other@v1.2.3/ring/ring.go", Line: line}
}

// abba is a deadlock with one preemptive switch, an event and a choice.
func abba() Schedule {
	return Schedule{
		Title: "TestExploreTransfer", Kind: "deadlock", Message: "no goroutine can go on", Trace: "p1:0.1.1.2.e.1", Schedule: 7,
		Steps: []sched.Step{
			{Thread: 0, Name: "scenario", Op: "Mutex.Lock", Object: "#1", Place: here("TestExploreTransfer", 9)},
			{Thread: 1, Name: "left", Op: "Mutex.Lock", Object: "#1", Place: here("(*Bank).Transfer", 40)},
			{Thread: 2, Name: "right", Op: "Mutex.Lock", Object: "#2", Place: here("(*Bank).Transfer", 40), Switched: true},
			{Thread: -1, Name: "cancel ctx", Op: "cancel", Object: "#3", Place: here("TestExploreTransfer", 11), Event: true},
			{Thread: 2, Name: "right", Op: "select", Choice: "case 1 of 2", Place: elsewhere(118)},
			{Thread: 1, Name: "left", Op: "Int64.Add", Object: "#4", Place: sched.Place{}},
		},
		Waiting: []sched.Wait{
			{Thread: 1, Name: "left", Op: "Mutex.Lock", Object: "#2", Place: here("(*Bank).Transfer", 41)},
			{Thread: 2, Name: "right", Op: "Mutex.Lock", Object: "#1", Place: elsewhere(119)},
		},
	}
}

// lostUpdate is the smallest failure that needs a switch, with two goroutines of one name.
func lostUpdate() Schedule {
	at := func(line int) sched.Place { return here("TestExploreCounter.func1", line) }
	return Schedule{
		Title: "TestExploreCounter", Kind: "assertion", Message: "counter is 1 after 2 increments", Trace: "p1:1.2.2.1", Schedule: 3,
		Steps: []sched.Step{
			{Thread: 1, Name: "increment", Op: "Int64.Load", Object: "#1", Place: at(14)},
			{Thread: 2, Name: "increment", Op: "Int64.Load", Object: "#1", Place: at(14), Switched: true},
			{Thread: 2, Name: "increment", Op: "Int64.Store", Object: "#1", Place: at(15)},
			{Thread: 1, Name: "increment", Op: "Int64.Store", Object: "#1", Place: at(15)},
		},
	}
}

// livelock is longer than what is shown; its one preemptive switch lies in the middle.
func livelock(steps int) Schedule {
	s := Schedule{Kind: "livelock", Message: fmt.Sprintf("more than %d steps", steps), Trace: "p1:1.1.1.1", Schedule: 1042}
	for i := range steps {
		step := sched.Step{Thread: 1, Name: "spinner", Op: "Bool.Load", Object: "#1", Place: elsewhere(77)}
		if i%2 == 1 {
			step.Op, step.Place.Line = "Gosched", 78
		}
		if i == steps/2 {
			step.Thread, step.Name, step.Switched = 2, "setter", true
		}
		s.Steps = append(s.Steps, step)
	}
	s.Waiting = []sched.Wait{
		{Thread: 1, Name: "spinner", Op: "Bool.Load", Object: "#1", Place: elsewhere(77)},
		{Thread: 2, Name: "setter", Op: "Cond.Wait", Object: "#2", Place: elsewhere(90)},
	}
	return s
}
