// Package report is what passes between the command explore and the tests that
// it runs: settings on the way in, one record per scenario on the way out. Both
// travel beside the test's output, which belongs to the test.
package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Env is the variable that holds the settings, as JSON. It is set by the command only.
const Env = "PETIOLE_EXPLORE"

// Settings are the flags of the command that concern a scenario.
type Settings struct {
	Dir       string `json:"dir"`                 // where records go, a folder that exists
	Replay    string `json:"replay,omitempty"`    // run this trace instead of the search
	Schedules int    `json:"schedules,omitempty"` // stop after this many; 0: as the scenario says
	HTML      string `json:"html,omitempty"`      // folder for timelines of failures, "" for none

	Preemptions int `json:"preemptions,omitempty"` // the bound, -1 for none; 0: as the scenario says
}

// Load gives the settings of this process; ok is false without the command.
func Load() (s Settings, ok bool, err error) {
	text, ok := os.LookupEnv(Env)
	if !ok {
		return s, false, nil
	}
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return s, true, fmt.Errorf("explore: %s: %w", Env, err)
	}
	return s, true, nil
}

// A Record is the outcome of one Check.
type Record struct {
	Package   string        `json:"package"` // import path of the test binary's package
	Test      string        `json:"test"`    // t.Name()
	Threads   int           `json:"threads"` // goroutines of the scenario, the most in one schedule
	Steps     int           `json:"steps"`   // steps of the longest schedule
	Bound     string        `json:"bound"`   // "2 preemptions", "none, reduced", "random, seed 1", "replay"
	Schedules int           `json:"schedules"`
	Total     int           `json:"total"` // steps of all schedules
	Explored  bool          `json:"explored"`
	Exhausted bool          `json:"exhausted"`
	Elapsed   time.Duration `json:"elapsed"`

	Kind    string `json:"kind,omitempty"` // of the failure; "" for none
	Message string `json:"message,omitempty"`
	Trace   string `json:"trace,omitempty"`
	Text    string `json:"text,omitempty"` // Failure.Error(): the whole list of steps
	HTML    string `json:"html,omitempty"` // file of the timeline

	Failed bool `json:"failed,omitempty"` // the test, by the scenario or otherwise; the command knows
}

// Write adds a record to the folder. Several processes may write at once: each
// record is a file of its own, whose name keeps the order in which they came.
func Write(dir string, r Record) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%020d-*.json", time.Now().UnixNano())
	f, err := os.CreateTemp(dir, name)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// Read gives all records of a folder, in the order in which they were written.
func Read(dir string) ([]Record, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var records []Record
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".json") {
			continue
		}
		f, err := os.Open(filepath.Join(dir, file.Name()))
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(f)
		f.Close()
		if err != nil {
			return nil, err
		}
		var r Record
		if err := json.Unmarshal(data, &r); err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name(), err)
		}
		records = append(records, r)
	}
	return records, nil
}
