package main

// name is a public name of Toro 0.5, of a class or of its module, with what there is in Go. Instead of that it
// may say why there is nothing.
type name struct {
	class, name string
	form        string // with its package; "": there is none
	why         string
}

const stale = "stale when you look"

var names = []name{
	{"Queue", "", "queue.New", "maxsize=0: Unbounded; 0 is a rendezvous"},
	{"Queue", "put", "queue.Queue.Put", ""},
	{"Queue", "put_nowait", "queue.Queue.TryPut", ""},
	{"Queue", "get", "queue.Queue.Get", ""},
	{"Queue", "get_nowait", "queue.Queue.TryGet", ""},
	{"Queue", "qsize", "queue.Queue.Len", stale + ": for graphs"},
	{"Queue", "maxsize", "queue.Queue.Cap", ""},
	{"Queue", "empty", "", stale + ": TryGet"},
	{"Queue", "full", "", stale + ": TryPut"},
	{"Queue", "getters", "queue.Stats.Getters", "how many, not who"},
	{"Queue", "putters", "queue.Stats.Putters", "how many, not who"},
	{"Queue", "queue", "", "its insides; Peek shows what is next"},

	{"PriorityQueue", "", "queue.NewPriority", "with a comparison; methods are Queue's"},
	{"LifoQueue", "", "queue.NewLIFO", "methods are Queue's"},

	{"JoinableQueue", "", "queue.New", "every queue is one, in all three orders"},
	{"JoinableQueue", "task_done", "queue.Queue.TaskDone", "panics, not ValueError"},
	{"JoinableQueue", "join", "queue.Queue.Join", ""},
	{"JoinableQueue", "unfinished_tasks", "queue.Stats.Unfinished", ""},

	{"Semaphore", "", "semaphore.New", ""},
	{"Semaphore", "acquire", "semaphore.Semaphore.Acquire", "or Take, for a Permit"},
	{"Semaphore", "release", "semaphore.Semaphore.Release", "above the start value: Grow"},
	{"Semaphore", "wait", "", "it may be taken before you come"},
	{"Semaphore", "locked", "", stale + ": TryAcquire"},
	{"Semaphore", "counter", "semaphore.Stats.InUse", "and Limit; " + stale},
	{"Semaphore", "q", "", "its insides: permits are a count"},
	{"Semaphore", "__enter__", "semaphore.Semaphore.With", "in Toro it raises"},
	{"Semaphore", "__exit__", "semaphore.Semaphore.With", "the same"},

	{"BoundedSemaphore", "", "semaphore.New", "every semaphore is one"},
	{"BoundedSemaphore", "release", "semaphore.Semaphore.Release", "panics; Permit.Release counts once"},

	{"Lock", "", "semaphore.Mutex", ""},
	{"Lock", "acquire", "semaphore.Mutex.LockContext", "or Lock, without a context"},
	{"Lock", "release", "semaphore.Mutex.Unlock", "panics, not RuntimeError"},
	{"Lock", "locked", "", stale + ": TryLock"},
	{"Lock", "__enter__", "", "defer Unlock (in Toro it raises)"},
	{"Lock", "__exit__", "", "defer Unlock (in Toro it raises)"},

	{"RWLock", "", "semaphore.RWMutex", "Toro 1.0; max_readers is not limited"},
	{"RWLock", "acquire_read", "semaphore.RWMutex.RLockContext", ""},
	{"RWLock", "acquire_write", "semaphore.RWMutex.LockContext", ""},
	{"RWLock", "release_read", "semaphore.RWMutex.RUnlock", ""},
	{"RWLock", "release_write", "semaphore.RWMutex.Unlock", ""},
	{"RWLock", "locked", "", stale + ": TryLock or TryRLock"},
	{"RWLock", "__enter__", "", "defer RUnlock (in Toro it raises)"},
	{"RWLock", "__exit__", "", "defer RUnlock (in Toro it raises)"},

	{"Event", "", "gate.Event", ""},
	{"Event", "set", "gate.Event.Set", ""},
	{"Event", "clear", "gate.Event.Clear", ""},
	{"Event", "is_set", "gate.Event.IsSet", stale + " (if somebody clears)"},
	{"Event", "wait", "gate.Event.Wait", "or Done, in a select"},
	{"Event", "condition", "", "its insides"},

	{"Condition", "", "gate.Cond", "has a lock: who looks may be interrupted"},
	{"Condition", "wait", "gate.Cond.Wait", "better WaitFor, which looks"},
	{"Condition", "notify", "gate.Cond.Notify", "says how many it woke"},
	{"Condition", "notify_all", "gate.Cond.NotifyAll", "says how many it woke"},
	{"Condition", "waiters", "", stale + ": Notify has it"},

	{"AsyncResult", "", "gate.Promise", ""},
	{"AsyncResult", "set", "gate.Promise.Set", "or Fail, with an error"},
	{"AsyncResult", "ready", "", "TryGet says it, with the value; or Done"},
	{"AsyncResult", "get", "gate.Promise.Get", ""},
	{"AsyncResult", "get_nowait", "gate.Promise.TryGet", ""},
	{"AsyncResult", "value", "gate.Promise.TryGet", ""},
	{"AsyncResult", "waiters", "", "its insides"},

	{"", "Timeout", "context.DeadlineExceeded", "the context's own error"},
	{"", "deadline", "context.WithTimeout", "a parameter of all that waits"},
	{"", "io_loop", "", "goroutines need no loop"},
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
