// What README's section Queue refers to, and what must come of it.
package main

import (
	"cmp"
	"context"
)

type Job struct {
	name    string
	urgency int
}

func byUrgency(a, b Job) int { return cmp.Compare(b.urgency, a.urgency) }

var (
	ctx   = context.Background()
	alarm = Job{"alarm", 9}
	done  []string
)

func check(put, join error) {
	if put != nil || join != nil {
		panic("an error")
	}
}

func work(job Job) { done = append(done, job.name) }

func main() {
	block()
	if len(done) != 1 || done[0] != "alarm" {
		panic(done)
	}
}
