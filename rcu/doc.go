// Package rcu holds snapshots that readers never wait for: a value behind one
// reference, which readers copy and writers replace as a whole. It is
// read-copy-update, as the Linux kernel does it and as PyMongo's client has done
// it since 3.0 with the state of a replica set (the Wasp's Nest pattern).
//
// There are three types, from the thinnest to the one that does the whole job:
//
//	Cell       readers need a consistent view of something that is replaced now
//	           and then, and the old value is only memory.
//	           A read is one atomic load.
//	Guarded    the old value holds something that must be closed (a pool, a
//	           file) after its last reader.
//	           A read is two atomic adds.
//	Refresher  the value comes from somewhere (a server, a file) and is fetched
//	           again, on a schedule or now, by one goroutine for everybody.
//	           A read is one atomic load.
//
// [Map] derives a view of every snapshot of a Cell or a Refresher. For a cache
// with keys use a cache; for a few named things that are refreshed apart, a map
// of Refreshers in a Cell does (see the example).
//
// # Closing what was replaced
//
// Guarded calls retire after the last reader, on the goroutine that made that
// so, often a reader's. When closing takes long, let it not be the reader's
// time:
//
//	pools := rcu.NewGuarded(pool, func(p *Pool) { go p.Close() })
//
// Synchronize then returns when no reader has an old pool any more, though the
// last of them may still be closing. Where it should mean "closed", close in
// retire itself.
//
// # Published means frozen
//
// A snapshot belongs to its readers from the moment that it is published. Copy
// it, change the copy, publish the copy; and copy what it refers to as far as you
// change that. [Cell] shows the trap that append sets here.
//
// # Waiting
//
// What waits takes a context. If the context ends first the call returns
// ctx.Err() (joined with the last failure by WaitFor, wrapped by Shutdown) and has
// changed nothing, with one exception: a refresh that was
// asked for is made, for whoever else wants it. What is a fact (a snapshot that
// is there, a grace period that is over) wins over a context that has ended.
//
// # What it costs
//
// On 2 processors (AMD EPYC, linux/amd64, Go 1.26.8), medians: a Load of a Cell or a
// Refresher is an atomic.Pointer's, to the instruction. Acquire and Release of a
// Guarded with one counter take 5.1 ns alone and 39 ns when two processors meet on
// it (RLock and RUnlock of a sync.RWMutex: 5.2 and 37); with a counter for each
// processor they take 15 ns alone and 14 ns when two meet. So a Guarded that is
// made with GOMAXPROCS up to 3 has one, and from 4 on has many; more than 2
// processors have not been measured yet.
//
// What a Cell does not spare anybody is the machine: 32 look-ups in a table that is
// replaced 1,000 times a second take as long, at the 99th percentile too, as in one
// that nobody replaces. Behind an RWMutex that is held while the table is rebuilt
// the 99th percentile was four times that. On one processor, where a reader waits
// for the writer's turn in any case, the RWMutex did better: it makes no garbage.
// bench/results has a whole run, with all that was slower.
//
// # Testing
//
// All of it works in a testing/synctest bubble, where intervals cost no time.
// Nothing that waits may be shared between a bubble and the outside; what nobody
// waits on may, so a Cell or a Guarded may be a package variable. A Refresher
// belongs to the bubble in which its timer was set: make one per bubble. A
// context belongs where its Done was first asked for.
package rcu
