//go:build race

package sched

import (
	"runtime"
	"unsafe"
)

// Under the race detector the switches of the scheduler must not count as
// synchronisation, or nothing would ever race: sends and receives of the baton
// are hidden from it, and what goroutines share by way of the scheduler is
// written in functions that are not instrumented (go:norace). What does
// synchronise, by the Go memory model, is told to it here, by the shims.

// Raced says that the race detector watches.
const Raced = true

func hide() { runtime.RaceDisable() }
func show() { runtime.RaceEnable() }

// Acquire makes what was released to o happen before what follows.
//
//go:norace
func Acquire(o *Obj) { runtime.RaceAcquire(unsafe.Pointer(o)) }

// Release makes what came before happen before later acquires of o, beside what
// others released to it.
//
//go:norace
func Release(o *Obj) { runtime.RaceReleaseMerge(unsafe.Pointer(o)) }

// Publish is Release that forgets what others have released to o: a plain
// atomic store, after which nobody can see what was there before.
//
//go:norace
func Publish(o *Obj) { runtime.RaceRelease(unsafe.Pointer(o)) }

// Read and Write say that the goroutine reads or writes o as if that were a plain
// variable. What calls them is instrumented, so that the report has its caller.
//
//go:norace
func Read(o *Obj) { runtime.RaceRead(unsafe.Pointer(o)) }

//go:norace
func Write(o *Obj) { runtime.RaceWrite(unsafe.Pointer(o)) }
