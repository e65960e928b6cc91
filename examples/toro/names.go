package main

// name is a public name of Toro 0.5, of a class or of its module, with what there is in Go. Instead of that it
// may say why there is nothing.
type name struct {
	class, name string
	form        string // with its package; "": there is none
	why         string
}

const stale = "stale by the time you look"

var names = []name{
	{"Queue", "", "queue.New", "maxsize 0 is queue.Unbounded; a capacity of 0 hands over from hand to hand"},
	{"Queue", "put", "queue.Queue.Put", ""},
	{"Queue", "put_nowait", "queue.Queue.TryPut", ""},
	{"Queue", "get", "queue.Queue.Get", ""},
	{"Queue", "get_nowait", "queue.Queue.TryGet", ""},
	{"Queue", "qsize", "queue.Queue.Len", stale + ": for people and graphs"},
	{"Queue", "maxsize", "queue.Queue.Cap", ""},
	{"Queue", "empty", "", stale + ": TryGet, which takes it or says ErrEmpty"},
	{"Queue", "full", "", stale + ": TryPut, which puts it or says ErrFull"},
	{"Queue", "getters", "queue.Stats.Getters", "how many, not who"},
	{"Queue", "putters", "queue.Stats.Putters", "how many, not who"},
	{"Queue", "queue", "", "what is in belongs to the queue: Peek shows the next, GetAll takes all"},

	{"PriorityQueue", "", "queue.NewPriority", "with a comparison; methods are Queue's"},
	{"LifoQueue", "", "queue.NewLIFO", "methods are Queue's"},

	{"JoinableQueue", "", "queue.New", "every queue is one, in all three orders"},
	{"JoinableQueue", "task_done", "queue.Queue.TaskDone", "panics where Toro has a ValueError"},
	{"JoinableQueue", "join", "queue.Queue.Join", ""},
	{"JoinableQueue", "unfinished_tasks", "queue.Stats.Unfinished", ""},

	{"Semaphore", "", "semaphore.New", ""},
	{"Semaphore", "acquire", "semaphore.Semaphore.Acquire", "or Take, for a Permit"},
	{"Semaphore", "release", "semaphore.Semaphore.Release", "above the start value: Grow"},
	{"Semaphore", "wait", "", "free when you are told need not be free when you take it: Acquire"},
	{"Semaphore", "locked", "", stale + ": TryAcquire, which takes it or says false"},
	{"Semaphore", "counter", "semaphore.Stats.InUse", "and Limit; " + stale},
	{"Semaphore", "q", "", "the permits are a count, not items in a queue"},
	{"Semaphore", "__enter__", "semaphore.Semaphore.With", "where Toro raises: with (yield s.acquire()) is meant"},
	{"Semaphore", "__exit__", "semaphore.Semaphore.With", ""},

	{"BoundedSemaphore", "", "semaphore.New", "every semaphore is one"},
	{"BoundedSemaphore", "release", "semaphore.Semaphore.Release", "panics where Toro has a ValueError; or Permit.Release, once"},

	{"Lock", "", "semaphore.Mutex", ""},
	{"Lock", "acquire", "semaphore.Mutex.LockContext", "or Lock, without a context"},
	{"Lock", "release", "semaphore.Mutex.Unlock", "panics where Toro has a RuntimeError"},
	{"Lock", "locked", "", stale + ": TryLock, which takes it or says false"},
	{"Lock", "__enter__", "", "a defer of Unlock does it (Toro raises)"},
	{"Lock", "__exit__", "", "a defer of Unlock does it (Toro raises)"},

	{"RWLock", "", "semaphore.RWMutex", "Toro 1.0; max_readers is not limited"},
	{"RWLock", "acquire_read", "semaphore.RWMutex.RLockContext", ""},
	{"RWLock", "acquire_write", "semaphore.RWMutex.LockContext", ""},
	{"RWLock", "release_read", "semaphore.RWMutex.RUnlock", ""},
	{"RWLock", "release_write", "semaphore.RWMutex.Unlock", ""},
	{"RWLock", "locked", "", stale + ": TryLock or TryRLock"},
	{"RWLock", "__enter__", "", "a defer of Unlock or RUnlock does it (Toro raises)"},
	{"RWLock", "__exit__", "", "a defer of Unlock or RUnlock does it (Toro raises)"},

	{"Event", "", "gate.Event", ""},
	{"Event", "set", "gate.Event.Set", ""},
	{"Event", "clear", "gate.Event.Clear", ""},
	{"Event", "is_set", "gate.Event.IsSet", stale + ", unless nobody clears"},
	{"Event", "wait", "gate.Event.Wait", "or Done, in a select"},
	{"Event", "condition", "", "of its insides"},

	{"Condition", "", "gate.Cond", "with a lock, as goroutines are interrupted"},
	{"Condition", "wait", "gate.Cond.Wait", "better WaitFor, which looks"},
	{"Condition", "notify", "gate.Cond.Notify", "says how many it woke"},
	{"Condition", "notify_all", "gate.Cond.NotifyAll", "says how many it woke"},
	{"Condition", "waiters", "", stale + ": Notify says how many it woke"},

	{"AsyncResult", "", "gate.Promise", ""},
	{"AsyncResult", "set", "gate.Promise.Set", "or Fail, with an error"},
	{"AsyncResult", "ready", "", "TryGet says it, and has the result; or Done, in a select"},
	{"AsyncResult", "get", "gate.Promise.Get", ""},
	{"AsyncResult", "get_nowait", "gate.Promise.TryGet", ""},
	{"AsyncResult", "value", "gate.Promise.TryGet", ""},
	{"AsyncResult", "waiters", "", "of its insides"},

	{"", "Timeout", "context.DeadlineExceeded", "the context's own error"},
	{"", "deadline", "context.WithTimeout", "a parameter of whatever waits; here a context"},
	{"", "io_loop", "", "of all classes: goroutines need no loop"},
	{"", "Full", "queue.ErrFull", ""},
	{"", "Empty", "queue.ErrEmpty", ""},
	{"", "NotReady", "gate.ErrNotReady", ""},
	{"", "AlreadySet", "gate.Promise.Set", "which returns false"},
	{"", "version", "", "go.mod says it"},
	{"", "version_tuple", "", "go.mod says it"},
}

func (n name) String() string {
	switch {
	case n.class == "":
		return n.name
	case n.name == "":
		return n.class
	}
	return n.class + "." + n.name
}
