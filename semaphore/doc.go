// Package semaphore bounds what goes on at once: so many calls, so many bytes, one writer.
//
// A [Semaphore] has permits. Who wants to go on acquires as many as its work weighs, and
// waits, first come, first served, while they are not free. The limit may change at any
// time. A [Permit] holds permits as a value that can be passed on and given back once. A
// [Keyed] has a limit for each key. [Mutex] and [RWMutex] are locks that are taken in
// turn and with a context.
//
// # In line
//
// Permits that are free go to nobody before who has waited longest, however many that one
// wants: a heavy call at the head of the line holds up the light ones behind it, and so it
// comes to its turn. A call that never waits ([Semaphore.TryAcquire]) does not overtake
// either. What is given to one who waits is held from that moment on, before it has run.
//
// # When a context ends
//
// Every call that acquires looks at its context first, and takes nothing if that has ended;
// [Semaphore.Drain] looks at what is held first. A context ends a wait when the waiter has woken and left
// the line, not before: until then it may be granted, and that stands. So when a call returns nil
// its context may have ended in the meantime, and what it acquired is its own; when it returns ctx.Err() it has
// had no effect.
//
// (golang.org/x/sync/semaphore prefers the context, golang/go#63615, and gives back what it had. Of its own tests
// TestWeightedAcquireCanceled asks for that, and fails with this package; the others pass. To undo a grant
// is one race more, and the caller may look at its context itself.)
//
// What can never be granted fails at once with [ErrTooLarge]: more than [MaxLimit], or than a limit that is not 0.
package semaphore
