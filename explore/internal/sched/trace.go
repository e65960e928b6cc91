package sched

import "fmt"

// A Step is one operation of a schedule, as a person reads it.
type Step struct {
	Thread   int    `json:"thread"`           // number of the goroutine, in order of creation; 0 is the scenario's body
	Name     string `json:"name"`             // its name
	Op       string `json:"op"`               // what it did: "Mutex.Lock", "select"
	Object   string `json:"object,omitempty"` // to what: "#3", the third object that the schedule touched
	Choice   string `json:"choice,omitempty"` // which of several: "case 1 of 2", "from producer"
	Place    Place  `json:"place"`
	Switched bool   `json:"switched,omitempty"` // another could have gone on, and was interrupted
	Event    bool   `json:"event,omitempty"`    // not of a goroutine: a cancellation, a timer
}

// A Wait is a goroutine that has not ended, and where it stands.
type Wait struct {
	Thread int    `json:"thread"`
	Name   string `json:"name"`
	Op     string `json:"op"`
	Object string `json:"object,omitempty"`
	Place  Place  `json:"place"`
}

// A Place is a line of the code under test.
type Place struct {
	Func string `json:"func,omitempty"`
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
}

func (p Place) String() string {
	if p.File == "" {
		return "?"
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}
