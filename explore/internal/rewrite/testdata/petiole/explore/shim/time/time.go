// Package time has what the tests need of the real shim.
package time

import "time"

type (
	Duration = time.Duration
	Time     = time.Time
	Month    = time.Month
	Timer    struct{ *time.Timer }
)

const (
	Nanosecond  = time.Nanosecond
	Microsecond = time.Microsecond
	Millisecond = time.Millisecond
	Second      = time.Second
	Minute      = time.Minute
)

func Now() Time                             { return time.Now() }
func Since(t Time) Duration                 { return time.Since(t) }
func Sleep(d Duration)                      { time.Sleep(d) }
func After(d Duration) <-chan Time          { return time.After(d) }
func NewTimer(d Duration) *Timer            { return &Timer{time.NewTimer(d)} }
func AfterFunc(d Duration, f func()) *Timer { return &Timer{time.AfterFunc(d, f)} }
