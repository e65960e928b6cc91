package semaphore

import "runtime"

// A Leak is permits that were taken and never given back.
type Leak struct {
	N   int64
	PCs []uintptr // the stack of the Take, its caller first, as [runtime.CallersFrames] wants it
}

const depth = 32 // of the stack in a Leak, at most

// OnLeak has f called for each Permit that is collected without having been released or
// forgotten, of those that are taken from now on, those of 0 too; nil ends that for those that
// come. What it holds is not given back by itself: a finding is a bug to be mended. When a Permit is
// collected, if ever, is the garbage collector's affair. A Take then costs the stack of its caller,
// and four allocations: for tests, or one service of many.
//
// f is called once for each, on a goroutine of its own that ends with f, outside of any bubble of
// testing/synctest: so it must not touch a bubble's channels. Nor may it hold a Permit of s, which would
// never be found. Close does not wait for it. If it panics the program ends, as with any
// goroutine.
func (s *Semaphore) OnLeak(f func(Leak)) {
	if f == nil {
		s.onLeak.Store(nil)
		return
	}
	s.onLeak.Store(&f)
}

// A token is collected when its Permit is: nothing else has it. It has 16 bytes at least on every
// platform: smaller objects without pointers may share one place in memory, and would be collected
// together.
type token struct {
	report runtime.Cleanup
	_      [16]byte
}

type finding struct {
	leak Leak
	f    func(Leak)
}

// watch has the leak of a Permit of n reported to f. What is reported reaches neither
// token nor Permit, which would never be collected.
func watch(n int64, f func(Leak)) *token {
	t := new(token)
	pcs := make([]uintptr, depth)
	pcs = pcs[:runtime.Callers(5, pcs)] // below Callers, watch, fill, take and Take
	t.report = runtime.AddCleanup(t, func(found finding) {
		go found.f(found.leak) // the collector's goroutine must not wait
	}, finding{Leak{n, pcs}, f})
	return t
}

// stop is called when the Permit has been given back.
func (t *token) stop() {
	if t != nil {
		t.report.Stop()
		runtime.KeepAlive(t) // until then it must not be collected
	}
}
